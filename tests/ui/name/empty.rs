use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats {
    #[mmstats(name = "")]
    done: Counter,
}

fn main() {
    let _ = Stats::create();
}
