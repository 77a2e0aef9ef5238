use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats {
    done: Counter,
    #[mmstats(flatten)]
    failed: Counter,
    #[mmstats(flatten, prefix = "pool_")]
    waiting: [Counter; 4],
    #[mmstats(flatten, prefix = "{")]
    pool: Pool,
}

#[derive(MmStats)]
struct Labelled {
    #[mmstats(flatten, name = "workers")]
    pool: Pool,
    #[mmstats(flatten = true)]
    other: Pool,
}

#[derive(MmStats)]
struct Pool {
    open: Counter,
}

fn main() {
    let _ = Stats::create();
    let _ = Labelled::create();
}
