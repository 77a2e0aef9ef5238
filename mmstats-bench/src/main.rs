//! What mmstats costs: an operation, a field, a lane, a file.
//!
//! `cargo run --release -p mmstats-bench -- --help`

mod fleet;
mod instructions;
mod machine;
mod measure;
mod median;
mod operations;
mod scale;
mod stalls;
mod startup;
mod table;

use std::error::Error;
use std::path::PathBuf;

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
    /// What starting takes: the first time that a process creates its file, or starts a timer
    Startup {
        /// Where the files are
        #[arg(long, default_value = "/dev/shm")]
        directory: PathBuf,
        /// What this process is to do, and to time
        #[arg(long, hide = true)]
        step: Option<startup::Step>,
    },
    /// How many instructions each operation takes, and whether that is more than it may (valgrind)
    Instructions(instructions::Args),
    /// The slowest of very many operations, where the file is in memory and where it is on a disk
    Stalls(stalls::Args),
    /// How costs grow with fields, lanes and files
    Scale(scale::Args),
    /// What it takes to poll a fleet of processes each second
    Fleet(fleet::Args),
    /// Writes a part of the fleet
    #[command(hide = true)]
    FleetWriter(fleet::writer::Args),
}

fn main() -> Result<(), Box<dyn Error>> {
    match Args::parse().what.unwrap_or_default() {
        What::Operations => operations::run(),
        What::Startup { directory, step: None } => startup::run(&directory),
        What::Startup { directory, step: Some(step) } => startup::step(step, &directory),
        What::Instructions(args) => instructions::run(&args),
        What::Stalls(args) => stalls::run(args),
        What::Scale(args) => scale::run(&args),
        What::Fleet(args) => fleet::run(&args),
        What::FleetWriter(args) => fleet::writer::run(&args),
    }
}
