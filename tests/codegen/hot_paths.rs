//! Hot paths, each in a function of its own: `tests/codegen.rs` looks at what they compile to, and
//! `mmstats-bench` counts the instructions that they run.

#![allow(missing_docs, missing_debug_implementations, reason = "nobody else uses it")]

use std::io;
use std::time::Duration;

use mmstats::{
    Average, Counter, Gauge, Mapped, MmStats, MovingAverage, ReadError, Reader, Text, Timer,
    TimerGuard, UpDown,
};

/// One field of each kind that is written in hot loops.
#[derive(MmStats)]
pub struct Stats {
    pub done: Counter,
    pub open: UpDown,
    pub load: Gauge<u64>,
    pub rows: Average,
    pub latest: MovingAverage,
    pub request: Timer,
    pub user: Text<64>,
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

#[inline(never)]
pub fn average_add(rows: &Average, sample: f64) {
    rows.add(sample);
}

#[inline(never)]
pub fn moving_average_add(latest: &MovingAverage, sample: f64) {
    latest.add(sample);
}

#[inline(never)]
pub fn timer_start(request: &Timer) -> TimerGuard<'_> {
    request.start()
}

#[inline(never)]
pub fn timer_finish(timing: TimerGuard<'_>) {
    drop(timing);
}

#[inline(never)]
pub fn timer_record(request: &Timer, duration: Duration) {
    request.record(duration);
}

#[inline(never)]
pub fn task_timer(stats: &Mapped<Stats>) {
    drop(stats.time(|stats| &stats.request));
}

/// # Errors
/// If the disk cannot be written to.
#[inline(never)]
pub fn flush_every(stats: &Mapped<Stats>, interval: Duration) -> io::Result<bool> {
    stats.flush_every(interval)
}

/// What only readers do.
///
/// # Errors
/// If the file cannot be read.
#[inline(never)]
pub fn snapshot(reader: &Reader) -> Result<(), ReadError> {
    reader.snapshot().map(drop)
}
