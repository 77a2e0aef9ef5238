use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[mmstats(crate = "my statistics")]
struct Stats {
    done: Counter,
}

fn main() {
    let _ = Stats::create();
}
