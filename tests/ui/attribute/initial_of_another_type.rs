use mmstats::{Gauge, MmStats, Progress, Text};

#[derive(MmStats)]
struct Stats {
    #[mmstats(initial = -3)]
    level: Gauge<u8>,
    #[mmstats(initial = "three")]
    depth: Gauge<i64>,
    #[mmstats(initial = String::from("nobody"))]
    user: Text<64>,
    #[mmstats(initial = 20_000.0)]
    rows: Progress,
}

fn main() {
    let _ = Stats::create();
}
