use mmstats::{ConstantText, Counter, MmStats, Text, Timer};

#[derive(MmStats)]
struct Stats {
    #[mmstats(unit = "ms")]
    request: Timer,
    #[mmstats(unit = "bytes")]
    user: Text<64>,
    #[mmstats(unit = "bytes")]
    version: ConstantText,
    #[mmstats(unit = "bytes")]
    pool: Pool,
}

#[derive(MmStats)]
struct Pool {
    open: Counter,
}

fn main() {
    let _ = Stats::create();
}
