use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats {
    #[mmstats(label = "users", unit = "users", label = "people")]
    done: Counter,
    #[mmstats(label = "failures")]
    #[mmstats(label = "failed")]
    failed: Counter,
}

fn main() {
    let _ = Stats::create();
}
