//! Interleaved measurement: each round runs every operation once, so that a machine whose speed
//! drifts slows all of them, and ratios hold.

use std::time::Instant;

/// How often an operation runs in a round, and how many rounds there are.
const OPERATIONS: u32 = 200_000;
const ROUNDS: usize = 101;

/// An operation that can be repeated, and what it is called.
pub(crate) struct Operation<'a> {
    pub(crate) name: &'a str,
    repeat: Box<dyn FnMut(u32) + 'a>,
}

impl<'a> Operation<'a> {
    /// Takes any closure, so that the loop is compiled around what is in it.
    pub(crate) fn new(name: &'a str, mut operation: impl FnMut() + 'a) -> Self {
        let repeat = move |times| {
            for _ in 0..times {
                operation();
            }
        };
        Self { name, repeat: Box::new(repeat) }
    }

    /// Nanoseconds for one.
    fn sample(&mut self) -> f64 {
        let start = Instant::now();
        (self.repeat)(OPERATIONS);
        start.elapsed().as_secs_f64() * 1e9 / f64::from(OPERATIONS)
    }
}

/// The median nanoseconds of each operation, and the median of its ratio to the first one, in the
/// order given.
pub(crate) fn compare(operations: &mut [Operation<'_>]) -> Vec<(f64, f64)> {
    let mut samples = vec![Vec::with_capacity(ROUNDS); operations.len()];
    for _ in 0..ROUNDS {
        for (operation, samples) in operations.iter_mut().zip(&mut samples) {
            samples.push(operation.sample());
        }
    }
    let first = samples[0].clone();
    let ratios = |samples: &[f64]| samples.iter().zip(&first).map(|(a, b)| a / b).collect();
    samples.iter().map(|samples| (median(samples.clone()), median(ratios(samples)))).collect()
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
