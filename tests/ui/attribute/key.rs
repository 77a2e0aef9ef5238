use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Stats {
    #[mmstats(key = "shard")]
    done: Counter,
    #[mmstats(key = "")]
    empty: [Counter; 2],
    #[mmstats(key = "the shard")]
    blank: [Counter; 2],
    #[mmstats(key = "shard\n")]
    control: [Counter; 2],
}

fn main() {
    let _ = Stats::create();
}
