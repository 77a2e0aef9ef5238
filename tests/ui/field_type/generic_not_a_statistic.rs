use mmstats::{Counter, Gauge, MmStats};

#[derive(MmStats)]
struct Stats<F> {
    done: Counter,
    other: F,
}

#[derive(MmStats)]
struct Unbounded<T> {
    value: Gauge<T>,
}

fn main() {
    let _ = Stats::<u64>::create();
}
