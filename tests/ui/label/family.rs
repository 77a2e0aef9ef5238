use mmstats::{Counter, Family, Label, MmStats, Number};

#[derive(Label)]
enum Status {
    Ok,
    Failed,
}

struct NoLabel;

#[derive(MmStats)]
struct NotALabel {
    field: Family<NoLabel, Counter>,
}

#[derive(MmStats)]
struct NotAStatistic {
    field: Family<Status, String>,
}

#[derive(MmStats)]
struct NoKey {
    field: Family<bool, Counter>,
}

#[derive(MmStats)]
struct SameKeys {
    field: Family<(Status, Status), Counter>,
}

#[derive(MmStats)]
struct Inner {
    count: Family<Status, Counter>,
}

#[derive(MmStats)]
struct SameKeyWithin {
    field: Family<Status, Inner>,
}

#[derive(MmStats)]
struct TooFewKeys {
    #[mmstats(key = "a")]
    field: Family<(Status, Status), Counter>,
}

#[derive(MmStats)]
struct TooManyKeys {
    #[mmstats(key = "a,b")]
    field: Family<Status, Counter>,
}

#[derive(MmStats)]
struct Large {
    #[mmstats(key = "a,b")]
    field: Family<(Number<0, 33>, Number<0, 32>), Counter>,
}

#[derive(MmStats)]
struct NoFamily {
    #[mmstats(large)]
    field: Counter,
}

fn main() {}
