use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use zerocopy::FromBytes;

use super::{Field, Initial, OneWriter};
use crate::schema::{Kind, Merge, ScalarType, Shape};

/// A count that goes up and down: connections, jobs in a queue.
///
/// A reader sees the sum over all threads, so what goes up on one thread may go down on
/// another. For a value that is set rather than counted take a [`Gauge`](super::Gauge).
///
/// # Examples
/// ```
/// # use mmstats_core::UpDown;
/// let connections = UpDown::default();
/// connections.inc();
/// connections.add(4);
/// connections.dec();
/// assert_eq!(connections.get(), 4);
/// ```
#[derive(Default, FromBytes)]
#[repr(transparent)]
pub struct UpDown {
    count: AtomicI64,
    one_writer: OneWriter,
}

impl UpDown {
    /// Adds one; wraps. One instruction on memory, not a locked one.
    #[inline]
    pub fn inc(&self) {
        self.add(1);
    }

    /// Takes one away; wraps. As cheap as [`inc`](Self::inc).
    #[inline]
    pub fn dec(&self) {
        self.sub(1);
    }

    /// Adds `n`; wraps. As cheap as [`inc`](Self::inc).
    #[inline]
    pub fn add(&self, n: i64) {
        // Relaxed, here and below: a count stands for itself, nothing is published by it.
        self.count.store(self.count.load(Relaxed).wrapping_add(n), Relaxed);
    }

    /// Takes `n` away; wraps. As cheap as [`inc`](Self::inc).
    #[inline]
    pub fn sub(&self, n: i64) {
        self.add(n.wrapping_neg());
    }

    /// What is in the calling thread's [lane](crate::Mapped#lanes), which may be negative while
    /// the sum is not.
    #[inline]
    pub fn get(&self) -> i64 {
        self.count.load(Relaxed)
    }
}

// SAFETY: one atomic; `SHAPE` says so.
#[expect(unsafe_code, reason = "implements `Field`")]
unsafe impl Field for UpDown {
    const SHAPE: Shape = Shape::of(Kind::UpDown, ScalarType::I64, Merge::Sum);

    type Total = i64;

    fn total<'a>(lanes: impl Iterator<Item = &'a Self>, _: Merge) -> i64 {
        lanes.fold(0, |sum, lane| sum.wrapping_add(lane.get()))
    }
}

impl Initial for UpDown {
    type Value<'a> = i64;

    fn set_initial(&self, value: i64) {
        self.count.store(value, Relaxed);
    }
}

impl fmt::Debug for UpDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UpDown").field(&self.get()).finish()
    }
}
