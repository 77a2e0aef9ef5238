use std::sync::atomic::AtomicU64;

use mmstats::MmStats;

#[derive(MmStats)]
struct Stats {
    done: u64,
    failed: AtomicU64,
    user: String,
    host: &'static str,
    queue: Box<u64>,
    waiting: Option<mmstats::Counter>,
}

fn main() {
    let _ = Stats::create();
}
