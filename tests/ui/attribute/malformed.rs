use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats {
    #[mmstats(label: "users")]
    done: Counter,
    #[mmstats(label =)]
    failed: Counter,
    #[mmstats(label = "left out" unit = "users")]
    skipped: Counter,
    #[mmstats(statistics::label = "waiting")]
    queued: Counter,
}

fn main() {
    let _ = Stats::create();
}
