use mmstats::{Counter, Gauge, MmStats};

#[derive(MmStats)]
struct Stats {
    #[mmstats(label)]
    done: Counter,
    #[mmstats(label("failures"))]
    failed: Counter,
    #[mmstats(merge, unit)]
    waiting: Gauge<u64>,
}

fn main() {
    let _ = Stats::create();
}
