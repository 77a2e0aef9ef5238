use mmstats::{Counter, Family, MmStats, Number};

#[derive(MmStats)]
struct Nothing {
    field: Family<Number<0, 0>, Counter>,
}

fn main() {}
