use mmstats::{MmStats, Text, Timer};

#[derive(MmStats)]
struct Stats {
    #[mmstats(size = 100)]
    request: Timer,
    #[mmstats(capacity = 100)]
    user: Text,
}

fn main() {
    let _ = Stats::create();
}
