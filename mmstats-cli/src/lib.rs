//! The tools of mmstats: `slurpstats` and friends, each of which is also a command of `mmstats`.
#![forbid(unsafe_code)]

mod args;
mod disk;
mod export;
mod human;
mod report;
mod select;
mod slurp;
mod terminal;
mod top;

use std::io::{self, ErrorKind};
use std::process::ExitCode;

use args::Command;
use report::Report;

/// Runs the tool of this name with the arguments of the process.
pub fn main_as(name: &'static str) -> ExitCode {
    let command = match args::parse(name) {
        Ok(command) => command,
        Err(unusual) => return answer(&unusual),
    };
    let mut report = Report::new(name);
    match run(&command, &mut report) {
        // Whoever read the output has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
        Err(error) => report.failure(format_args!("standard output: {error}")),
        Ok(()) => {}
    }
    report.exit_code()
}

fn run(command: &Command, report: &mut Report) -> io::Result<()> {
    match command {
        Command::Slurp(options) => slurp::run(options, report),
        Command::Top(options) => top::run(options, report),
    }
}

/// Prints help, a version, or what is wrong with the arguments.
fn answer(unusual: &clap::Error) -> ExitCode {
    // There is nobody left to tell if this fails.
    let _ = unusual.print();
    u8::try_from(unusual.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}
