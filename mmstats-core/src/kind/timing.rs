#![forbid(unsafe_code)]

use std::fmt;
use std::time::Duration;

use super::summary::Quantiles;
use super::{Distribution, Running, Samples, Summary};
use crate::buckets::Buckets;

/// What a [`Timer`](super::Timer) recorded: totals, the latest durations, a histogram of all, and
/// what is still running.
///
/// # Examples
/// ```
/// use mmstats::Timer;
/// use std::time::Duration;
///
/// let request = Timer::<100>::default();
/// request.record(Duration::from_millis(2));
/// request.record(Duration::from_millis(4));
/// let timing = request.local();
/// assert_eq!((timing.count(), timing.mean()), (2, Duration::from_millis(3)));
/// assert!(timing.quantile(1.0) >= Duration::from_micros(3_875)); // 4 ms, within 1/32
/// assert_eq!(timing.buckets().map(|bucket| bucket.count).sum::<u64>(), 2);
/// ```
#[derive(Clone, PartialEq)]
pub struct Timing {
    /// In nanoseconds.
    pub(super) durations: Distribution,
    pub(super) last_ns: u64,
    pub(super) last_at_ns: u64,
    /// Started less ended, and the sum of the start times of those. Both may be negative in one
    /// lane, if a timer was started on one thread and ended on another.
    pub(super) running: u64,
    pub(super) started_sum_ns: u64,
    pub(super) samples_ns: Vec<u64>,
    /// What the writer's clock shows at the time of reading.
    pub(super) now_ns: u64,
    /// Whether it is the change in an interval, and so has no latest durations.
    pub(super) of_interval: bool,
}

/// A bucket of a histogram: of durations for a timer, of integers for a [`Histogram`].
///
/// [`Histogram`]: super::Histogram
///
/// # Examples
/// ```
/// use mmstats::Timer;
/// use std::time::Duration;
///
/// let request = Timer::<100>::default();
/// request.record(Duration::from_millis(2));
/// let bucket = request.local().buckets().next().expect("a duration was recorded");
/// assert!(bucket.start <= Duration::from_millis(2));
/// assert!(bucket.end > Some(Duration::from_millis(2)));
/// assert_eq!(bucket.count, 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bucket<T = Duration> {
    /// The smallest value that it counts.
    pub start: T,
    /// The value from which on it does not count any more; `None` for the last bucket.
    pub end: Option<T>,
    /// How many values it counted.
    pub count: u64,
}

impl Timing {
    /// Returns a timing without a duration.
    pub(super) fn empty(buckets: Buckets) -> Self {
        Self {
            durations: Distribution::empty(buckets),
            last_ns: 0,
            last_at_ns: 0,
            running: 0,
            started_sum_ns: 0,
            samples_ns: Vec::new(),
            now_ns: 0,
            of_interval: false,
        }
    }

    /// Returns the number of durations.
    pub fn count(&self) -> u64 {
        self.durations.count
    }

    /// Returns their sum.
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.durations.sum)
    }

    /// Returns the mean of all; zero if there are none.
    pub fn mean(&self) -> Duration {
        Duration::from_nanos(self.durations.sum.checked_div(self.count()).unwrap_or(0))
    }

    /// Returns the mean of the latest; zero if there are none.
    ///
    /// For the change in an interval, whose latest durations are not known, that is the mean of
    /// all.
    pub fn recent_mean(&self) -> Duration {
        if self.of_interval {
            return self.mean();
        }
        let sum = self.samples_ns.iter().map(|ns| u128::from(*ns)).sum::<u128>();
        let mean = sum.checked_div(self.samples_ns.len() as u128).unwrap_or(0);
        Duration::from_nanos(u64::try_from(mean).unwrap_or(u64::MAX))
    }

    /// Returns the shortest; zero if there is none.
    pub fn min(&self) -> Duration {
        Duration::from_nanos(self.durations.min)
    }

    /// Returns the longest; zero if there is none.
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.durations.max)
    }

    /// Returns the one that was recorded last; zero if there is none.
    pub fn last(&self) -> Duration {
        Duration::from_nanos(self.last_ns)
    }

    /// Returns the duration that the fraction `quantile` (0 to 1) of all does not exceed, within
    /// 1/32, or what the [precision](super::Bits) of the timer says; zero if there are none.
    pub fn quantile(&self, quantile: f64) -> Duration {
        Duration::from_nanos(self.durations.quantile(quantile))
    }

    /// Returns the buckets that counted something, in order.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        self.durations.buckets().map(|bucket| Bucket {
            start: Duration::from_nanos(bucket.start),
            end: bucket.end.map(Duration::from_nanos),
            count: bucket.count,
        })
    }

    /// Returns how many are running now, or were when their process died.
    pub fn running(&self) -> u64 {
        not_negative(self.running)
    }

    /// Returns how long ago the running ones were started, on average; if the writer left word that
    /// it ended, how long before its end.
    ///
    /// When a killed writer ended is not known: it was running then, and for no longer than this.
    pub fn running_for(&self) -> Option<Duration> {
        let running = self.running();
        let total = self.now_ns.wrapping_mul(running).wrapping_sub(self.started_sum_ns);
        let age = not_negative(total).checked_div(running)?;
        Some(Duration::from_nanos(age))
    }

    /// Returns whether a thread was writing it all the time, so that count, sum and the others may
    /// not belong together.
    pub fn is_torn(&self) -> bool {
        self.durations.torn
    }

    /// In seconds.
    pub(super) fn summary(&self) -> Summary<'_> {
        const NS_PER_S: f64 = 1e9;
        let known = |duration: Duration| (self.count() > 0).then_some(duration.as_secs_f64());
        let samples = Samples {
            count: self.count(),
            sum: known(self.sum()),
            mean: known(self.mean()),
            recent_mean: known(self.recent_mean()),
            min: known(self.min()),
            max: known(self.max()),
            last: known(self.last()),
            refused: 0,
            quantiles: Some(Quantiles { of: &self.durations, scale: NS_PER_S }),
        };
        let running = self.running_for();
        let running = running.map(|mean_age| Running { count: self.running(), mean_age });
        let headline = self.recent_mean().as_secs_f64();
        Summary { unit: Some("s"), running, ..Summary::of_samples(headline, samples) }
    }

    /// Returns what was recorded since it was `earlier`; all, if it was reset meanwhile. What is
    /// running stays as it is now.
    ///
    /// Shortest and longest are exact if they are new, and as exact as the buckets otherwise.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let Some(durations) = self.durations.since(&earlier.durations) else {
            return self.clone();
        };
        let is_empty = durations.count == 0;
        Self {
            last_ns: if is_empty { 0 } else { self.last_ns },
            last_at_ns: if is_empty { 0 } else { self.last_at_ns },
            running: self.running,
            started_sum_ns: self.started_sum_ns,
            samples_ns: Vec::new(),
            now_ns: self.now_ns,
            of_interval: true,
            durations,
        }
    }

    /// Returns what both recorded.
    #[must_use]
    pub fn merged(mut self, other: Self) -> Self {
        let first = self.count() == 0;
        if other.count() > 0 && (first || other.last_at_ns > self.last_at_ns) {
            (self.last_ns, self.last_at_ns) = (other.last_ns, other.last_at_ns);
        }
        self.durations = self.durations.merged(other.durations);
        self.running = self.running.wrapping_add(other.running);
        self.started_sum_ns = self.started_sum_ns.wrapping_add(other.started_sum_ns);
        self.samples_ns.extend(other.samples_ns);
        self.now_ns = self.now_ns.max(other.now_ns);
        self.of_interval |= other.of_interval;
        self
    }
}

/// Returns 0 for the bits of a negative number.
fn not_negative(bits: u64) -> u64 {
    if i64::try_from(bits).is_ok() { bits } else { 0 }
}

/// Shows quantiles rather than all buckets.
impl fmt::Debug for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timing")
            .field("count", &self.count())
            .field("mean", &self.mean())
            .field("recent_mean", &self.recent_mean())
            .field("min", &self.min())
            .field("p50", &self.quantile(0.5))
            .field("p99", &self.quantile(0.99))
            .field("max", &self.max())
            .field("running", &self.running())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUCKETS: Buckets = Buckets::covering(4, 44);

    fn timing(samples_ns: &[u64]) -> Timing {
        let mut timing = Timing::empty(BUCKETS);
        timing.durations.counts = vec![0; BUCKETS.count()];
        timing.durations.count = samples_ns.len() as u64;
        timing.durations.sum = samples_ns.iter().sum();
        timing.durations.min = samples_ns.iter().copied().min().unwrap_or(0);
        timing.durations.max = samples_ns.iter().copied().max().unwrap_or(0);
        timing.last_ns = samples_ns.last().copied().unwrap_or(0);
        timing.samples_ns = samples_ns.to_vec();
        for sample in samples_ns {
            timing.durations.counts[BUCKETS.index(*sample)] += 1;
        }
        timing
    }

    fn ns(duration: Duration) -> u64 {
        duration.as_nanos().try_into().unwrap()
    }

    #[test]
    fn an_interval_has_quantiles_of_its_own() {
        let slow = vec![1_000_000; 1000];
        let both = [&slow[..], &[1_000; 99], &[8_000]].concat();
        let interval = timing(&both).since(&timing(&slow));
        assert_eq!((interval.count(), interval.durations.sum), (100, 107_000));
        assert_eq!(ns(interval.mean()), 1_070);
        assert_eq!(interval.recent_mean(), interval.mean());
        assert!(ns(interval.quantile(0.99)).abs_diff(1_000) * 32 <= 1_000);
        assert_eq!(ns(interval.min()), 1_000); // it is the shortest of all
        assert!(ns(interval.max()).abs_diff(8_000) * 16 <= 8_000);
        assert_eq!(ns(interval.last()), 8_000);
    }

    #[test]
    fn an_interval_in_which_nothing_ended_is_empty() {
        let mut now = timing(&[5, 7]);
        now.running = 1;
        (now.started_sum_ns, now.now_ns) = (100, 130);
        let interval = now.since(&timing(&[5, 7]));
        assert_eq!((interval.count(), ns(interval.quantile(0.5)), ns(interval.max())), (0, 0, 0));
        assert_eq!(interval.running_for(), Some(Duration::from_nanos(30)));
        // It can still be merged.
        assert_eq!(ns(interval.merged(timing(&[9])).quantile(0.5)), 9);
    }

    #[test]
    fn a_timer_that_was_reset_starts_anew() {
        assert_eq!(timing(&[9]).since(&timing(&[5, 7])), timing(&[9]));
    }

    #[test]
    fn totals_and_buckets_of_two_moments_do_no_harm() {
        let mut now = timing(&[5, 7, 7]);
        now.durations.counts.fill(0);
        let interval = now.since(&timing(&[5, 7]));
        assert_eq!((interval.count(), ns(interval.min()), ns(interval.max())), (1, 5, 7));
        assert_eq!(ns(interval.quantile(0.5)), 5);
        assert!(interval.durations.counts.iter().all(|count| *count == 0));
    }

    #[test]
    fn the_last_bucket_has_no_end() {
        let interval = timing(&[1, u64::MAX / 2, 1 << 50]).since(&timing(&[1, u64::MAX / 2]));
        assert_eq!(ns(interval.max()), u64::MAX / 2);
    }
}
