use mmstats::{Counter, Gauge, MmStats};

#[derive(MmStats)]
struct Stats {
    done: Counter,
    #[mmstats(initial = return)]
    waiting: Gauge<u64>,
    #[mmstats(initial = { return; })]
    running: Gauge<u64>,
    #[mmstats(initial = "7".parse()?)]
    level: Gauge<u64>,
}

#[derive(MmStats)]
struct Other {
    done: Counter,
    #[mmstats(initial = self.done.get())]
    waiting: Gauge<u64>,
}

fn main() {
    let _ = Stats::create();
    let _ = Other::create();
}
