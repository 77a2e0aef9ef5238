//! Counts the instructions and cache lines of each operation, and checks the instructions against
//! ceilings.

mod callgrind;
mod lackey;
mod mark;
mod operations;
mod subject;

use std::error::Error;
use std::fs;
use std::process::Command;

use callgrind::Count;
use operations::{OPERATIONS, Operation};

const CLOCK_SOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

/// The arguments of `mmstats-bench instructions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Run each operation this many times, as the process that valgrind observes
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
        "| operation | instructions | ceiling | loads | stores | lines of the lane | other lines |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for ((operation, count), lines) in OPERATIONS.iter().zip(&counts).zip(&lines) {
        println!(
            "| {} | {:.0} | {:.0} | {:.0} | {:.0} | {} | {} |",
            operation.name,
            count.instructions,
            operation.ceiling,
            count.loads,
            count.stores,
            lines.lane,
            lines.others
        );
    }
    judge(&counts)
}

/// Fails if an operation takes more instructions than its ceiling.
fn judge(counts: &[Count]) -> Result<(), Box<dyn Error>> {
    if !cfg!(target_arch = "x86_64") {
        println!("\nskipped: the ceilings apply to x86-64 only");
        return Ok(());
    }
    let source = fs::read_to_string(CLOCK_SOURCE).unwrap_or_default();
    let clock_is_known = source.trim() == "tsc";
    if !clock_is_known {
        println!(
            "\nskipped: the ceilings of operations that read the clock, which is not `tsc` here"
        );
    }
    let mut above = OPERATIONS
        .iter()
        .zip(counts)
        .filter(|(operation, _)| clock_is_known || !operation.clock)
        .filter(|(operation, count)| count.instructions > operation.ceiling)
        .map(|(Operation { name, ceiling, .. }, Count { instructions, .. })| {
            format!("{name}: {instructions:.2} instructions, above the ceiling of {ceiling}")
        })
        .peekable();
    if above.peek().is_none() {
        return Ok(());
    }
    println!();
    above.for_each(|line| println!("{line}"));
    Err("an operation takes more instructions than its ceiling".into())
}

/// Returns the command that runs this program under `valgrind`.
fn subject(mut valgrind: Command, times: u32) -> Command {
    valgrind.arg(std::env::current_exe().expect("Linux provides the path"));
    valgrind.args(["instructions", "--times", &times.to_string()]);
    valgrind.env("RUST_BACKTRACE", "0"); // a backtrace takes minutes under valgrind
    valgrind
}
