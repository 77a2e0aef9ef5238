use mmstats::{Counter, Gauge, MmStats};

#[derive(MmStats)]
struct Stats {
    #[mmstats(name = users)]
    done: Counter,
    #[mmstats(unit = 3)]
    failed: Counter,
    #[mmstats(merge = Max)]
    waiting: Gauge<u64>,
}

fn main() {
    let _ = Stats::create();
}
