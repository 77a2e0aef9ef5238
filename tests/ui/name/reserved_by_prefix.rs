use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[mmstats(prefix = "sys.")]
struct Stats {
    uid: Counter,
    load: Counter,
}

fn main() {
    let _ = Stats::create();
}
