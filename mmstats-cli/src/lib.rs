//! The tools of mmstats: `slurpstats` and others, each of which is also a command of `mmstats`.
#![forbid(unsafe_code)]

mod check;
mod clean;
mod command_line;
mod diff;
mod export;
mod exporter;
mod files;
mod manual;
mod mash;
mod munin;
mod poll;
mod report;
mod show;
mod slurp;
mod top;
mod watch;

use std::borrow::Cow;
use std::io::{self, ErrorKind, Write as _};
use std::process::ExitCode;

use command_line::Command;
use report::Report;
use show::terminal::escaped_lines;

/// Runs the tool with this name on the arguments of the process.
pub fn main_as(name: &'static str) -> ExitCode {
    let command = match command_line::parse(name) {
        Ok(command) => command,
        Err(unusual) if command_line::is_check(name) => return check::usage(&unusual),
        Err(unusual) => return answer(&unusual),
    };
    if let Command::Check(options) = &command {
        return check::run(options);
    }
    let mut report = Report::new(name);
    match run(&command, &mut report) {
        // The reader of the output ended.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
        Err(error) => report.failure(format_args!("standard output: {error}")),
        Ok(()) => {}
    }
    report.exit_code()
}

fn run(command: &Command, report: &mut Report) -> io::Result<()> {
    match command {
        Command::Slurp(options) => slurp::run(options, report),
        Command::Clean(options) => clean::run(options, report),
        Command::Munin(options) => munin::run(options, report),
        Command::Check(_) => Ok(()), // handled in `main_as`
        Command::Poll(options) => poll::run(options, report),
        Command::Diff(options) => diff::run(options, report),
        Command::Completions(options) => {
            manual::completions(options, command_line::tools(), report)
        }
        Command::Man(options) => {
            manual::pages(options, command_line::tools(), report);
            Ok(())
        }
        Command::Top(options) => top::run(options, report),
        Command::Serve(options) => mash::run(options, report),
        Command::Export(options) => exporter::run(options, report),
    }
}

/// Prints help, a version, or an error about the arguments.
fn answer(unusual: &clap::Error) -> ExitCode {
    let text = unusual.render().to_string();
    // There is no place to report a failure of this.
    let _ = match escaped_lines(&text) {
        Cow::Borrowed(_) => unusual.print(),
        // It quotes an argument, which may be the name of a file.
        Cow::Owned(escaped) => write!(io::stderr(), "{escaped}"),
    };
    u8::try_from(unusual.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}
