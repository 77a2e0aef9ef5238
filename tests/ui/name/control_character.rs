use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[mmstats(prefix = "web\n")]
struct Stats {
    #[mmstats(name = "\x1b[31m")]
    done: Counter,
    #[mmstats(name = "a\0b")]
    failed: Counter,
}

fn main() {
    let _ = Stats::create();
}
