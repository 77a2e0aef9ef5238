use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[mmstats(prefix = "web\n")]
struct Stats {
    #[mmstats(label = "\x1b[31m")]
    done: Counter,
    #[mmstats(label = "a\0b")]
    failed: Counter,
}

fn main() {
    let _ = Stats::create();
}
