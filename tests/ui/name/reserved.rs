use mmstats::{Counter, MmStats, Text};

#[derive(MmStats)]
struct Stats {
    #[mmstats(name = "sys.pid")]
    process: Counter,
    #[mmstats(name = "sys.created")]
    made: Text<64>,
}

fn main() {
    let _ = Stats::create();
}
