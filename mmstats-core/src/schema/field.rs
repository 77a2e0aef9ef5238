//! The types that a field of a struct can have.

use super::{Content, Dimension, Node};
use crate::kind::{Atomics, Creation, Initial, Sealed, Statistic};

/// A field of a `#[derive(MmStats)]` struct: a statistic, another such struct, or an array or a
/// [`Family`](crate::Family) of these.
///
/// # Examples
/// ```
/// use mmstats::{Counter, MmStats, Reader, Value};
///
/// #[derive(MmStats)]
/// struct Shard {
///     hits: Counter,
/// }
///
/// #[derive(MmStats)]
/// struct Cache {
///     misses: Counter,
///     shards: [Shard; 4],
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # let cache = Cache::builder().directory(&directory).create()?;
/// # let path = cache.path().ok_or("no file")?;
/// cache.shards[3].hits.inc();
/// let snapshot = Reader::open(path)?.snapshot()?;
/// assert_eq!(snapshot.get(r#"shards.hits{index="3"}"#), Some(&Value::Counter(1)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Safety
/// 1. All of the type's memory belongs to [`Statistic`]s, apart from padding, and it does not
///    implement `Drop`.
/// 2. [`CONTENT`](Self::CONTENT) describes these statistics, each at its own offset.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a statistic",
    label = "a mapped file cannot hold this",
    note = "use `Counter`, `UpDown`, `Gauge<u64>`, `Text<64>`, `Average`, `MovingAverage<100>`, `Timer`, `Histogram`, `Progress`, `Constant<u64>`, or a struct with `#[derive(MmStats)]`"
)]
#[expect(unsafe_code, reason = "the contract that the derive fulfils")]
pub unsafe trait Field: Sized + 'static {
    /// The statistics in it.
    #[doc(hidden)]
    const CONTENT: Content;

    /// Stores the initial values.
    #[doc(hidden)]
    fn initialise(&self, _: Creation) {}

    /// Stores what `from` has.
    #[doc(hidden)]
    fn copy(&self, from: &Self);
}

// SAFETY: one statistic, as it says itself.
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl<S: Statistic + 'static> Field for S {
    const CONTENT: Content =
        Content::Statistic { shape: S::SHAPE, attributes: S::ATTRIBUTES, size: size_of::<S>() };

    fn copy(&self, from: &Self) {
        Atomics::copy(self, from);
    }
}

// SAFETY: `N` fields, one behind the other.
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl<F: Field, const N: usize> Field for [F; N] {
    const CONTENT: Content = Content::Members {
        dimensions: &[Dimension::index(0, N)],
        stride: size_of::<F>(),
        item: &F::CONTENT,
    };

    fn initialise(&self, creation: Creation) {
        for item in self {
            item.initialise(creation);
        }
    }

    fn copy(&self, from: &Self) {
        self.iter().zip(from).for_each(|(to, from)| to.copy(from));
    }
}

impl<S: Sealed, const N: usize> Sealed for [S; N] {}

impl<S: Initial, const N: usize> Initial for [S; N]
where
    for<'a> S::Value<'a>: Copy,
{
    type Value<'a> = S::Value<'a>;

    fn set_initial(&self, value: Self::Value<'_>, creation: Creation) {
        for item in self {
            item.set_initial(value, creation);
        }
    }
}

/// Some of the fields of a struct: the derive puts up to 32 into one constant.
///
/// `offset_of!` is a constant within a constant. For each of those an incremental compiler visits
/// all that it knows about the outer one, so its time would grow with the square of their number.
pub trait Part<const INDEX: usize> {
    /// The fields, in order.
    const NODES: &'static [Node];
}
