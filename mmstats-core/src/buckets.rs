#![forbid(unsafe_code)]
//! Log-linear buckets: maps values to buckets, and counts to quantiles.
//!
//! Each octave (from one power of two to the next) is divided into 2ᵇ buckets of equal width, so
//! a bucket is at most 1/2ᵇ as wide as its smallest value, and its middle is within 1/2ᵇ⁺¹ of
//! all its values. Each value below 2ᵇ has its own bucket.
//!
//! Source: Gil Tene's `HdrHistogram`, without its unit and its auto-ranging.

use std::mem::offset_of;

use crate::format::FieldRecord;
use crate::format::limits::{MAX_BUCKET_BITS, MAX_BUCKETS};
use crate::kind::BadShape;
use crate::schema::Shape;

/// The layout of a histogram: `2^bits` buckets per octave, `count` buckets in all.
///
/// The last bucket also counts all larger values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Buckets {
    bits: u32,
    count: usize,
}

impl Buckets {
    /// Creates a layout of `count` buckets, `2^bits` per octave.
    ///
    /// # Panics
    /// If `count` is 0, or `bits` is above 16.
    pub(crate) const fn new(bits: u32, count: usize) -> Self {
        assert!(count > 0 && bits <= MAX_BUCKET_BITS as u32);
        Self { bits, count }
    }

    /// Returns the buckets of a shape found in a file.
    pub(crate) fn of(shape: &Shape) -> Result<Self, BadShape> {
        let bad = |at, expected, found| Err(BadShape { at, expected, found });
        let (bits, count) = (shape.bucket_bits, shape.buckets);
        if bits > MAX_BUCKET_BITS {
            bad(offset_of!(FieldRecord, bucket_bits), "at most 16 bits", bits.into())
        } else if count == 0 {
            bad(offset_of!(FieldRecord, buckets), "at least one bucket", count.into())
        } else if count > MAX_BUCKETS {
            bad(offset_of!(FieldRecord, buckets), "at most 65,536 buckets", count.into())
        } else {
            Ok(Self { bits: bits.into(), count: count as usize })
        }
    }

    /// Creates the layout in which values of up to `octaves` bits have their buckets.
    pub(crate) const fn covering(bits: u8, octaves: u32) -> Self {
        let bits = bits as u32;
        Self::new(bits, ((octaves - bits + 1) as usize) << bits)
    }

    /// Returns the parameters of a shape with these buckets.
    #[expect(clippy::cast_possible_truncation, reason = "at most 16 bits and 65,536 buckets")]
    pub(crate) const fn shaped(self, shape: Shape) -> Shape {
        assert!(self.count <= MAX_BUCKETS as usize);
        Shape { buckets: self.count as u32, bucket_bits: self.bits as u8, ..shape }
    }

    /// Returns the number of buckets.
    pub(crate) const fn count(self) -> usize {
        self.count
    }

    /// Returns the bucket that counts `value`.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "less than 2 to the power of bits + 1")]
    pub(crate) const fn index(self, value: u64) -> usize {
        let octave = (value | (1 << self.bits)).ilog2() - self.bits;
        let index = ((octave as usize) << self.bits) + (value >> octave) as usize;
        if index < self.count { index } else { self.count - 1 }
    }

    /// Returns the smallest value of bucket `index`, and the number of values it spans.
    pub(crate) const fn span(self, index: usize) -> (u64, u64) {
        let octave = (index >> self.bits).saturating_sub(1);
        if octave + self.bits as usize >= 64 {
            return (u64::MAX, 1);
        }
        ((index as u64 - ((octave as u64) << self.bits)) << octave, 1 << octave)
    }

    /// Returns bounds of the smallest and the largest counted value, or `None` if nothing was
    /// counted.
    pub(crate) fn range(self, counts: &[u64]) -> Option<(u64, u64)> {
        let first = counts.iter().position(|count| *count > 0)?;
        let last = counts.iter().rposition(|count| *count > 0)?;
        let (low, _) = self.span(first);
        let (high, width) = self.span(last);
        // The last bucket has no upper end.
        let high = if last + 1 >= self.count { u64::MAX } else { high.saturating_add(width - 1) };
        Some((low, high))
    }

    /// Returns the value that the fraction `quantile` (0 to 1) of the counted values does not
    /// exceed: the middle of its bucket.
    ///
    /// Returns `None` if nothing was counted, and `u64::MAX` for a last bucket that also counts
    /// values beyond its width.
    pub(crate) fn quantile(self, counts: &[u64], quantile: f64) -> Option<u64> {
        let total = counts.iter().fold(0u64, |sum, count| sum.saturating_add(*count));
        if total == 0 {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "saturates; a rank is exact up to 2^53 samples"
        )]
        let rank = ((quantile.clamp(0.0, 1.0) * total as f64).ceil() as u64).clamp(1, total);
        let mut seen = 0u64;
        for (index, count) in counts.iter().enumerate() {
            seen = seen.saturating_add(*count);
            if seen >= rank {
                let (low, width) = self.span(index);
                let is_open = index + 1 == self.count && low.checked_add(width).is_some();
                return Some(if is_open { u64::MAX } else { low + width / 2 });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMER: Buckets = Buckets::covering(4, 44);

    #[test]
    fn every_value_lies_in_the_span_of_its_bucket() {
        for value in (0..4096).chain((12..44).flat_map(|e| [(1 << e) - 1, 1 << e, (1 << e) + 1])) {
            let (low, width) = TIMER.span(TIMER.index(value));
            assert!(low <= value && value - low < width, "{value}: {low} + {width}");
        }
    }

    #[test]
    fn the_middle_of_a_bucket_is_within_a_32nd() {
        for value in (1..44).flat_map(|e| (0..64).map(move |k| (1u64 << e) + ((k << e) >> 6))) {
            let (low, width) = TIMER.span(TIMER.index(value));
            assert!((low + width / 2).abs_diff(value) * 32 <= value, "{value}: {low} + {width}");
        }
    }

    #[test]
    fn larger_values_are_counted_in_the_last_bucket() {
        assert_eq!(TIMER.index(u64::MAX), TIMER.count() - 1);
        assert_eq!(TIMER.index((1 << 44) - 1), TIMER.count() - 1);
    }

    #[test]
    fn quantiles_of_one_to_a_hundred() {
        let mut counts = vec![0; TIMER.count()];
        for value in 1..=100 {
            counts[TIMER.index(value)] += 1;
        }
        assert_eq!(TIMER.quantile(&counts, 0.0), Some(1));
        assert_eq!(TIMER.quantile(&counts, 0.5), Some(51)); // 50 and 51 share a bucket
        assert_eq!(TIMER.quantile(&counts, 1.0), Some(102)); // 100 to 103 share one
        assert_eq!(TIMER.quantile(&[0, 0], 0.5), None);
    }

    #[test]
    fn no_bucket_of_any_shape_overflows() {
        for bits in 0..=16 {
            let buckets = Buckets::new(bits, 1 << 22);
            for index in [0, 1, 63, 64, 1 << 10, (1 << 22) - 1] {
                let (low, width) = buckets.span(index);
                assert!(low.checked_add(width / 2).is_some());
            }
        }
    }
}
