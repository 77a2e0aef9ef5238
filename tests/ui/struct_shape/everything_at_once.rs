use mmstats::{Counter, MmStats, Text, Timer};

#[derive(MmStats)]
#[mmstats(label = "web")]
#[repr(align(128))]
struct Stats<'a> {
    #[mmstats(initial = 3, merge = "max", lable = "x")]
    done: Counter,
    #[mmstats(label = "done")]
    user: Text<0>,
    #[mmstats(unit = "ms")]
    request: &'a Timer,
}

fn main() {
    let stats = Stats::create().unwrap();
    stats.done.inc();
}
