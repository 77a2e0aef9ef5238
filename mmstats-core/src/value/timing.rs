use std::time::Duration;

use crate::buckets::Buckets;

/// What a timer recorded: totals, the latest samples, a histogram of all, and what still runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Timing {
    pub(crate) count: u64,
    pub(crate) sum_ns: u64,
    pub(crate) min_ns: u64,
    pub(crate) max_ns: u64,
    pub(crate) last_ns: u64,
    pub(crate) last_at_ns: u64,
    /// Started less ended, and the sum of the start times of those: both may be negative in one
    /// lane, where a timer was started on one thread and ended on another.
    pub(crate) running: u64,
    pub(crate) started_sum_ns: u64,
    pub(crate) samples_ns: Vec<u64>,
    pub(crate) buckets: Buckets,
    pub(crate) counts: Vec<u64>,
    /// What time the writer's clock shows to whoever reads this.
    pub(crate) now_ns: u64,
}

impl Timing {
    /// Of nothing.
    pub(crate) fn empty(buckets: Buckets) -> Self {
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
        }
    }

    /// How many durations were recorded.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// What they add up to.
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum_ns)
    }

    /// The mean of all; zero where there is none.
    pub fn mean(&self) -> Duration {
        Duration::from_nanos(self.sum_ns.checked_div(self.count).unwrap_or(0))
    }

    /// The mean of the latest; zero where there is none. Of an interval, where nobody knows which
    /// of the latest are its own, the mean of all.
    pub fn moving_average(&self) -> Duration {
        if self.samples_ns.is_empty() {
            return self.mean();
        }
        let sum = self.samples_ns.iter().map(|ns| u128::from(*ns)).sum::<u128>();
        let mean = sum.checked_div(self.samples_ns.len() as u128).unwrap_or(0);
        Duration::from_nanos(u64::try_from(mean).unwrap_or(u64::MAX))
    }

    /// The shortest; zero where there is none.
    pub fn min(&self) -> Duration {
        Duration::from_nanos(self.min_ns)
    }

    /// The longest; zero where there is none.
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.max_ns)
    }

    /// The one recorded last; zero where there is none.
    pub fn last(&self) -> Duration {
        Duration::from_nanos(self.last_ns)
    }

    /// The duration that the fraction `quantile` (0 to 1) of all does not exceed, within 1/32;
    /// zero where there is none.
    pub fn quantile(&self, quantile: f64) -> Duration {
        let ns = self.buckets.quantile(&self.counts, quantile).unwrap_or(0);
        Duration::from_nanos(ns.clamp(self.min_ns, self.max_ns.max(self.min_ns)))
    }

    /// How many are running now, or were when their process died.
    pub fn running(&self) -> u64 {
        if self.running.cast_signed() < 0 { 0 } else { self.running }
    }

    /// How long ago the running ones were started, on average; of a writer that said how it
    /// ended, how long before it did.
    ///
    /// Of one that was killed nobody knows when: it was in there then, and no longer than this.
    pub fn running_for(&self) -> Option<Duration> {
        let running = self.running();
        let total = self.now_ns.wrapping_mul(running).wrapping_sub(self.started_sum_ns);
        let age = total.cast_signed().max(0).cast_unsigned().checked_div(running)?;
        Some(Duration::from_nanos(age))
    }

    /// What was recorded since it was `earlier`; all, if it was set back meanwhile. What still
    /// runs is as it is now.
    ///
    /// Shortest and longest are those of all if they are new, and otherwise as the buckets tell.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let Some(count) = self.count.checked_sub(earlier.count) else { return self.clone() };
        if self.buckets != earlier.buckets || self.counts.len() != earlier.counts.len() {
            return self.clone();
        }
        let running = Self {
            running: self.running,
            started_sum_ns: self.started_sum_ns,
            now_ns: self.now_ns,
            counts: vec![0; self.counts.len()],
            ..Self::empty(self.buckets)
        };
        if count == 0 {
            return running;
        }
        // The buckets may have been copied at another moment than the totals were: one that seems
        // to lose some will have them next time.
        let counts = self.counts.iter().zip(&earlier.counts);
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

    /// What both recorded.
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
        // Lanes of a file are cut alike; files of two programs need not be.
        if self.buckets == other.buckets {
            for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
                *mine = mine.wrapping_add(theirs);
            }
        }
        self.now_ns = self.now_ns.max(other.now_ns);
        self
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
        assert_eq!(interval.moving_average(), interval.mean());
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
        // It can be merged nevertheless.
        assert_eq!(ns(interval.merged(timing(&[9])).quantile(0.5)), 9);
    }

    #[test]
    fn a_timer_that_was_set_back_starts_anew() {
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
