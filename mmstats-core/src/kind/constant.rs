use std::fmt;
use std::mem::offset_of;

use super::{
    AtomicRun, Creation, GaugeValue, Initial, OneWriter, Part, Readable, Role, Scalar, Sealed,
    Stamped, Statistic, Summary, atomics,
};
use crate::schema::{Attributes, Merge, Shape};

/// A number or truth value that is set at creation and then stays: how many workers, which port.
///
/// Set it with `#[mmstats(initial = …)]`, or with
/// [`Builder::constant`](crate::Builder::constant) if it is known at run time only.
///
/// # Examples
/// ```
/// use mmstats::{Constant, MmStats};
///
/// #[derive(MmStats)]
/// struct Web {
///     #[mmstats(initial = 8080)]
///     port: Constant<u16>,
/// }
///
/// let stats = Web::detached();
/// assert_eq!(stats.port.get(), 8080);
/// ```
#[doc(alias("StaticUIntField", "StaticInt64Field", "StaticUInt64Field"))]
#[doc(alias("StaticFloatField", "StaticDoubleField"))]
#[derive(Default)]
#[repr(C, align(8))]
pub struct Constant<T: GaugeValue> {
    value: T::Atomic,
    one_writer: OneWriter,
}

atomics!([T: GaugeValue] Constant<T> { value, one_writer });

impl<T: GaugeValue> Constant<T> {
    /// Returns the value.
    #[inline]
    pub fn get(&self) -> T {
        T::load(&self.value)
    }
}

// SAFETY: one atomic, and padding; `SHAPE` says so.
#[expect(unsafe_code, reason = "implements `Statistic`")]
unsafe impl<T: GaugeValue> Statistic for Constant<T> {
    const SHAPE: Shape = Shape::of(Self::CODE, T::TYPE);

    const ATTRIBUTES: Attributes = Attributes::merged(Merge::One);

    type Total = T;

    fn total<'a>(mut lanes: impl Iterator<Item = &'a Self>, _: Merge) -> T {
        lanes.next().map(Self::get).unwrap_or_default()
    }
}

impl<T: GaugeValue> Sealed for Constant<T> {}

impl<T: GaugeValue> Initial for Constant<T> {
    type Value<'a> = T;

    fn set_initial(&self, value: T, _: Creation) {
        value.store(&self.value);
    }
}

impl<T: GaugeValue> Readable for Constant<T> {
    const CODE: u16 = 8;

    type Value = Scalar;

    const PARTS: &'static [Part] = &[Part::sized("value", 0, "scalar")];

    fn state(shape: &Shape, _: bool) -> [AtomicRun; 3] {
        let value = AtomicRun { at: offset_of!(Self, value), width: shape.scalar.size(), count: 1 };
        [value, AtomicRun::NONE, AtomicRun::NONE]
    }

    fn size(shape: &Shape) -> u64 {
        shape.scalar.size() as u64
    }

    fn empty(shape: &Shape) -> Scalar {
        Scalar::from_bits(shape.scalar, 0)
    }

    fn decode(bytes: &[u8], shape: &Shape) -> Scalar {
        Scalar::decode(shape.scalar, bytes)
    }

    fn merge(a: Stamped<Scalar>, _: Stamped<Scalar>, _: Merge) -> Scalar {
        a.value
    }

    fn since(now: &Scalar, _: &Scalar) -> Scalar {
        *now
    }

    fn summary(value: &Scalar) -> Summary<'_> {
        Summary::number(Role::Constant, *value, None)
    }
}

impl<T: GaugeValue + fmt::Debug> fmt::Debug for Constant<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Constant").field(&self.get()).finish()
    }
}
