use mmstats::{Counter, MmStats, Text};

#[derive(MmStats)]
struct Stats {
    #[mmstats(label = "sys.pid")]
    process: Counter,
    #[mmstats(label = "sys.created")]
    made: Text<64>,
}

fn main() {
    let _ = Stats::create();
}
