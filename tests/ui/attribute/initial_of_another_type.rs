use mmstats::{Gauge, MmStats, Text};

#[derive(MmStats)]
struct Stats {
    #[mmstats(initial = -3)]
    level: Gauge<u8>,
    #[mmstats(initial = "three")]
    depth: Gauge<i64>,
    #[mmstats(initial = String::from("nobody"))]
    user: Text<64>,
}

fn main() {
    let _ = Stats::create();
}
