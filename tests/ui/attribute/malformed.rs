use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats {
    #[mmstats(name: "users")]
    done: Counter,
    #[mmstats(name =)]
    failed: Counter,
    #[mmstats(name = "left out" unit = "users")]
    skipped: Counter,
    #[mmstats(statistics::name = "waiting")]
    queued: Counter,
}

fn main() {
    let _ = Stats::create();
}
