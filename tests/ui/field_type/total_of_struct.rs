use mmstats::{Counter, Mapped, MmStats};

#[derive(MmStats)]
struct Stats {
    pool: Pool,
}

#[derive(MmStats)]
struct Pool {
    open: Counter,
}

fn total(stats: &Mapped<Stats>) {
    let _ = stats.total(|stats| &stats.pool);
}

fn main() {}
