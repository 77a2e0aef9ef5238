use mmstats::MmStats;

#[derive(MmStats)]
enum Stats {
    Idle,
    Busy,
}

fn main() {
    let _ = Stats::create();
}
