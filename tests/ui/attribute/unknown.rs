use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats {
    #[mmstats(nmae = "users")]
    done: Counter,
    #[mmstats(colour = "red")]
    failed: Counter,
    #[mmstats(label = "broken")]
    broken: Counter,
    #[mmstats(default = 3)]
    waiting: Counter,
    #[mmstats(help = "Those that were left out.")]
    skipped: Counter,
}

fn main() {
    let _ = Stats::create();
}
