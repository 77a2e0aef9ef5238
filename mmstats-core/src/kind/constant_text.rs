use std::fmt;

use super::{
    AtomicRun, Creation, Initial, Part, Readable, Role, Sealed, Stamped, Statistic, Summary, Text,
    atomics,
};
use crate::schema::{Attributes, Merge, Shape};

/// A text that is set at creation and then stays: a version, a host, a configuration.
///
/// Holds up to `N` bytes of UTF-8; a longer text is cut at a character. Set it like a
/// [`Constant`](super::Constant).
///
/// # Examples
/// ```
/// use mmstats::{ConstantText, MmStats};
///
/// #[derive(MmStats)]
/// struct Web {
///     #[mmstats(initial = env!("CARGO_PKG_VERSION"))]
///     release: ConstantText<32>,
/// }
///
/// let stats = Web::detached();
/// assert_eq!(stats.release.get(), env!("CARGO_PKG_VERSION"));
/// ```
#[doc(alias = "StaticTextField")]
#[repr(transparent)]
pub struct ConstantText<const N: usize = 255> {
    text: Text<N>,
}

atomics!([const N: usize] ConstantText<N> { text });

impl<const N: usize> ConstantText<N> {
    /// Returns the text.
    pub fn get(&self) -> String {
        self.text.local()
    }
}

impl<const N: usize> Default for ConstantText<N> {
    fn default() -> Self {
        Self { text: Text::default() }
    }
}

// SAFETY: a `Text`, which fulfils the contract; `SHAPE` differs only in what the bytes mean.
#[expect(unsafe_code, reason = "implements `Statistic`")]
unsafe impl<const N: usize> Statistic for ConstantText<N> {
    const SHAPE: Shape = Shape { kind: Self::CODE, ..<Text<N> as Statistic>::SHAPE };

    const ATTRIBUTES: Attributes =
        Attributes::merged(Merge::One).with_unit("", "`unit` has no meaning for a text");

    type Total = String;

    fn total<'a>(mut lanes: impl Iterator<Item = &'a Self>, _: Merge) -> String {
        lanes.next().map(Self::get).unwrap_or_default()
    }
}

impl<const N: usize> Sealed for ConstantText<N> {}

impl<const N: usize> Initial for ConstantText<N> {
    type Value<'a> = &'a str;

    fn set_initial(&self, value: &str, creation: Creation) {
        self.text.set_initial(value, creation);
    }
}

impl<const N: usize> Readable for ConstantText<N> {
    const CODE: u16 = 9;

    type Value = String;

    const PARTS: &'static [Part] = Text::<N>::PARTS;

    fn state(shape: &Shape, own: bool) -> [AtomicRun; 3] {
        Text::<N>::state(shape, own)
    }

    fn size(shape: &Shape) -> u64 {
        Text::<N>::size(shape)
    }

    fn locked(shape: &Shape) -> usize {
        Text::<N>::locked(shape)
    }

    fn empty(shape: &Shape) -> String {
        Text::<N>::empty(shape)
    }

    fn decode(bytes: &[u8], shape: &Shape) -> String {
        Text::<N>::decode(bytes, shape)
    }

    fn merge(a: Stamped<String>, _: Stamped<String>, _: Merge) -> String {
        a.value
    }

    fn since(now: &String, _: &String) -> String {
        now.clone()
    }

    fn summary(text: &String) -> Summary<'_> {
        Summary { role: Role::Constant, ..Summary::text(text) }
    }
}

impl<const N: usize> fmt::Debug for ConstantText<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConstantText").field(&self.get()).finish()
    }
}
