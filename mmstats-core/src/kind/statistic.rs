use std::cell::Cell;
use std::marker::PhantomData;

use super::Atomics;
use crate::schema::{Attributes, Merge, Shape};

/// Keeps a statistic on the thread whose lane it lies in, so that it has one writer.
pub(crate) type OneWriter = PhantomData<Cell<()>>;

/// A statistic of one of the kinds of this crate. A [`Field`](crate::Field) can also be a struct or
/// an array of statistics.
///
/// Its memory belongs to a lane, which other processes can read and write at any time.
///
/// # Examples
/// ```
/// use mmstats::{Counter, Merge, Statistic};
///
/// let lanes = [Counter::default(), Counter::default()];
/// lanes[0].add(3);
/// lanes[1].add(4);
/// assert_eq!(Counter::total(lanes.iter(), Merge::Sum), 7);
/// ```
///
/// # Safety
/// 1. All of the type's memory is atomics (`Atomics`, which the compiler checks), so that `&Self` may
///    be used from any thread, although not being `Sync` keeps users from doing so.
/// 2. Any bytes are a valid value (`Atomics`).
/// 3. It does not implement `Drop`, and holds no pointer, handle or file descriptor.
/// 4. [`SHAPE`](Self::SHAPE) describes its layout, as in `docs/format.md` § 5.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a statistic",
    label = "a mapped file cannot hold this",
    note = "use `Counter`, `UpDown`, `Gauge<u64>`, `Text<64>`, `Average`, `MovingAverage<100>`, `Timer`, `Histogram`, `Progress`, `Constant<u64>`, or a struct with `#[derive(MmStats)]`"
)]
#[expect(unsafe_code, reason = "the one contract that the mapping relies on")]
pub unsafe trait Statistic: Atomics {
    /// The description of its layout in a file.
    #[doc(hidden)]
    const SHAPE: Shape;

    /// The attributes that a field can have.
    #[doc(hidden)]
    const ATTRIBUTES: Attributes = Attributes::merged(Merge::Sum);

    /// The value over all lanes.
    type Total;

    /// Merges the lanes, in the order in which they were first claimed.
    fn total<'a>(lanes: impl Iterator<Item = &'a Self>, merge: Merge) -> Self::Total
    where
        Self: 'a;
}

/// A statistic that can start with a value.
///
/// # Examples
/// ```
/// use mmstats::{Gauge, MmStats, Text};
///
/// #[derive(MmStats)]
/// struct Job {
///     #[mmstats(initial = "starting")]
///     phase: Text<32>,
///     #[mmstats(initial = 4)]
///     workers: Gauge<u32>,
/// }
///
/// let job = Job::detached();
/// assert_eq!((job.phase.local().as_str(), job.workers.local()), ("starting", 4));
/// ```
#[diagnostic::on_unimplemented(
    message = "`initial` has no meaning for `{Self}`",
    label = "this statistic starts empty",
    note = "`Gauge`, `UpDown`, `Text`, `Progress`, `Constant` and `ConstantText` can have an initial value"
)]
pub trait Initial: Sealed {
    /// The type of the initial value.
    type Value<'a>;

    /// Stores the initial value.
    #[doc(hidden)]
    fn set_initial(&self, value: Self::Value<'_>, creation: Creation);
}

/// Proves that a lane is being created: no other thread or process accesses it, and so constants can
/// be stored. Only [`Builder`](crate::Builder) makes one.
#[derive(Debug, Clone, Copy)]
pub struct Creation(());

impl Creation {
    pub(crate) fn new() -> Self {
        Self(())
    }
}

/// Keeps other crates from implementing a trait, and so from getting a [`Creation`].
pub trait Sealed {}
