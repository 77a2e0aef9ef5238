//! The command line: everything of clap, a tool a file.

mod check;
mod clean;
mod diff;
mod manual;
mod munin;
mod poll;
mod serve;
mod slurp;
mod top;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;
use std::{env, iter};

use clap::{CommandFactory as _, Parser, Subcommand};

pub(crate) use check::{Check, Policy};
pub(crate) use clean::Clean;
pub(crate) use diff::Diff;
pub(crate) use manual::{Completions, Man};
pub(crate) use munin::{Munin, Request};
pub(crate) use poll::{Poll, PollFormat};
pub(crate) use serve::Serve;
pub(crate) use slurp::{Color, Format, Slurp};
pub(crate) use top::Top;

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

/// The names that people know; each is a binary.
const TOOLS: [&str; 5] = ["mmstats", "slurpstats", "pollstats", "cleanstats", "mmash"];

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

/// A time that is not zero.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds")?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() && duration < MOST_SECONDS => Ok(duration),
        _ => Err("expected more than 0, and less than ten years".into()),
    }
}

const MOST_SECONDS: Duration = Duration::from_hours(10 * 365 * 24);
