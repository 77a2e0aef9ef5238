use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[mmstats(prefx = "web.", rename_all = "kebab-case")]
struct Stats {
    done: Counter,
}

fn main() {
    let _ = Stats::create();
}
