use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[mmstats(
    prefix = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
)]
struct Stats {
    ready: Counter,
    #[mmstats(label = "user")]
    done: Counter,
    fail: Counter,
}

fn main() {
    let _ = Stats::create();
}
