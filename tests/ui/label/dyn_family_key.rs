use mmstats::{Counter, DynFamily, MmStats};

#[derive(MmStats)]
struct Stats {
    #[mmstats(key = "a")]
    one: DynFamily<Counter, 8>,
    #[mmstats(key = "a,b")]
    two: DynFamily<Counter, 8, 64, 2>,
}

fn main() {
    let stats = Stats::detached();
    stats.one.of(("a", "b")).inc();
    stats.two.of("a").inc();
    stats.one.of(7).inc();
}
