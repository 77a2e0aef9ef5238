use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats {
    #[mmstats(name = "users")]
    done: Counter,
    failed: Counter,
    users: Counter,
    #[mmstats(name = "failed")]
    broken: Counter,
}

fn main() {
    let _ = Stats::create();
}
