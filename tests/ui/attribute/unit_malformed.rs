use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats {
    #[mmstats(unit = "")]
    done: Counter,
    #[mmstats(unit = "thousands of millions of bytes, each of them with eight bits in it")]
    failed: Counter,
    #[mmstats(unit = "by\tes")]
    skipped: Counter,
}

fn main() {
    let _ = Stats::create();
}
