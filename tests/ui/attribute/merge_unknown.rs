use mmstats::{Gauge, MmStats};

#[derive(MmStats)]
struct Stats {
    #[mmstats(merge = "mean")]
    load: Gauge<f64>,
}

fn main() {
    let _ = Stats::create();
}
