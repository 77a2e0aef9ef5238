use std::fmt;
use std::mem::offset_of;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use zerocopy::FromBytes;

use super::ring::{capacity, filled, slot};
use super::{Field, OneWriter, TimerGuard};
use crate::buckets::Buckets;
use crate::clock;
use crate::format::body::timer as layout;
use crate::schema::{Kind, Merge, ScalarType, Shape};
use crate::seqlock::SeqLock;
use crate::value::Timing;

/// Sixteen buckets an octave, up to 2⁴⁴ ns (four hours and 53 minutes).
const BUCKET_BITS: u8 = 4;
const BUCKET_COUNT: usize = Buckets::needed(BUCKET_BITS as u32, 44);
const BUCKETS: Buckets = Buckets::new(BUCKET_BITS as u32, BUCKET_COUNT);

/// Time spent in a piece of code, in nanoseconds.
///
/// Keeps count, sum, minimum and maximum, the latest `N` durations, and a log-linear histogram
/// (relative error ≤ 1/32, up to 4 h 53 min) of all of them; and how many are running, and since
/// when, so that a reader can say "in otherdb for 31 s", also of a process that died there. Readers
/// merge the threads' parts by adding.
///
/// # Examples
/// ```
/// # use mmstats_core::Timer;
/// # use std::time::Duration;
/// let request = Timer::<100>::default();
/// {
///     let _timing = request.start(); // recorded when dropped
/// }
/// let answer = request.time(|| 6 * 7);
/// request.record(Duration::from_millis(3));
/// assert_eq!(request.count(), 3);
/// assert_eq!(request.last(), Duration::from_millis(3));
/// ```
#[doc(alias = "TimerField")]
#[derive(FromBytes)]
#[repr(C, align(64))]
pub struct Timer<const N: usize = 100> {
    // The first eight words are one cache line, and what every recording touches besides one
    // word of the ring and one of the buckets.
    lock: SeqLock,
    count: AtomicU64,
    sum_ns: AtomicU64,
    min_ns: AtomicU64,
    max_ns: AtomicU64,
    last_at_ns: AtomicU64,
    running: AtomicU64,
    started_sum_ns: AtomicU64,
    ring_ns: [AtomicU64; N],
    counts: [AtomicU64; BUCKET_COUNT],
    one_writer: OneWriter,
}

const _: () = {
    assert!(offset_of!(Timer<100>, count) == layout::COUNT);
    assert!(offset_of!(Timer<100>, sum_ns) == layout::SUM);
    assert!(offset_of!(Timer<100>, min_ns) == layout::MIN);
    assert!(offset_of!(Timer<100>, max_ns) == layout::MAX);
    assert!(offset_of!(Timer<100>, last_at_ns) == layout::LAST_AT);
    assert!(offset_of!(Timer<100>, running) == layout::RUNNING);
    assert!(offset_of!(Timer<100>, started_sum_ns) == layout::STARTED_SUM);
    assert!(offset_of!(Timer<100>, ring_ns) == layout::RING);
    assert!(offset_of!(Timer<100>, counts) == layout::RING + 100 * 8);
};

impl<const N: usize> Timer<N> {
    /// Starts the clock; what is returned records the time when it is dropped, also by an early
    /// return or a panic.
    ///
    /// Any number may run at a time. The guard stays on its thread; for async code take
    /// [`Mapped::time`](crate::Mapped::time).
    #[must_use = "a guard that is dropped at once times nothing"]
    #[inline]
    pub fn start(&self) -> TimerGuard<'_, N> {
        TimerGuard::start(self)
    }

    /// Times a closure.
    #[inline]
    pub fn time<R>(&self, work: impl FnOnce() -> R) -> R {
        let _timing = self.start();
        work()
    }

    /// Records a duration that was measured elsewhere.
    #[inline]
    pub fn record(&self, duration: Duration) {
        let ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let now_ns = clock::now_ns();
        self.lock.write(|| self.add(ns, now_ns));
    }

    /// How many durations were recorded in the calling thread's [lane](crate::Mapped#lanes).
    #[inline]
    pub fn count(&self) -> u64 {
        self.count.load(Relaxed)
    }

    /// The duration that was recorded last in the calling thread's [lane](crate::Mapped#lanes);
    /// zero where there is none.
    pub fn last(&self) -> Duration {
        self.read(0).last()
    }

    /// The mean of the latest `N` durations in the calling thread's [lane](crate::Mapped#lanes),
    /// or of as many as there are; zero where there is none.
    pub fn average(&self) -> Duration {
        self.read(0).moving_average()
    }

    /// Counts one more as running, since `start_ns`.
    #[inline]
    pub(crate) fn enter(&self, start_ns: u64) {
        self.lock.write(|| self.move_running(1, start_ns));
    }

    /// Counts one less as running, which ran since `start_ns`.
    #[inline]
    pub(crate) fn leave(&self, start_ns: u64) {
        self.lock.write(|| self.move_running(1u64.wrapping_neg(), start_ns.wrapping_neg()));
    }

    /// As [`leave`](Self::leave), and records the time from then until `end_ns`.
    #[inline]
    pub(crate) fn finish(&self, start_ns: u64, end_ns: u64) {
        self.lock.write(|| {
            self.move_running(1u64.wrapping_neg(), start_ns.wrapping_neg());
            self.add(end_ns.saturating_sub(start_ns), end_ns);
        });
    }

    /// Records the time from `start_ns` until `end_ns`, since when it now runs.
    #[inline]
    pub(crate) fn lap(&self, start_ns: u64, end_ns: u64) {
        self.lock.write(|| {
            self.move_running(0, end_ns.wrapping_sub(start_ns));
            self.add(end_ns.saturating_sub(start_ns), end_ns);
        });
    }

    // Relaxed, here and below: the lock orders them.
    #[inline]
    fn move_running(&self, by: u64, start_ns: u64) {
        self.running.store(self.running.load(Relaxed).wrapping_add(by), Relaxed);
        let sum = self.started_sum_ns.load(Relaxed).wrapping_add(start_ns);
        self.started_sum_ns.store(sum, Relaxed);
    }

    #[inline]
    fn add(&self, ns: u64, now_ns: u64) {
        let count = self.count.load(Relaxed);
        self.count.store(count.wrapping_add(1), Relaxed);
        self.sum_ns.store(self.sum_ns.load(Relaxed).wrapping_add(ns), Relaxed);
        if count == 0 || ns < self.min_ns.load(Relaxed) {
            self.min_ns.store(ns, Relaxed);
        }
        if ns > self.max_ns.load(Relaxed) {
            self.max_ns.store(ns, Relaxed);
        }
        self.last_at_ns.store(now_ns, Relaxed);
        self.ring_ns[slot::<N>(count)].store(ns, Relaxed);
        let bucket = &self.counts[BUCKETS.index(ns)];
        bucket.store(bucket.load(Relaxed).wrapping_add(1), Relaxed);
    }

    fn read(&self, now_ns: u64) -> Timing {
        let load = |words: &[AtomicU64]| words.iter().map(|word| word.load(Relaxed)).collect();
        let copy = || {
            let count = self.count.load(Relaxed);
            let last = self.ring_ns.get(slot::<N>(count.wrapping_sub(1)));
            Timing {
                count,
                sum_ns: self.sum_ns.load(Relaxed),
                min_ns: self.min_ns.load(Relaxed),
                max_ns: self.max_ns.load(Relaxed),
                last_ns: if count == 0 { 0 } else { last.map_or(0, |ns| ns.load(Relaxed)) },
                last_at_ns: self.last_at_ns.load(Relaxed),
                running: self.running.load(Relaxed),
                started_sum_ns: self.started_sum_ns.load(Relaxed),
                samples_ns: load(&self.ring_ns[..filled(count, N)]),
                buckets: BUCKETS,
                counts: load(&self.counts),
                now_ns,
                of_interval: false,
            }
        };
        self.lock.read(copy)
    }
}

impl<const N: usize> Default for Timer<N> {
    fn default() -> Self {
        zerocopy::FromZeros::new_zeroed()
    }
}

// SAFETY: atomics only; `SHAPE` says how many.
#[expect(unsafe_code, reason = "implements `Field`")]
unsafe impl<const N: usize> Field for Timer<N> {
    const SHAPE: Shape = Shape {
        capacity: capacity::<N>(),
        #[expect(clippy::cast_possible_truncation, reason = "656")]
        buckets: BUCKET_COUNT as u32,
        bucket_bits: BUCKET_BITS,
        unit: "ns",
        ..Shape::of(Kind::Timer, ScalarType::U64, Merge::Sum)
    };

    type Total = Timing;

    fn total<'a>(lanes: impl Iterator<Item = &'a Self>, _: Merge) -> Timing {
        let now_ns = clock::now_ns();
        let parts = lanes.map(|lane| lane.read(now_ns));
        parts.reduce(Timing::merged).unwrap_or_else(|| Timing::empty(BUCKETS))
    }
}

impl<const N: usize> fmt::Debug for Timer<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer")
            .field("count", &self.count())
            .field("average", &self.average())
            .finish_non_exhaustive()
    }
}
