use mmstats::{MmStats, Timer};

type Latency = Timer<10>;

#[derive(MmStats)]
struct Stats {
    #[mmstats(initial = 3)]
    request: Latency,
}

fn main() {
    let _ = Stats::create();
}
