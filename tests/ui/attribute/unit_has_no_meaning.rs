use mmstats::{ConstantText, MmStats, Text, Timer};

#[derive(MmStats)]
struct Stats {
    #[mmstats(unit = "ms")]
    request: Timer,
    #[mmstats(unit = "bytes")]
    user: Text<64>,
    #[mmstats(unit = "bytes")]
    version: ConstantText,
}

fn main() {
    let _ = Stats::create();
}
