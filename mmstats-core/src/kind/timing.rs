#![forbid(unsafe_code)]

use std::fmt;
use std::iter;
use std::time::Duration;

use super::summary::Distribution;
use super::{Running, Samples, Summary};
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
    pub(super) count: u64,
    pub(super) sum_ns: u64,
    pub(super) min_ns: u64,
    pub(super) max_ns: u64,
    pub(super) last_ns: u64,
    pub(super) last_at_ns: u64,
    /// Started less ended, and the sum of the start times of those. Both may be negative in one
    /// lane, if a timer was started on one thread and ended on another.
    pub(super) running: u64,
    pub(super) started_sum_ns: u64,
    pub(super) samples_ns: Vec<u64>,
    pub(super) buckets: Buckets,
    /// Empty if nothing was counted.
    pub(super) counts: Vec<u64>,
    /// What the writer's clock shows at the time of reading.
    pub(super) now_ns: u64,
    /// Whether it is the change in an interval, and so has no latest durations.
    pub(super) of_interval: bool,
    pub(super) torn: bool,
}

/// A bucket of a histogram of durations.
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
pub struct Bucket {
    /// The shortest duration that it counts.
    pub start: Duration,
    /// The duration from which on it does not count any more; `None` for the last bucket.
    pub end: Option<Duration>,
    /// How many durations it counted.
    pub count: u64,
}

impl Timing {
    /// Returns a timing without a duration.
    pub(super) fn empty(buckets: Buckets) -> Self {
        Self {
            count: 0,
            sum_ns: 0,
            min_ns: 0,
            max_ns: 0,
            last_ns: 0,
            last_at_ns: 0,
            running: 0,
            started_sum_ns: 0,
            samples_ns: Vec::new(),
            buckets,
            counts: Vec::new(),
            now_ns: 0,
            of_interval: false,
            torn: false,
        }
    }

    /// Returns the number of durations.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns their sum.
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum_ns)
    }

    /// Returns the mean of all; zero if there are none.
    pub fn mean(&self) -> Duration {
        Duration::from_nanos(self.sum_ns.checked_div(self.count).unwrap_or(0))
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
        Duration::from_nanos(self.min_ns)
    }

    /// Returns the longest; zero if there is none.
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.max_ns)
    }

    /// Returns the one that was recorded last; zero if there is none.
    pub fn last(&self) -> Duration {
        Duration::from_nanos(self.last_ns)
    }

    /// Returns the duration that the fraction `quantile` (0 to 1) of all does not exceed, within
    /// 1/32; zero if there are none.
    pub fn quantile(&self, quantile: f64) -> Duration {
        Duration::from_nanos(self.distribution().integer(quantile))
    }

    /// Returns the buckets that counted something, in order.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        let counted = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        counted.map(|(index, count)| {
            let (start, width) = self.buckets.span(index);
            let end = (index + 1 < self.buckets.count()).then(|| start.saturating_add(width));
            Bucket {
                start: Duration::from_nanos(start),
                end: end.map(Duration::from_nanos),
                count: *count,
            }
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
        self.torn
    }

    fn distribution(&self) -> Distribution<'_> {
        const NS_PER_S: f64 = 1e9;
        Distribution {
            buckets: self.buckets,
            counts: &self.counts,
            min: self.min_ns,
            max: self.max_ns,
            scale: NS_PER_S,
        }
    }

    /// In seconds.
    pub(super) fn summary(&self) -> Summary<'_> {
        let known = |duration: Duration| (self.count > 0).then_some(duration.as_secs_f64());
        let samples = Samples {
            count: self.count,
            sum: known(self.sum()),
            mean: known(self.mean()),
            recent_mean: known(self.recent_mean()),
            min: known(self.min()),
            max: known(self.max()),
            last: known(self.last()),
            refused: 0,
            distribution: Some(self.distribution()),
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
        let Some(count) = self.count.checked_sub(earlier.count) else { return self.clone() };
        if self.buckets != earlier.buckets {
            return self.clone();
        }
        let running = Self {
            running: self.running,
            started_sum_ns: self.started_sum_ns,
            now_ns: self.now_ns,
            of_interval: true,
            torn: self.torn || earlier.torn,
            ..Self::empty(self.buckets)
        };
        if count == 0 {
            return running;
        }
        // The buckets may have been copied at another moment than the totals: one that seems to
        // lose some will have them next time.
        let counts = self.counts.iter().zip(earlier.counts.iter().chain(iter::repeat(&0)));
        let counts: Vec<u64> = counts.map(|(now, before)| now.saturating_sub(*before)).collect();
        let (low, high) = self.buckets.range(&counts).unwrap_or((0, u64::MAX));
        let first = earlier.count == 0;
        let shortest = first || self.min_ns < earlier.min_ns;
        let longest = first || self.max_ns > earlier.max_ns;
        Self {
            count,
            sum_ns: self.sum_ns.wrapping_sub(earlier.sum_ns),
            min_ns: if shortest {
                self.min_ns
            } else {
                low.clamp(self.min_ns, self.max_ns.max(self.min_ns))
            },
            max_ns: if longest { self.max_ns } else { high.min(self.max_ns) },
            last_ns: self.last_ns,
            last_at_ns: self.last_at_ns,
            counts,
            ..running
        }
    }

    /// Returns what both recorded.
    #[must_use]
    pub fn merged(mut self, other: Self) -> Self {
        if other.count > 0 {
            let first = self.count == 0;
            self.min_ns = if first { other.min_ns } else { self.min_ns.min(other.min_ns) };
            self.max_ns = self.max_ns.max(other.max_ns);
            if first || other.last_at_ns > self.last_at_ns {
                (self.last_ns, self.last_at_ns) = (other.last_ns, other.last_at_ns);
            }
        }
        self.count = self.count.wrapping_add(other.count);
        self.sum_ns = self.sum_ns.wrapping_add(other.sum_ns);
        self.running = self.running.wrapping_add(other.running);
        self.started_sum_ns = self.started_sum_ns.wrapping_add(other.started_sum_ns);
        self.samples_ns.extend(other.samples_ns);
        // All lanes of a file have the same buckets; files of two programs need not.
        if self.counts.is_empty() && self.buckets == other.buckets {
            self.counts = other.counts;
        } else if self.buckets == other.buckets {
            for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
                *mine = mine.wrapping_add(theirs);
            }
        }
        self.now_ns = self.now_ns.max(other.now_ns);
        self.of_interval |= other.of_interval;
        self.torn |= other.torn;
        self
    }
}

/// Shows quantiles rather than all buckets.
/// Returns 0 for the bits of a negative number.
fn not_negative(bits: u64) -> u64 {
    if i64::try_from(bits).is_ok() { bits } else { 0 }
}

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

    const BUCKETS: Buckets = Buckets::new(4, Buckets::needed(4, 44));

    fn timing(samples_ns: &[u64]) -> Timing {
        let mut timing = Timing::empty(BUCKETS);
        timing.counts = vec![0; BUCKETS.count()];
        timing.count = samples_ns.len() as u64;
        timing.sum_ns = samples_ns.iter().sum();
        timing.min_ns = samples_ns.iter().copied().min().unwrap_or(0);
        timing.max_ns = samples_ns.iter().copied().max().unwrap_or(0);
        timing.last_ns = samples_ns.last().copied().unwrap_or(0);
        timing.samples_ns = samples_ns.to_vec();
        for sample in samples_ns {
            timing.counts[BUCKETS.index(*sample)] += 1;
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
        assert_eq!((interval.count(), interval.sum_ns), (100, 107_000));
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
        now.counts.fill(0);
        let interval = now.since(&timing(&[5, 7]));
        assert_eq!((interval.count(), ns(interval.min()), ns(interval.max())), (1, 5, 7));
        assert_eq!(ns(interval.quantile(0.5)), 5);
        assert!(interval.counts.iter().all(|count| *count == 0));
    }

    #[test]
    fn the_last_bucket_has_no_end() {
        let interval = timing(&[1, u64::MAX / 2, 1 << 50]).since(&timing(&[1, u64::MAX / 2]));
        assert_eq!(ns(interval.max()), u64::MAX / 2);
    }
}
