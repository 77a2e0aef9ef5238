//! Measures what the operations of mmstats cost, in time and in instructions.
//!
//! `cargo run --release -p mmstats-bench -- --help`

mod instructions;
mod machine;
mod measure;
mod operations;
mod table;

use std::error::Error;

use clap::{Parser, Subcommand};

/// Measures what the operations of mmstats cost
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Default, Subcommand)]
enum What {
    /// Time each operation, the limit of the machine and other crates (the default)
    #[default]
    Operations,
    /// Count the instructions of each operation, and fail above a ceiling (needs valgrind)
    Instructions(instructions::Args),
}

fn main() -> Result<(), Box<dyn Error>> {
    match Args::parse().what.unwrap_or_default() {
        What::Operations => operations::run(),
        What::Instructions(args) => instructions::run(&args),
    }
}
