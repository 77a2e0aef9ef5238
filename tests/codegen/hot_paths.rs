//! Hot paths, each in a function of its own: `tests/codegen.rs` looks at what they compile to.

#![allow(missing_docs, missing_debug_implementations, reason = "nobody uses it")]

use mmstats::{Counter, Gauge, Mapped, MmStats, Text, Timer, UpDown};

/// One field of each kind that is written in hot loops.
#[derive(MmStats)]
pub struct Stats {
    done: Counter,
    open: UpDown,
    load: Gauge<u64>,
    request: Timer,
    user: Text<64>,
}

#[inline(never)]
pub fn counter_inc(done: &Counter) {
    done.inc();
}

#[inline(never)]
pub fn counter_add(done: &Counter, n: u64) {
    done.add(n);
}

#[inline(never)]
pub fn updown_dec(open: &UpDown) {
    open.dec();
}

#[inline(never)]
pub fn gauge_set(load: &Gauge<u64>, value: u64) {
    load.set(value);
}

#[inline(never)]
pub fn handle_inc(stats: &Mapped<Stats>) {
    stats.done.inc();
}

#[inline(never)]
pub fn timer(stats: &Stats) {
    drop(stats.request.start());
}

#[inline(never)]
pub fn text_set(stats: &Stats, text: &str) {
    stats.user.set(text);
}
