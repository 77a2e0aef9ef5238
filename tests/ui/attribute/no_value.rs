use mmstats::{Counter, Gauge, MmStats};

#[derive(MmStats)]
struct Stats {
    #[mmstats(name)]
    done: Counter,
    #[mmstats(name("failures"))]
    failed: Counter,
    #[mmstats(merge, unit)]
    waiting: Gauge<u64>,
}

fn main() {
    let _ = Stats::create();
}
