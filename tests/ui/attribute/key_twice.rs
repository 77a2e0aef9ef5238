use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct Nested {
    pools: [Pool; 2],
}

#[derive(MmStats)]
struct Grid {
    grid: [[Counter; 2]; 2],
}

#[derive(MmStats)]
struct Named {
    #[mmstats(key = "index")]
    named: [Pool; 2],
    #[mmstats(key = "shard")]
    right: [Pool; 2],
}

#[derive(MmStats)]
struct Pool {
    open: [Counter; 4],
}

fn main() {
    let _ = (Nested::create(), Grid::create(), Named::create());
}
