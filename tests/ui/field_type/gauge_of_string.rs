use mmstats::{Constant, Gauge, MmStats};

#[derive(MmStats)]
struct Stats {
    user: Gauge<String>,
    depth: Gauge<u128>,
    port: Constant<usize>,
}

fn main() {
    let _ = Stats::create();
}
