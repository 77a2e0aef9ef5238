//! `mmstats completions` and `mmstats man`, generated from the arguments that are parsed.

mod args;

use std::io::{self, Write};

use crate::report::Report;
pub(crate) use args::{Completions, Man, TOOLS};

/// Prints the completions of a tool.
pub(crate) fn completions(
    options: &Completions,
    mut tools: Vec<clap::Command>,
    report: &mut Report,
) -> io::Result<()> {
    if let Some(tool) = tools.iter_mut().find(|tool| tool.get_name() == options.tool) {
        let mut script = Vec::new();
        clap_complete::generate(options.shell, tool, &options.tool, &mut script);
        io::stdout().lock().write_all(&script)?;
        report.success();
    }
    Ok(())
}

/// Writes a page for each tool and each of its commands: `mmstats.1`, `mmstats-slurp.1` …
pub(crate) fn pages(options: &Man, tools: Vec<clap::Command>, report: &mut Report) {
    let directory = &options.directory;
    for tool in tools {
        match clap_mangen::generate_to(tool, directory) {
            Ok(()) => report.success(),
            Err(error) => report.failure(format_args!("{}: {error}", directory.display())),
        }
    }
}
