use mmstats::MmStats;

#[derive(MmStats)]
union Stats {
    done: u64,
    failed: u64,
}

fn main() {
    let _ = Stats::create();
}
