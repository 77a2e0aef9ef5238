//! Calling `flush_every` before a flush is due.

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::family::Family;
use super::{Bench, forever};
use crate::measure::{
    Operation,
    Rank::{Beside, Limit, Ours},
};

/// An interval after which no flush is ever due.
const ETERNITY: Duration = Duration::from_secs(1 << 32);

pub(super) fn family(bench: &Bench) -> Family {
    let about = "Each operation calls `flush_every` before the interval has passed.";
    Family::new("Flushes that are not due", about, vec![limit(), instant(), ours(bench)])
}

fn limit() -> Operation {
    let clock = forever(quanta::Clock::new());
    Operation::shared(Limit, "a raw read of the counter (quanta)", move || {
        black_box(clock.raw());
    })
}

fn instant() -> Operation {
    Operation::shared(Beside, "Instant::now", move || {
        black_box(Instant::now());
    })
}

fn ours(bench: &Bench) -> Operation {
    let stats = bench.stats;
    Operation::shared(Ours, "mmstats flush_every", move || {
        let flushed = black_box(stats).flush_every(black_box(ETERNITY));
        debug_assert!(flushed.is_ok_and(|flushed| !flushed));
    })
}
