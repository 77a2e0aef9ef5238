use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats {
    #[mmstats(name = "requests{status=\"ok\"}")]
    requests: Counter,
}

fn main() {
    let _ = Stats::create();
}
