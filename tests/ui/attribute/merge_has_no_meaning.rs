use mmstats::{Average, Constant, Counter, Histogram, MmStats, Progress, Text, Timer, UpDown};

#[derive(MmStats)]
struct Stats {
    #[mmstats(merge = "max")]
    done: Counter,
    #[mmstats(merge = "max")]
    open: UpDown,
    #[mmstats(merge = "max")]
    request: Timer,
    #[mmstats(merge = "max")]
    size: Average,
    #[mmstats(merge = "max")]
    user: Text,
    #[mmstats(merge = "max")]
    port: Constant<u16>,
    #[mmstats(merge = "max")]
    rows: Progress,
    #[mmstats(merge = "max")]
    bytes: Histogram,
}

fn main() {
    let _ = Stats::create();
}
