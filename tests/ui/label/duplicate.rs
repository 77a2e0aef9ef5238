use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats {
    #[mmstats(label = "users")]
    done: Counter,
    failed: Counter,
    users: Counter,
    #[mmstats(label = "failed")]
    broken: Counter,
}

fn main() {
    let _ = Stats::create();
}
