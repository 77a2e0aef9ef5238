use mmstats::{Counter, Group, MmStats};

#[derive(MmStats)]
struct Trade {
    count: Counter,
}

#[derive(MmStats)]
struct OfAStatistic {
    field: Group<Counter>,
}

#[derive(MmStats)]
struct WithAUnit {
    #[mmstats(unit = "euros")]
    field: Group<Trade>,
}

#[derive(MmStats)]
struct Market {
    trades: [Group<Trade>; 2],
}

#[derive(MmStats)]
struct InAGroup {
    field: Group<Market>,
}

fn main() {}
