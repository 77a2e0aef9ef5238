use mmstats::{Counter, MmStats, Timer};

type Latency = Timer<10>;
type Shards = [Counter; 2];

#[derive(MmStats)]
struct Stats {
    #[mmstats(unit = "ms")]
    request: Latency,
    #[mmstats(merge = "max")]
    shards: Shards,
}

fn main() {
    let _ = Stats::create();
}
