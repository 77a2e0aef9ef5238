use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats {
    done: Counter,
    #[mmstats(flatten)]
    pool: Counter,
}

fn main() {
    let _ = Stats::create();
}
