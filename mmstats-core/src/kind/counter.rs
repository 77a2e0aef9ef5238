use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::readable::word;
use super::{OneWriter, Part, Readable, Role, Stamped, Statistic, Summary, atomics};
use crate::schema::{Merge, ScalarType, Shape};

/// A count of events, which only grows.
///
/// A reader sees the sum over all threads.
///
/// # Examples
/// ```
/// use mmstats::Counter;
///
/// let requests = Counter::default();
/// requests.inc();
/// requests.add(2);
/// assert_eq!(requests.local(), 3);
/// ```
///
/// A counter stays on its thread:
/// ```compile_fail,E0277
/// use mmstats::Counter;
///
/// fn share<T: Sync>() {}
/// share::<Counter>();
/// ```
#[doc(alias = "CounterField")]
#[derive(Default)]
#[repr(transparent)]
pub struct Counter {
    count: AtomicU64,
    one_writer: OneWriter,
}

atomics!(Counter { count, one_writer });

impl Counter {
    /// Adds one; wraps after `u64::MAX`.
    ///
    /// This is one instruction on memory, without a lock: the type is `!Sync`, and so has one
    /// writer. Other processes see whole values only.
    #[doc(alias = "incr")]
    #[inline]
    pub fn inc(&self) {
        self.add(1);
    }

    /// Adds `n`; wraps after `u64::MAX`. As cheap as [`inc`](Self::inc).
    #[inline]
    pub fn add(&self, n: u64) {
        // Relaxed, here and below: a count stands for itself and publishes nothing.
        self.count.store(self.count.load(Relaxed).wrapping_add(n), Relaxed);
    }

    /// Sets the count in the calling thread's [lane](crate::Mapped#lanes), to take over a total that
    /// something else counts: the kernel, a library, an earlier run.
    ///
    /// Readers see the sum over all threads, so set it on one of them. To readers that compute rates,
    /// a larger count is an increase, and a smaller one a restart from zero.
    #[inline]
    pub fn set(&self, count: u64) {
        self.count.store(count, Relaxed);
    }

    /// Resets the calling thread's [lane](crate::Mapped#lanes) to zero.
    ///
    /// Readers that compute rates take a smaller count for a restart.
    #[inline]
    pub fn reset(&self) {
        self.count.store(0, Relaxed);
    }

    /// Returns the count of the calling thread's [lane](crate::Mapped#lanes).
    ///
    /// [`Mapped::total`](crate::Mapped::total) returns the sum over all of them.
    #[inline]
    pub fn local(&self) -> u64 {
        self.count.load(Relaxed)
    }
}

// SAFETY: one atomic; `SHAPE` says so.
#[expect(unsafe_code, reason = "implements `Statistic`")]
unsafe impl Statistic for Counter {
    const SHAPE: Shape = Shape::of(Self::CODE, ScalarType::U64);

    type Total = u64;

    fn total<'a>(lanes: impl Iterator<Item = &'a Self>, _: Merge) -> u64 {
        lanes.fold(0, |sum, lane| sum.wrapping_add(lane.local()))
    }
}

impl Readable for Counter {
    const CODE: u16 = 1;

    type Value = u64;

    const PARTS: &'static [Part] = &[Part::word("count", 0)];

    fn size(_: &Shape) -> u64 {
        8
    }

    fn empty(_: &Shape) -> u64 {
        0
    }

    fn decode(bytes: &[u8], _: &Shape) -> u64 {
        word(bytes, 0)
    }

    fn merge(a: Stamped<u64>, b: Stamped<u64>, _: Merge) -> u64 {
        a.value.wrapping_add(b.value)
    }

    fn since(now: &u64, earlier: &u64) -> u64 {
        now.checked_sub(*earlier).unwrap_or(*now)
    }

    fn summary(count: &u64) -> Summary<'_> {
        Summary::number(Role::Counter, (*count).into(), Some((*count).into()))
    }
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Counter").field(&self.local()).finish()
    }
}
