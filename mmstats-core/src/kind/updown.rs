use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use super::readable::word;
use super::{
    Creation, Initial, OneWriter, Part, Readable, Role, Sealed, Stamped, Statistic, Summary,
    atomics,
};
use crate::schema::{Merge, ScalarType, Shape};

/// A count that goes up and down: connections, jobs in a queue.
///
/// A reader sees the sum over all threads, so what goes up on one thread may go down on another.
/// For a value that is set rather than counted use a [`Gauge`](super::Gauge).
///
/// # Examples
/// ```
/// use mmstats::UpDown;
///
/// let connections = UpDown::default();
/// connections.inc();
/// connections.add(4);
/// connections.dec();
/// assert_eq!(connections.local(), 4);
/// ```
#[derive(Default)]
#[repr(transparent)]
pub struct UpDown {
    count: AtomicI64,
    one_writer: OneWriter,
}

atomics!(UpDown { count, one_writer });

impl UpDown {
    /// Adds one; wraps. This is one instruction on memory, without a lock.
    #[inline]
    pub fn inc(&self) {
        self.add(1);
    }

    /// Subtracts one; wraps. As cheap as [`inc`](Self::inc).
    #[inline]
    pub fn dec(&self) {
        self.sub(1);
    }

    /// Adds `n`; wraps. As cheap as [`inc`](Self::inc).
    #[inline]
    pub fn add(&self, n: i64) {
        // Relaxed, here and below: a count stands for itself and publishes nothing.
        self.count.store(self.count.load(Relaxed).wrapping_add(n), Relaxed);
    }

    /// Subtracts `n`; wraps. As cheap as [`inc`](Self::inc).
    #[inline]
    pub fn sub(&self, n: i64) {
        self.add(n.wrapping_neg());
    }

    /// Returns the count of the calling thread's [lane](crate::Mapped#lanes), which may be negative
    /// while the sum over all lanes is not.
    #[inline]
    pub fn local(&self) -> i64 {
        self.count.load(Relaxed)
    }
}

// SAFETY: one atomic; `SHAPE` says so.
#[expect(unsafe_code, reason = "implements `Statistic`")]
unsafe impl Statistic for UpDown {
    const SHAPE: Shape = Shape::of(Self::CODE, ScalarType::I64);

    type Total = i64;

    fn total<'a>(lanes: impl Iterator<Item = &'a Self>, _: Merge) -> i64 {
        lanes.fold(0, |sum, lane| sum.wrapping_add(lane.local()))
    }
}

impl Sealed for UpDown {}

impl Initial for UpDown {
    type Value<'a> = i64;

    fn set_initial(&self, value: i64, _: Creation) {
        self.count.store(value, Relaxed);
    }
}

impl Readable for UpDown {
    const CODE: u16 = 2;

    type Value = i64;

    const PARTS: &'static [Part] = &[Part::word("count", 0)];

    fn size(_: &Shape) -> u64 {
        8
    }

    fn empty(_: &Shape) -> i64 {
        0
    }

    fn decode(bytes: &[u8], _: &Shape) -> i64 {
        i64::from_le_bytes(word(bytes, 0).to_le_bytes())
    }

    fn merge(a: Stamped<i64>, b: Stamped<i64>, _: Merge) -> i64 {
        a.value.wrapping_add(b.value)
    }

    fn since(now: &i64, earlier: &i64) -> i64 {
        now.wrapping_sub(*earlier)
    }

    /// What went up in a missing lane may have gone down in another one.
    fn lanes_are_missing(count: &mut i64) {
        *count = (*count).max(0);
    }

    fn summary(count: &i64) -> Summary<'_> {
        Summary::number(Role::UpDown, (*count).into(), Some((*count).into()))
    }
}

impl fmt::Debug for UpDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UpDown").field(&self.local()).finish()
    }
}
