use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats {
    #[mmstats(name = "users", unit = "users", name = "people")]
    done: Counter,
    #[mmstats(name = "failures")]
    #[mmstats(name = "failed")]
    failed: Counter,
}

fn main() {
    let _ = Stats::create();
}
