#![forbid(unsafe_code)]

use std::{fmt, iter};

use super::Bucket;
use crate::buckets::Buckets;

/// What a [`Histogram`](super::Histogram) recorded: the number of values, their sum, minimum,
/// maximum, and how many lie in each bucket.
///
/// # Examples
/// ```
/// use mmstats::Histogram;
///
/// let size = Histogram::default();
/// size.record(200);
/// size.record_n(1_000, 3);
/// let sizes = size.local();
/// assert_eq!((sizes.count(), sizes.sum(), sizes.mean()), (4, 3_200, 800.0));
/// assert_eq!((sizes.min(), sizes.max()), (200, 1_000));
/// assert!(sizes.quantile(0.5).abs_diff(1_000) * 32 <= 1_000); // within 1/32
/// assert_eq!(sizes.buckets().map(|bucket| bucket.count).collect::<Vec<_>>(), [1, 3]);
/// ```
#[derive(Clone, PartialEq)]
pub struct Distribution {
    pub(super) count: u64,
    pub(super) sum: u64,
    pub(super) min: u64,
    pub(super) max: u64,
    pub(super) buckets: Buckets,
    /// Empty if nothing was counted.
    pub(super) counts: Vec<u64>,
    pub(super) torn: bool,
}

impl Distribution {
    /// Returns a distribution without a value.
    pub(super) fn empty(buckets: Buckets) -> Self {
        Self { count: 0, sum: 0, min: 0, max: 0, buckets, counts: Vec::new(), torn: false }
    }

    /// Returns the number of values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns their sum, modulo 2⁶⁴.
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// Returns their mean; 0 if there are none. It is wrong if their sum was 2⁶⁴ or more.
    #[expect(clippy::cast_precision_loss, reason = "a floating point number, as means are")]
    pub fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum as f64 / self.count as f64 }
    }

    /// Returns the smallest; 0 if there is none.
    pub fn min(&self) -> u64 {
        self.min
    }

    /// Returns the largest; 0 if there is none.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// Returns the value that the fraction `quantile` (0 to 1) of all does not exceed; 0 if there are
    /// none.
    ///
    /// It is within 1/32, or what the [precision](super::Bits) of the histogram says, and neither
    /// smaller than the smallest value nor larger than the largest.
    pub fn quantile(&self, quantile: f64) -> u64 {
        let found = self.buckets.quantile(&self.counts, quantile).unwrap_or(0);
        found.clamp(self.min, self.max.max(self.min))
    }

    /// Returns the buckets that counted something, in order.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket<u64>> {
        let counted = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        counted.map(|(index, count)| {
            let (start, width) = self.buckets.span(index);
            let end = (index + 1 < self.buckets.count()).then(|| start.saturating_add(width));
            Bucket { start, end, count: *count }
        })
    }

    /// Returns whether a thread was writing it all the time, so that count, sum and the others may
    /// not belong together.
    pub fn is_torn(&self) -> bool {
        self.torn
    }

    /// Returns what was recorded since it was `earlier`; `None` if it was reset meanwhile, or has
    /// other buckets.
    ///
    /// Minimum and maximum are exact if they are new, and as exact as the buckets otherwise.
    pub(super) fn since(&self, earlier: &Self) -> Option<Self> {
        let count = self.count.checked_sub(earlier.count)?;
        if self.buckets != earlier.buckets {
            return None;
        }
        let torn = self.torn || earlier.torn;
        if count == 0 {
            return Some(Self { torn, ..Self::empty(self.buckets) });
        }
        // The buckets may have been copied at another moment than the totals: one that seems to
        // lose some will have them next time.
        let counts = self.counts.iter().zip(earlier.counts.iter().chain(iter::repeat(&0)));
        let counts: Vec<u64> = counts.map(|(now, before)| now.saturating_sub(*before)).collect();
        let (low, high) = self.buckets.range(&counts).unwrap_or((0, u64::MAX));
        let first = earlier.count == 0;
        let smallest = first || self.min < earlier.min;
        let largest = first || self.max > earlier.max;
        let low = low.clamp(self.min, self.max.max(self.min));
        Some(Self {
            count,
            sum: self.sum.wrapping_sub(earlier.sum),
            min: if smallest { self.min } else { low },
            max: if largest { self.max } else { high.min(self.max) },
            buckets: self.buckets,
            counts,
            torn,
        })
    }

    /// Returns what both recorded.
    ///
    /// Nothing is lost if both have the same buckets, as all lanes of a file do. Two files may not;
    /// then those of the first remain, and its quantiles.
    #[must_use]
    pub fn merged(mut self, other: Self) -> Self {
        if other.count > 0 {
            self.min = if self.count == 0 { other.min } else { self.min.min(other.min) };
            self.max = self.max.max(other.max);
        }
        self.count = self.count.wrapping_add(other.count);
        self.sum = self.sum.wrapping_add(other.sum);
        if self.counts.is_empty() && self.buckets == other.buckets {
            self.counts = other.counts;
        } else if self.buckets == other.buckets {
            for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
                *mine = mine.wrapping_add(theirs);
            }
        }
        self.torn |= other.torn;
        self
    }
}

/// Shows quantiles rather than all buckets.
impl fmt::Debug for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Distribution")
            .field("count", &self.count())
            .field("mean", &self.mean())
            .field("min", &self.min())
            .field("p50", &self.quantile(0.5))
            .field("p99", &self.quantile(0.99))
            .field("max", &self.max())
            .finish_non_exhaustive()
    }
}
