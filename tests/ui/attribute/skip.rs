use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats {
    done: Counter,
    #[mmstats(skip)]
    name: String,
}

fn main() {
    let _ = Stats::create();
}
