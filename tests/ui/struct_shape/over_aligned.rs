use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(align(128))]
struct Stats {
    done: Counter,
}

fn main() {
    let _ = Stats::create();
}
