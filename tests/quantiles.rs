//! Quantiles of histograms and timers, against the exact ones and those of `hdrhistogram`.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "random numbers and bounds of errors need no last digit"
)]

use std::time::Duration;

use mmstats::{Histogram, Timer};

/// Returns numbers that are equally distributed from 0 to 1, exclusively, and always the same.
fn uniform() -> impl FnMut() -> f64 {
    let mut state = 1_u64;
    move || {
        // Steele, Lea, Flood: "Fast splittable pseudorandom number generators" (SplitMix64).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 12) as f64 / (1_u64 << 52) as f64 + f64::EPSILON
    }
}

/// A prime, so that no quantile below lies between two samples.
const SAMPLES: usize = 49_999;

/// Latencies in nanoseconds as services have them: lognormal, with a median of 2 ms.
fn latencies() -> Vec<u64> {
    let mut uniform = uniform();
    let normal = move || {
        let (length, angle) = (uniform(), uniform());
        (-2.0 * length.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    };
    std::iter::repeat_with(normal).map(|z| (2e6 * (1.5 * z).exp()) as u64).take(SAMPLES).collect()
}

/// Sizes from a byte to an exabyte, equally distributed over the octaves.
fn sizes() -> Vec<u64> {
    let mut uniform = uniform();
    std::iter::repeat_with(|| (60.0 * uniform()).exp2() as u64).take(SAMPLES).collect()
}

/// Some values, in order, and another histogram of them that is exact to a thousandth.
struct Known(Vec<u64>, hdrhistogram::Histogram<u64>);

impl Known {
    fn new(mut values: Vec<u64>) -> Self {
        let mut peer = hdrhistogram::Histogram::new(3).unwrap();
        for value in &values {
            peer.record(*value).unwrap();
        }
        values.sort_unstable();
        Self(values, peer)
    }

    /// Asserts that quantiles of these values are as exact as is stated.
    fn assert_exact(&self, bits: u32, quantile_of: impl Fn(f64) -> u64) {
        let Self(values, peer) = self;
        for quantile in (0..=100).map(|k| f64::from(k) / 100.0).chain([0.999, 0.9999]) {
            let rank = ((quantile * values.len() as f64).ceil() as usize).max(1);
            let (exact, found) = (values[rank - 1], quantile_of(quantile));
            let error = u128::from(found.abs_diff(exact)) << (bits + 1);
            assert!(error <= exact.into(), "{bits} bits, {quantile}: {found} for {exact}");
            let theirs = peer.value_at_quantile(quantile);
            let bound = theirs as f64 * (1.0 / f64::from(2 << bits) + 0.002);
            assert!(found.abs_diff(theirs) as f64 <= bound, "{quantile}: {found}, theirs {theirs}");
        }
    }
}

#[test]
fn quantiles_are_as_exact_as_is_stated() {
    for values in [latencies(), sizes(), vec![7; 10], (1..=31).collect()] {
        let known = Known::new(values);
        macro_rules! check {
            ($($bits:literal)*) => {$(
                let histogram = Histogram::<$bits>::new();
                for value in &known.0 {
                    histogram.record(*value);
                }
                let read = histogram.local();
                known.assert_exact($bits, |quantile| read.quantile(quantile));
            )*};
        }
        check! { 3 4 5 6 7 }
    }
}

#[test]
fn quantiles_of_a_timer_are_as_exact_as_is_stated() {
    let known = Known::new(latencies());
    macro_rules! check {
        ($($bits:literal)*) => {$(
            let timer = Timer::<1, $bits>::new();
            for ns in &known.0 {
                timer.record(Duration::from_nanos(*ns));
            }
            let read = timer.local();
            known.assert_exact($bits, |quantile| {
                u64::try_from(read.quantile(quantile).as_nanos()).unwrap()
            });
        )*};
    }
    check! { 3 4 5 6 7 }
}
