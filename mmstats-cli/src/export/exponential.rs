//! Histograms with exponential buckets, as Prometheus and OpenTelemetry have them.

use std::collections::BTreeMap;

use super::families::Distribution;

/// The buckets have bounds at the powers of 2 to the 1/2⁴: as many an octave as those of mmstats with four
/// bits.
pub(super) const SCALE: i64 = 4;

/// How many samples are in each bucket.
#[derive(Debug)]
pub(super) struct Exponential {
    /// Samples of the value 0.
    pub(super) zeros: u64,
    /// The bucket with index *i* ends at 2 to the *i*/16, inclusive.
    pub(super) counts: BTreeMap<i32, u64>,
}

impl Exponential {
    /// Moves each bucket as a whole to the one that has its middle: by the same map always, so that no
    /// bucket ever falls.
    pub(super) fn of(samples: &Distribution) -> Self {
        let (mut zeros, mut counts) = (0_u64, BTreeMap::<i32, u64>::new());
        for (start, end, count) in &samples.buckets {
            // A bucket that begins at 0 is that of the value 0.
            if *start <= 0.0 {
                zeros = zeros.saturating_add(*count);
            } else {
                let in_bucket = counts.entry(index(f64::midpoint(*start, *end))).or_default();
                *in_bucket = in_bucket.saturating_add(*count);
            }
        }
        Self { zeros, counts }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "at most 16 times the exponent of a double")]
fn index(value: f64) -> i32 {
    (value.log2() * 16.0).ceil() as i32
}
