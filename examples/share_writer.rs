//! Shares a number and three letters with other processes: see `share_reader`.
//!
//! ```sh
//! cargo run --example share_writer
//! ```
//! Type `7 abc`, and the reader prints it at once.

use std::error::Error;
use std::io::{self, Write as _};

use mmstats::{Gauge, MmStats, Text};

#[derive(MmStats)]
struct Shared {
    number: Gauge<i64>,
    letters: Text<3>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let shared = Shared::builder().directory(".").file("share.mmstats").create()?;
    println!("Shared in {shared}: enter a number and three letters.");
    loop {
        print!("> ");
        io::stdout().flush()?;
        let mut line = String::new();
        if io::stdin().read_line(&mut line)? == 0 {
            return Ok(());
        }
        let (number, letters) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        match number.parse() {
            Ok(number) => {
                shared.number.set(number);
                shared.letters.set(letters);
                shared.notify();
            }
            Err(error) => println!("`{number}`: {error}"),
        }
    }
}
