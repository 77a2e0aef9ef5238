use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[mmstats(name = "users", merge = "max")]
struct Stats {
    #[mmstats(prefix = "web.")]
    done: Counter,
    #[mmstats(crate = "statistics")]
    failed: Counter,
}

fn main() {
    let _ = Stats::create();
}
