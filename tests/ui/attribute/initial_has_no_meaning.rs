use mmstats::{Average, Counter, Histogram, MmStats, MovingAverage, Timer};

#[derive(MmStats)]
struct Stats {
    #[mmstats(initial = 3)]
    done: Counter,
    #[mmstats(initial = 3)]
    request: Timer,
    #[mmstats(initial = 3.0)]
    size: Average,
    #[mmstats(initial = 3.0)]
    latest_size: MovingAverage<10>,
    #[mmstats(initial = 3)]
    bytes: Histogram,
}

fn main() {
    let _ = Stats::create();
}
