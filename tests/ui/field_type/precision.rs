use mmstats::{Histogram, MmStats, Timer};

#[derive(MmStats)]
struct Stats {
    bytes: Histogram<2>,
    request: Timer<100, 8>,
}

fn main() {
    let _ = Stats::create();
}
