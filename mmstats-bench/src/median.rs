//! Medians, of what takes long enough to be timed by itself.

use std::time::Instant;

/// The median nanoseconds of one.
pub(crate) fn each(rounds: usize, mut operation: impl FnMut()) -> f64 {
    let sample = |_| {
        let start = Instant::now();
        operation();
        start.elapsed().as_secs_f64() * 1e9
    };
    median((0..rounds).map(sample).collect())
}

pub(crate) fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
