use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C, packed)]
struct Stats<F> {
    done: F,
}

#[derive(MmStats)]
#[repr(packed(4))]
struct Empty {}

fn main() {
    let _ = Stats::<Counter>::create();
    let _ = Empty::create();
}
