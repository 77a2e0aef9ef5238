use mmstats::Label;

#[derive(Label)]
enum Twice {
    NotFound,
    #[label("not_found")]
    Missing,
}

#[derive(Label)]
#[label(key = "a key", name = "status")]
enum Unknown {
    Ok,
    #[label(404)]
    NotFound,
}

#[derive(Label)]
#[label(key = "a key")]
enum Key {
    Ok,
}

fn main() {}
