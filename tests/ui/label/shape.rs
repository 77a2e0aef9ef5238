use mmstats::Label;

#[derive(Label)]
struct Status {
    code: u16,
}

#[derive(Label)]
union Either {
    a: u8,
    b: u8,
}

#[derive(Label)]
enum Nothing {}

#[derive(Label)]
enum Answer<T> {
    Ok,
    Failed(T),
}

fn main() {}
