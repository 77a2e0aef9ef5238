use mmstats::{Family, Label, MmStats};

#[derive(Label)]
enum Status {
    Ok,
}

#[derive(MmStats)]
struct Tree {
    children: Family<Status, Tree>,
}

fn main() {}
