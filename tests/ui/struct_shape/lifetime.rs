use mmstats::{Gauge, MmStats, Text};

#[derive(MmStats)]
struct Stats<'a, 'b: 'a, T: mmstats::GaugeValue> {
    user: &'a Text,
    host: &'b Text,
    level: Gauge<T>,
}

fn main() {
    let _ = Stats::<u8>::create();
}
