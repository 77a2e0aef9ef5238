use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use zerocopy::FromBytes;

use super::{Field, OneWriter};
use crate::schema::{Kind, Merge, ScalarType, Shape};

/// A count of events, which only grows.
///
/// A reader sees the sum over all threads.
///
/// # Examples
/// ```
/// # use mmstats_core::Counter;
/// let requests = Counter::default();
/// requests.inc();
/// requests.add(2);
/// assert_eq!(requests.get(), 3);
/// ```
///
/// A counter stays on its thread:
/// ```compile_fail,E0277
/// # use mmstats_core::Counter;
/// fn share<T: Sync>() {}
/// share::<Counter>();
/// ```
#[doc(alias = "CounterField")]
#[derive(Default, FromBytes)]
#[repr(transparent)]
pub struct Counter {
    count: AtomicU64,
    one_writer: OneWriter,
}

impl Counter {
    /// Adds one; wraps after `u64::MAX`.
    ///
    /// One instruction on memory, and not a locked one: the type is `!Sync`, and so has one
    /// writer. Others see whole values only.
    #[doc(alias = "incr")]
    #[inline]
    pub fn inc(&self) {
        self.add(1);
    }

    /// Adds `n`; wraps after `u64::MAX`. As cheap as [`inc`](Self::inc).
    #[inline]
    pub fn add(&self, n: u64) {
        // Relaxed, here and below: a count stands for itself, nothing is published by it.
        self.count.store(self.count.load(Relaxed).wrapping_add(n), Relaxed);
    }

    /// Sets what is in the calling thread's [lane](crate::Mapped#lanes) back to zero.
    ///
    /// Whoever computes rates from two readings takes a smaller count for a restart.
    #[inline]
    pub fn reset(&self) {
        self.count.store(0, Relaxed);
    }

    /// What is in the calling thread's [lane](crate::Mapped#lanes); see
    /// [`Mapped::read`](crate::Mapped::read) for all of it.
    #[inline]
    pub fn get(&self) -> u64 {
        self.count.load(Relaxed)
    }
}

// SAFETY: one atomic; `SHAPE` says so.
#[expect(unsafe_code, reason = "implements `Field`")]
unsafe impl Field for Counter {
    const SHAPE: Shape = Shape::of(Kind::Counter, ScalarType::U64, Merge::Sum);

    type Total = u64;

    fn total<'a>(lanes: impl Iterator<Item = &'a Self>, _: Merge) -> u64 {
        lanes.fold(0, |sum, lane| sum.wrapping_add(lane.get()))
    }
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Counter").field(&self.get()).finish()
    }
}
