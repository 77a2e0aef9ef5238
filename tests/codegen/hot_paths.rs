//! Hot paths, each in its own function: `tests/codegen.rs` compares their assembly, and
//! `mmstats-bench` counts the instructions that they execute.

#![allow(missing_docs, missing_debug_implementations, reason = "nobody else uses it")]

use std::time::Duration;

use mmstats::{
    Average, Counter, Declared, DynFamily, Family, FlushError, Gauge, Group, Histogram, Label,
    Mapped, MmStats, MovingAverage, Progress, ReadError, Reader, Text, Timer, TimerGuard, UpDown,
};

/// One field of each kind that is written in hot loops.
#[derive(MmStats)]
pub struct Stats {
    pub done: Counter,
    pub open: UpDown,
    pub load: Gauge<u64>,
    #[mmstats(merge = "sum")]
    pub level: Gauge<u64>,
    pub rows: Average,
    pub latest: MovingAverage,
    pub request: Timer,
    pub user: Text<64>,
    pub users: Progress,
    pub size: Histogram,
    pub pair: Group<Pair>,
    #[mmstats(key = "tenant")]
    pub tenants: DynFamily<Counter, 64>,
}

/// Statistics at some depth.
#[derive(MmStats)]
#[repr(C)]
pub struct Deep {
    pub first: Counter,
    pub pool: Pool,
    #[mmstats(key = "shard")]
    pub shards: [Pool; 16],
    pub pools: Family<(Method, Status), Pool>,
}

#[derive(Label)]
pub enum Method {
    Get,
    Post,
}

#[derive(Label)]
pub enum Status {
    Ok,
    NotFound,
    Failed,
}

#[derive(MmStats)]
#[repr(C)]
pub struct Pool {
    pub waiting: [Counter; 2],
    pub idle: UpDown,
    pub served: Counter,
}

/// Two counts that are read as one.
#[derive(MmStats)]
pub struct Pair {
    pub count: Counter,
    pub bytes: Counter,
}

#[inline(never)]
pub fn nested_inc(stats: &Deep) {
    stats.pool.served.inc();
}

#[inline(never)]
pub fn array_inc(stats: &Deep) {
    stats.shards[3].waiting[1].inc();
}

/// The labels are known.
#[inline(never)]
pub fn family_inc(stats: &Deep) {
    stats.pools[(Method::Post, Status::NotFound)].served.inc();
}

/// The labels are an index.
#[inline(never)]
pub fn family_inc_by(deep: &Deep, method: Method, status: Status) {
    deep.pools[(method, status)].served.inc();
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
pub fn progress_inc(users: &Progress) {
    users.inc();
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
pub fn eight_handles_inc(handles: &[Mapped<Stats>; 8]) {
    for stats in handles {
        stats.done.inc();
    }
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
pub fn group_update(pair: &Group<Pair>, bytes: u64) {
    pair.update(|pair| {
        pair.count.inc();
        pair.bytes.add(bytes);
    });
}

#[inline(never)]
pub fn dyn_family_inc(tenants: &DynFamily<Counter, 64>, tenant: &str) {
    tenants.of(tenant).inc();
}

#[inline(never)]
pub fn declared_inc(hits: &Declared<Counter>) {
    hits.inc();
}

#[inline(never)]
pub fn histogram_record(size: &Histogram, value: u64) {
    size.record(value);
}

#[inline(never)]
pub fn task_timer(stats: &Mapped<Stats>) {
    drop(stats.start(|stats| &stats.request));
}

/// # Errors
/// If the disk cannot be written to.
#[inline(never)]
pub fn flush_every(stats: &Mapped<Stats>, interval: Duration) -> Result<bool, FlushError> {
    stats.flush_every(interval)
}

/// The reader's path.
///
/// # Errors
/// If the file cannot be read.
#[inline(never)]
pub fn snapshot(reader: &Reader) -> Result<(), ReadError> {
    reader.snapshot().map(drop)
}
