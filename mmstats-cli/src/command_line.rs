//! The command line: the names of the tools, and parsing.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::{env, iter};

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::check::Check;
use crate::clean::Clean;
use crate::diff::Diff;
use crate::exporter::Exporter;
use crate::manual::{Completions, Man, TOOLS};
use crate::mash::Serve;
use crate::munin::Munin;
use crate::poll::Poll;
use crate::slurp::Slurp;
use crate::top::Top;

/// The tools under their own names, and as commands of `mmstats`.
#[derive(Debug, Parser)]
#[command(multicall = true, version, propagate_version = true)]
enum Tool {
    Slurpstats(Slurp),
    Cleanstats(Clean),
    /// Reads the statistics that programs publish in memory-mapped files.
    Mmstats {
        #[command(subcommand)]
        command: Command,
    },
    Pollstats(Poll),
    Mmash(Serve),
}

/// A command of `mmstats`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Slurp(Slurp),
    Clean(Clean),
    Check(Check),
    Munin(Munin),
    Poll(Poll),
    Diff(Diff),
    Completions(Completions),
    Man(Man),
    Top(Top),
    Serve(Serve),
    Export(Exporter),
}

/// Whether this is `mmstats check`, which reports even wrong arguments as a plugin does.
pub(crate) fn is_check(name: &str) -> bool {
    name == "mmstats" && env::args_os().nth(1).is_some_and(|command| command == "check")
}

/// Parses the arguments of the process as those of the tool `name`, whatever the process is called.
pub(crate) fn parse(name: &str) -> Result<Command, clap::Error> {
    let mut arguments = env::args_os();
    let own = arguments.next().unwrap_or_default();
    if let Some(plugin) = plugin(name, &own) {
        let words = ["mmstats", "munin"].map(OsString::from).into_iter().chain(arguments);
        let Tool::Mmstats { command: Command::Munin(options) } = parsed(words)? else {
            unreachable!("the words begin with this command");
        };
        return Ok(Command::Munin(Munin { name: Some(plugin), ..options }));
    }
    match parsed(iter::once(name.into()).chain(arguments))? {
        Tool::Slurpstats(options) => Ok(Command::Slurp(options)),
        Tool::Cleanstats(options) => Ok(Command::Clean(options)),
        Tool::Mmstats { command } => Ok(command),
        Tool::Pollstats(options) => Ok(Command::Poll(options)),
        Tool::Mmash(options) => Ok(Command::Serve(options)),
    }
}

/// Returns the arguments of all tools.
fn command() -> clap::Command {
    Tool::command().mut_subcommand("pollstats", Poll::with_original_options)
}

fn parsed(words: impl Iterator<Item = OsString>) -> Result<Tool, clap::Error> {
    let mut command = command();
    let mut matches = command.try_get_matches_from_mut(words)?;
    Tool::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

/// Returns the plugin name of a link to `mmstats` for Munin: `web` for `mmstats_web`.
fn plugin(name: &str, own: &OsStr) -> Option<String> {
    let link = Path::new(own).file_name()?.to_string_lossy().into_owned();
    let plugin = link.strip_prefix("mmstats_").filter(|plugin| !plugin.is_empty());
    plugin.filter(|_| name == "mmstats").map(Into::into)
}

/// Returns the command of each tool under its own name.
pub(crate) fn tools() -> Vec<clap::Command> {
    let all = command();
    let tools = TOOLS.iter().filter_map(|name| all.find_subcommand(name));
    tools.map(|tool| tool.clone().version(env!("CARGO_PKG_VERSION"))).collect()
}
