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

    /// The mean of the latest; zero where there is none.
    pub fn moving_average(&self) -> Duration {
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
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
            *mine = mine.wrapping_add(theirs);
        }
        self.now_ns = self.now_ns.max(other.now_ns);
        self
    }
}
