//! What shells and `man` want to know of the tools: made of the very arguments that are parsed.

use std::io::{self, Write};

use crate::args::{self, Completions, Man};
use crate::report::Report;

/// Prints completions.
pub(crate) fn completions(options: &Completions, report: &mut Report) -> io::Result<()> {
    let mut tools = args::tools();
    if let Some(tool) = tools.iter_mut().find(|tool| tool.get_name() == options.tool) {
        let mut script = Vec::new();
        clap_complete::generate(options.shell, tool, &options.tool, &mut script);
        io::stdout().lock().write_all(&script)?;
        report.success();
    }
    Ok(())
}

/// Writes a page for each tool and each of its commands: `mmstats.1`, `mmstats-slurp.1` …
pub(crate) fn pages(options: &Man, report: &mut Report) {
    let directory = &options.directory;
    for tool in args::tools() {
        match clap_mangen::generate_to(tool, directory) {
            Ok(()) => report.success(),
            Err(error) => report.failure(format_args!("{}: {error}", directory.display())),
        }
    }
}
