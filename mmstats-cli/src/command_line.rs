//! The command line: the names of the tools, and parsing.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::{env, iter};

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::check::Check;
use crate::clean::Clean;
use crate::diff::Diff;
use crate::manual::{Completions, Man, TOOLS};
use crate::mash::Serve;
use crate::munin::Munin;
use crate::poll::Poll;
use crate::slurp::Slurp;
use crate::top::Top;

/// Each tool under its own name, and all of them as commands of `mmstats`.
#[derive(Debug, Parser)]
#[command(multicall = true, version, propagate_version = true)]
enum Tool {
    Slurpstats(Slurp),
    Cleanstats(Clean),
    /// Reads the statistics that programs publish through memory.
    Mmstats {
        #[command(subcommand)]
        command: Command,
    },
    Pollstats(Poll),
    Mmash(Serve),
}

/// What to do.
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
}

/// Whether the tool `name` is asked to check, so that even its mistakes have to be told as a
/// plugin tells them.
pub(crate) fn is_check(name: &str) -> bool {
    name == "mmstats" && env::args_os().nth(1).is_some_and(|command| command == "check")
}

/// Parses the arguments of the process as those of the tool `name`, whatever it was started as.
pub(crate) fn parse(name: &str) -> Result<Command, clap::Error> {
    let mut arguments = env::args_os();
    let own = arguments.next().unwrap_or_default();
    if let Some(plugin) = plugin(name, &own) {
        let words = ["mmstats", "munin"].map(OsString::from).into_iter().chain(arguments);
        let Tool::Mmstats { command: Command::Munin(options) } = Tool::try_parse_from(words)?
        else {
            unreachable!("the words begin with this command");
        };
        return Ok(Command::Munin(Munin { name: Some(plugin), ..options }));
    }
    match Tool::try_parse_from(iter::once(name.into()).chain(arguments))? {
        Tool::Slurpstats(options) => Ok(Command::Slurp(options)),
        Tool::Cleanstats(options) => Ok(Command::Clean(options)),
        Tool::Mmstats { command } => Ok(command),
        Tool::Pollstats(options) => Ok(Command::Poll(options)),
        Tool::Mmash(options) => Ok(Command::Serve(options)),
    }
}

/// What a link to `mmstats` is called as a plugin of Munin: `web` for `mmstats_web`.
fn plugin(name: &str, own: &OsStr) -> Option<String> {
    let link = Path::new(own).file_name()?.to_string_lossy().into_owned();
    let plugin = link.strip_prefix("mmstats_").filter(|plugin| !plugin.is_empty());
    plugin.filter(|_| name == "mmstats").map(Into::into)
}

/// What clap knows of each tool, as if it had been started under its own name.
pub(crate) fn tools() -> Vec<clap::Command> {
    let all = Tool::command();
    let tools = TOOLS.iter().filter_map(|name| all.find_subcommand(name));
    tools.map(|tool| tool.clone().version(env!("CARGO_PKG_VERSION"))).collect()
}
