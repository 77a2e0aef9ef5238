//! What mmstats costs: an operation, a field, a lane, a file.
//!
//! `cargo run --release -p mmstats-bench -- --help`

mod instructions;
mod machine;
mod measure;
mod operations;
mod table;

use std::error::Error;

use clap::{Parser, Subcommand};

/// Measures what mmstats costs, beside the limit of the machine and what others take.
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Default, Subcommand)]
enum What {
    /// An operation on a field, beside the bare memory write and others' crates (the default)
    #[default]
    Operations,
    /// How many instructions each operation takes, and whether that is more than it may (valgrind)
    Instructions(instructions::Args),
}

fn main() -> Result<(), Box<dyn Error>> {
    match Args::parse().what.unwrap_or_default() {
        What::Operations => operations::run(),
        What::Instructions(args) => instructions::run(&args),
    }
}
