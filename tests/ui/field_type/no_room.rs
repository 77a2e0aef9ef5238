use mmstats::{ConstantText, MmStats, MovingAverage, Text, Timer};

#[derive(MmStats)]
struct Stats {
    user: Text<0>,
    request: Timer<0>,
    size: MovingAverage<0>,
    version: ConstantText<0x0>,
}

fn main() {
    let _ = Stats::create();
}
