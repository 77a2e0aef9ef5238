use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats(Counter, Counter);

fn main() {
    let _ = Stats::create();
}
