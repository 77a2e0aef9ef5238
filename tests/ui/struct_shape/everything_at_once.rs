use mmstats::{Counter, MmStats, Text, Timer};

#[derive(MmStats)]
#[mmstats(name = "web")]
#[repr(align(128))]
struct Stats<'a> {
    #[mmstats(initial = 3, merge = "max", nmae = "x")]
    done: Counter,
    #[mmstats(name = "done")]
    user: Text<0>,
    #[mmstats(unit = "ms")]
    request: &'a Timer,
}

fn main() {
    let stats = Stats::create().unwrap();
    stats.done.inc();
}
