use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats {
    done: Counter,
    pool: Pool,
}

#[derive(MmStats)]
struct Pool {
    open: Counter,
}

fn main() {
    let _ = Stats::create();
}
