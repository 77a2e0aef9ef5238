use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats {
    #[mmstats(initial = 3)]
    pool: Pool,
}

#[derive(MmStats)]
struct Pool {
    open: Counter,
}

fn main() {
    let _ = Stats::create();
}
