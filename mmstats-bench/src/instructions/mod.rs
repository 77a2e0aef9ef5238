//! How many instructions each operation takes, exactly, and how many lines of the cache it
//! touches; and whether that is more than it may be.

mod callgrind;
mod lackey;
mod operations;
mod subject;

use std::error::Error;
use std::fs;
use std::process::Command;

use callgrind::Count;
use operations::{OPERATIONS, Operation};

const CLOCK_SOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

/// What `mmstats-bench instructions` may be told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Be the process that is watched, and run each operation so many times
    #[arg(long, hide = true)]
    times: Option<u32>,
}

pub(crate) fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    if let Some(times) = args.times {
        return subject::run(times);
    }
    let counts = callgrind::count()?;
    let lines = lackey::count()?;
    println!(
        "| operation | instructions | at most | loads | stores | lines of the lane | other lines |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for ((operation, count), lines) in OPERATIONS.iter().zip(&counts).zip(&lines) {
        println!(
            "| {} | {:.0} | {:.0} | {:.0} | {:.0} | {} | {} |",
            operation.name,
            count.instructions,
            operation.at_most,
            count.loads,
            count.stores,
            lines.of_the_lane,
            lines.others
        );
    }
    judge(&counts)
}

/// Whether any operation takes more than it may.
fn judge(counts: &[Count]) -> Result<(), Box<dyn Error>> {
    if !cfg!(target_arch = "x86_64") {
        println!("\nskipped: the ceilings are for x86-64");
        return Ok(());
    }
    let source = fs::read_to_string(CLOCK_SOURCE).unwrap_or_default();
    let clock_is_known = source.trim() == "tsc";
    if !clock_is_known {
        println!("\nskipped: ceilings of what looks at the clock, which is not `tsc` here");
    }
    let mut above = OPERATIONS
        .iter()
        .zip(counts)
        .filter(|(operation, _)| clock_is_known || !operation.clock)
        .filter(|(operation, count)| count.instructions > operation.at_most)
        .map(|(Operation { name, at_most, .. }, Count { instructions, .. })| {
            format!("{name}: {instructions:.2} instructions rather than {at_most} at most")
        })
        .peekable();
    if above.peek().is_none() {
        return Ok(());
    }
    println!();
    above.for_each(|line| println!("{line}"));
    Err("more instructions than there were".into())
}

/// This program again, under `valgrind`.
fn subject(mut valgrind: Command, times: u32) -> Command {
    valgrind.arg(std::env::current_exe().expect("Linux tells it"));
    valgrind.args(["instructions", "--times", &times.to_string()]);
    valgrind.env("RUST_BACKTRACE", "0"); // which takes minutes there
    valgrind
}
