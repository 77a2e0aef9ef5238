use mmstats::{Counter, DynFamily, Family, Group, MmStats};

#[derive(MmStats)]
struct NoKey {
    field: DynFamily<Counter, 8>,
}

#[derive(MmStats)]
struct NoMember {
    #[mmstats(key = "a")]
    field: DynFamily<Counter, 0>,
}

#[derive(MmStats)]
struct UnevenKey {
    #[mmstats(key = "a")]
    field: DynFamily<Counter, 8, 10>,
}

#[derive(MmStats)]
struct TooFewKeys {
    #[mmstats(key = "a")]
    field: DynFamily<Counter, 8, 64, 2>,
}

#[derive(MmStats)]
struct SameKeys {
    #[mmstats(key = "a,a")]
    field: DynFamily<Counter, 8, 64, 2>,
}

#[derive(MmStats)]
struct Inner {
    #[mmstats(key = "a")]
    field: DynFamily<Counter, 8>,
}

#[derive(MmStats)]
struct InAFamily {
    #[mmstats(key = "b")]
    field: DynFamily<Inner, 8>,
}

#[derive(MmStats)]
struct InAnArray {
    field: [DynFamily<Counter, 8>; 2],
}

#[derive(MmStats)]
struct WithTheSameKey {
    #[mmstats(key = "a")]
    field: Family<bool, Inner>,
}

#[derive(MmStats)]
struct InAGroup {
    field: Group<Inner>,
}

fn main() {}
