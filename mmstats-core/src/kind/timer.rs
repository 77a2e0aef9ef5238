use std::fmt;
use std::mem::{ManuallyDrop, offset_of};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::precision::DURATION_OCTAVES;
use super::readable::{word, words};
use super::ring::{capacity, filled, slot};
use super::totals::Totals;
use super::{
    AtomicRun, Atomics, BadShape, Bits, OneWriter, Part, Precision, Readable, Stamped, Statistic,
    Summary, Timing, atomics,
};
use crate::buckets::Buckets;
use crate::clock;
use crate::schema::{Attributes, Merge, ScalarType, Shape};

/// Time spent in a piece of code, in nanoseconds.
///
/// Keeps count, sum, minimum and maximum, the latest `N` durations, and a log-linear histogram of
/// all of them (relative error ≤ 1/32, up to 4 h 53 min; another [precision](Bits) is `B`). It also
/// keeps how many are running, and since when, so that a reader can show "in otherdb for 31 s", even
/// if the process died there. Readers add up the lanes.
///
/// # Examples
/// ```
/// use mmstats::Timer;
/// use std::time::Duration;
///
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
#[repr(C, align(64))]
pub struct Timer<const N: usize = 100, const B: u8 = 4>
where
    Bits<B>: Precision,
{
    // The first eight words are one cache line. Besides it, a recording touches one word of the
    // ring and one of the buckets.
    totals: Totals,
    last_at_ns: AtomicU64,
    running: AtomicU64,
    started_sum_ns: AtomicU64,
    ring_ns: [AtomicU64; N],
    counts: <Bits<B> as Precision>::Durations,
    one_writer: OneWriter,
}

atomics!([const N: usize, const B: u8] Timer<N, B> where [Bits<B>: Precision] { totals, last_at_ns, running, started_sum_ns, ring_ns, counts, one_writer });

impl<const N: usize, const B: u8> Timer<N, B>
where
    Bits<B>: Precision,
{
    const BUCKETS: Buckets = Buckets::covering(B, DURATION_OCTAVES);

    /// Creates a timer of any [precision](Bits), which counts on its own, in no file.
    ///
    /// # Examples
    /// ```
    /// use mmstats::Timer;
    /// use std::time::Duration;
    ///
    /// let request = Timer::<100, 7>::new();
    /// request.record(Duration::from_millis(7));
    /// request.record(Duration::from_millis(9));
    /// let found = request.local().quantile(0.5).as_secs_f64();
    /// assert!((found - 0.007).abs() <= 0.007 / 256.0);
    /// ```
    pub fn new() -> Self {
        Atomics::new_zeroed()
    }

    /// Starts the clock. The guard records the time when it is dropped, also by an early return or
    /// a panic.
    ///
    /// Any number of guards may run at a time. A guard stays on its thread; in async code use
    /// [`Mapped::start`](crate::Mapped::start).
    #[must_use = "a guard that is dropped at once times nothing"]
    #[inline]
    pub fn start(&self) -> TimerGuard<'_, N, B> {
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
        self.totals.lock.write(|| self.add(ns, now_ns));
    }

    /// Returns how many durations the calling thread's [lane](crate::Mapped#lanes) recorded.
    #[inline]
    pub fn count(&self) -> u64 {
        self.totals.count.load(Relaxed)
    }

    /// Returns the duration that the calling thread's [lane](crate::Mapped#lanes) recorded last;
    /// zero if there is none.
    pub fn last(&self) -> Duration {
        self.read(0).last()
    }

    /// Returns the mean of the latest `N` durations in the calling thread's
    /// [lane](crate::Mapped#lanes), or of as many as there are; zero if there are none.
    pub fn recent_mean(&self) -> Duration {
        self.read(0).recent_mean()
    }

    /// Returns what the calling thread's [lane](crate::Mapped#lanes) recorded.
    pub fn local(&self) -> Timing {
        self.read(clock::now_ns())
    }

    /// Counts one more that has been running since `start_ns`.
    #[inline]
    pub(crate) fn enter(&self, start_ns: u64) {
        self.totals.lock.write(|| self.move_running(1, start_ns));
    }

    /// Counts one less that has been running since `start_ns`.
    #[inline]
    pub(crate) fn leave(&self, start_ns: u64) {
        self.totals.lock.write(|| self.move_running(1u64.wrapping_neg(), start_ns.wrapping_neg()));
    }

    /// Does what [`leave`](Self::leave) does, and records the time from `start_ns` to `end_ns`.
    #[inline]
    pub(crate) fn finish(&self, start_ns: u64, end_ns: u64) {
        self.totals.lock.write(|| {
            self.move_running(1u64.wrapping_neg(), start_ns.wrapping_neg());
            self.add(end_ns.saturating_sub(start_ns), end_ns);
        });
    }

    /// Records the time from `start_ns` to `end_ns`, and goes on running from there.
    #[inline]
    pub(crate) fn lap(&self, start_ns: u64, end_ns: u64) {
        self.totals.lock.write(|| {
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
        let count = self.totals.add(ns, 1, self.counts.as_ref(), Self::BUCKETS);
        self.last_at_ns.store(now_ns, Relaxed);
        self.ring_ns[slot::<N>(count)].store(ns, Relaxed);
    }

    fn read(&self, now_ns: u64) -> Timing {
        let rest = |count: u64, whole| {
            let last = self.ring_ns.get(slot::<N>(count.wrapping_sub(1))).filter(|_| count > 0);
            Timing {
                last_ns: last.map_or(0, |ns| ns.load(Relaxed)),
                last_at_ns: self.last_at_ns.load(Relaxed),
                running: self.running.load(Relaxed),
                started_sum_ns: self.started_sum_ns.load(Relaxed),
                samples_ns: if whole { self.samples_ns(count) } else { Vec::new() },
                now_ns,
                ..Timing::empty(Self::BUCKETS)
            }
        };
        let counts = self.counts.as_ref();
        let (durations, mut timing) = self.totals.read(counts, Self::BUCKETS, rest);
        if timing.samples_ns.is_empty() {
            timing.samples_ns = self.samples_ns(durations.count);
        }
        Timing { durations, ..timing }
    }

    fn samples_ns(&self, count: u64) -> Vec<u64> {
        self.ring_ns[..filled(count, N)].iter().map(|ns| ns.load(Relaxed)).collect()
    }
}

/// A running [`Timer`], which records the time when it is dropped.
///
/// # Examples
/// ```
/// use mmstats::Timer;
///
/// let request = Timer::<100>::default();
/// let timing = request.start();
/// assert!(timing.elapsed() <= timing.stop());
/// request.start().cancel();
/// assert_eq!(request.count(), 1);
/// ```
///
/// A guard stays on its thread:
/// ```compile_fail,E0277
/// use mmstats::TimerGuard;
///
/// fn send<T: Send>() {}
/// send::<TimerGuard<100>>();
/// ```
#[must_use = "a guard that is dropped at once times nothing"]
#[derive(Debug)]
pub struct TimerGuard<'a, const N: usize = 100, const B: u8 = 4>
where
    Bits<B>: Precision,
{
    timer: &'a Timer<N, B>,
    start_ns: u64,
}

impl<'a, const N: usize, const B: u8> TimerGuard<'a, N, B>
where
    Bits<B>: Precision,
{
    #[inline]
    fn start(timer: &'a Timer<N, B>) -> Self {
        Self::start_at(timer, clock::now_ns())
    }

    #[inline]
    fn start_at(timer: &'a Timer<N, B>, start_ns: u64) -> Self {
        timer.enter(start_ns);
        Self { timer, start_ns }
    }

    /// Returns how long it has been running.
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(clock::now_ns().saturating_sub(self.start_ns))
    }

    /// Records the time, returns it, and goes on from now.
    ///
    /// This reads the clock once; a stop and a start read it twice.
    /// ```
    /// # let rows = [1, 2, 3];
    /// # let row = mmstats::Timer::<100>::default();
    /// let mut timing = row.start();
    /// for _ in rows {
    ///     // …
    ///     timing.lap();
    /// }
    /// timing.cancel();
    /// assert_eq!(row.count(), 3);
    /// ```
    #[inline]
    pub fn lap(&mut self) -> Duration {
        let end_ns = clock::now_ns();
        let start_ns = std::mem::replace(&mut self.start_ns, end_ns);
        self.timer.lap(start_ns, end_ns);
        Duration::from_nanos(end_ns.saturating_sub(start_ns))
    }

    /// Records the time and starts another timer, and reads the clock once for both.
    /// ```
    /// use mmstats::Timer;
    /// # let (parse, render) = (Timer::<100>::default(), Timer::<100>::default());
    /// let timing = parse.start();
    /// // …
    /// let timing = timing.then(&render);
    /// // …
    /// drop(timing);
    /// assert_eq!((parse.count(), render.count()), (1, 1));
    /// ```
    #[inline]
    pub fn then<const M: usize, const C: u8>(self, next: &Timer<M, C>) -> TimerGuard<'_, M, C>
    where
        Bits<C>: Precision,
    {
        let guard = ManuallyDrop::new(self);
        let end_ns = clock::now_ns();
        guard.timer.finish(guard.start_ns, end_ns);
        TimerGuard::start_at(next, end_ns)
    }

    /// Records the time and returns it.
    #[inline]
    pub fn stop(self) -> Duration {
        let guard = ManuallyDrop::new(self);
        let end_ns = clock::now_ns();
        guard.timer.finish(guard.start_ns, end_ns);
        Duration::from_nanos(end_ns.saturating_sub(guard.start_ns))
    }

    /// Stops without recording anything.
    #[inline]
    pub fn cancel(self) {
        let guard = ManuallyDrop::new(self);
        guard.timer.leave(guard.start_ns);
    }
}

impl<const N: usize, const B: u8> Drop for TimerGuard<'_, N, B>
where
    Bits<B>: Precision,
{
    #[inline]
    fn drop(&mut self) {
        self.timer.finish(self.start_ns, clock::now_ns());
    }
}

/// Only for the default precision, so that `Timer::<100>::default()` means it.
impl<const N: usize> Default for Timer<N> {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: atomics only; `SHAPE` says how many.
#[expect(unsafe_code, reason = "implements `Statistic`")]
unsafe impl<const N: usize, const B: u8> Statistic for Timer<N, B>
where
    Bits<B>: Precision,
{
    const SHAPE: Shape = Self::BUCKETS
        .shaped(Shape { capacity: capacity::<N>(), ..Shape::of(Self::CODE, ScalarType::U64) });

    const ATTRIBUTES: Attributes = Attributes::merged(Merge::Sum)
        .with_unit("ns", "`unit` has no meaning for a timer: it is always `ns`");

    type Total = Timing;

    fn total<'a>(lanes: impl Iterator<Item = &'a Self>, _: Merge) -> Timing {
        let now_ns = clock::now_ns();
        let parts = lanes.map(|lane| lane.read(now_ns));
        parts.reduce(Timing::merged).unwrap_or_else(|| Timing::empty(Self::BUCKETS))
    }
}

impl<const N: usize, const B: u8> Readable for Timer<N, B>
where
    Bits<B>: Precision,
{
    const CODE: u16 = 7;

    const HAS_CLOCK: bool = true;

    type Value = Box<Timing>;

    const PARTS: &'static [Part] = &[
        Part::word("lock", offset_of!(Self, totals.lock)),
        Part::word("count", offset_of!(Self, totals.count)),
        Part::word("sum_ns", offset_of!(Self, totals.sum)),
        Part::word("min_ns", offset_of!(Self, totals.min)),
        Part::word("max_ns", offset_of!(Self, totals.max)),
        Part::word("last_at_ns", offset_of!(Self, last_at_ns)),
        Part::word("running", offset_of!(Self, running)),
        Part::word("started_sum_ns", offset_of!(Self, started_sum_ns)),
        Part::sized("ring_ns", offset_of!(Self, ring_ns), "8 · capacity"),
        Part {
            plus: " + 8 · capacity",
            ..Part::sized("counts", offset_of!(Self, ring_ns), "8 · buckets")
        },
    ];

    fn state(_: &Shape, own: bool) -> [AtomicRun; 3] {
        // Those of other threads have no guards.
        let running = AtomicRun::words(offset_of!(Self, running), if own { 2 } else { 0 });
        [running, AtomicRun::NONE, AtomicRun::NONE]
    }

    fn size(shape: &Shape) -> u64 {
        offset_of!(Self, ring_ns) as u64
            + 8 * (u64::from(shape.capacity) + u64::from(shape.buckets))
    }

    fn locked(_: &Shape) -> usize {
        offset_of!(Self, ring_ns)
    }

    fn check(shape: &Shape) -> Result<(), BadShape> {
        Buckets::of(shape).map(|_| ())
    }

    fn empty(shape: &Shape) -> Box<Timing> {
        Box::new(Timing::empty(Buckets::of(shape).unwrap_or(Self::BUCKETS)))
    }

    fn decode(bytes: &[u8], shape: &Shape) -> Box<Timing> {
        let buckets = Buckets::of(shape).unwrap_or(Self::BUCKETS);
        let capacity = shape.capacity as usize;
        let ring_at = offset_of!(Self, ring_ns);
        let durations = Totals::decode(bytes, ring_at + 8 * capacity, buckets);
        let count = durations.count;
        let ring: Vec<u64> = words(bytes, ring_at, filled(count, capacity)).collect();
        let last = count.checked_sub(1).and_then(|last| last.checked_rem(capacity as u64));
        let last = last.and_then(|place| ring.get(usize::try_from(place).ok()?));
        Box::new(Timing {
            durations,
            last_ns: last.copied().unwrap_or(0),
            last_at_ns: word(bytes, offset_of!(Self, last_at_ns)),
            running: word(bytes, offset_of!(Self, running)),
            started_sum_ns: word(bytes, offset_of!(Self, started_sum_ns)),
            samples_ns: ring,
            now_ns: 0,
            of_interval: false,
        })
    }

    fn merge(a: Stamped<Box<Timing>>, b: Stamped<Box<Timing>>, _: Merge) -> Box<Timing> {
        Box::new(a.value.merged(*b.value))
    }

    fn since(now: &Box<Timing>, earlier: &Box<Timing>) -> Box<Timing> {
        Box::new(now.since(earlier))
    }

    fn summary(timing: &Box<Timing>) -> Summary<'_> {
        timing.summary()
    }

    fn seen_ns(timing: &Box<Timing>) -> u64 {
        timing.last_at_ns
    }

    fn set_now_ns(timing: &mut Box<Timing>, now_ns: u64) {
        // While nothing is running it means nothing, and would make equal values differ.
        if timing.running != 0 {
            timing.now_ns = now_ns;
        }
    }
}

impl<const N: usize, const B: u8> fmt::Debug for Timer<N, B>
where
    Bits<B>: Precision,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer")
            .field("count", &self.count())
            .field("recent_mean", &self.recent_mean())
            .finish_non_exhaustive()
    }
}
