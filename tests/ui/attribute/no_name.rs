use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats {
    #[mmstats("users")]
    done: Counter,
    #[mmstats]
    failed: Counter,
    #[mmstats = "skipped"]
    skipped: Counter,
}

fn main() {
    let _ = Stats::create();
}
