use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats {
    done: Counter,
    pool: Pool,
    pools: [Pool; 4],
}

struct Pool {
    open: Counter,
}

fn main() {
    let _ = Stats::create();
}
