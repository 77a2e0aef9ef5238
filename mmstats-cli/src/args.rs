//! The command line: everything of clap.

use std::ffi::OsString;
use std::time::Duration;
use std::{env, iter};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::human;

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
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Slurp(Slurp),
    Clean(Clean),
}

/// Prints what statistics files hold, while their writers run or after they died.
#[derive(Debug, Args)]
#[command(after_help = SLURP_EXIT, after_long_help = format!("{SLURP_EXAMPLES}\n\n{SLURP_EXIT}"))]
pub(crate) struct Slurp {
    /// What to read; all files in the default places if nothing is given
    ///
    /// A file; a directory, for every `*.mmstats` in it; a quoted pattern; or the pid of a
    /// process, whose files are looked for in the default places.
    ///
    /// The default places are what `MMSTATS_GLOB` matches, or the directory `MMSTATS_PATH`, or
    /// every user's own directory in `/dev/shm` and the temporary directory.
    #[arg(value_name = "FILE|DIR|PATTERN|PID")]
    pub(crate) targets: Vec<OsString>,

    /// How to print it [default: pretty on a terminal, plain elsewhere]
    #[arg(long, value_enum, value_name = "FORMAT", hide_default_value = true)]
    pub(crate) format: Option<Format>,

    /// Print also what each thread wrote, not only all of them together
    #[arg(long)]
    pub(crate) lanes: bool,

    /// When to colour the pretty format; `auto`: on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// How files are printed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// A label and a value a line; a timer's value is its moving average in seconds
    Plain,
    /// With units, percentiles, and what became of the writer
    Pretty,
    /// An array with an object a file; times are in seconds
    Json,
}

/// When to colour.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

const SLURP_EXIT: &str = "\
Exit status:
  0  everything that matched was read
  1  nothing matched
  2  something could not be read, or the arguments are wrong";

const SLURP_EXAMPLES: &str = "\
Examples:
  Everything in the default places:
      slurpstats
  All files of process 4280:
      slurpstats 4280
  Every second, how far a job is:
      watch -n 1 slurpstats update-emails-4280.mmstats
  One value, for a script:
      slurpstats --format json '/srv/stats/*.mmstats' | jq '.[].stats.done'";

/// Removes statistics files whose writers are gone.
///
/// A writer holds a lock on its file for as long as it lives, so it makes no difference who it is,
/// in which container it runs, or whether its pid has been given to another program. Files of the
/// original's version 1 have no lock: they are removed when no process has their pid, which for
/// those of a container has to be asked in that container.
///
/// Symbolic links, and files that are not of statistics, are never touched. In directories, and in
/// the default places, temporary files of creations that were killed are removed as well.
#[derive(Debug, Args)]
#[command(after_help = CLEAN_EXIT, after_long_help = format!("{CLEAN_EXAMPLES}\n\n{CLEAN_EXIT}"))]
pub(crate) struct Clean {
    /// What to clean; all files in the default places if nothing is given
    ///
    /// A file; a directory, for every `*.mmstats` in it; a quoted pattern; or the pid of a
    /// process, whose files are looked for in the default places.
    ///
    /// The default places are what `MMSTATS_GLOB` matches, or the directory `MMSTATS_PATH`, or
    /// every user's own directory in `/dev/shm` and the temporary directory; files there that
    /// only others may remove are passed over.
    #[arg(value_name = "FILE|DIR|PATTERN|PID")]
    pub(crate) targets: Vec<OsString>,

    /// Tell what would be removed, and remove nothing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,

    /// Keep files that were written within this time: `90` (seconds), `15m`, `2h`, `7d`
    ///
    /// It is counted from the last trace that the writer left: that it ended, created or flushed
    /// the file, started a thread, recorded a duration, or made the system note a modification.
    /// A writer that was killed may have counted for longer without leaving a trace.
    #[arg(long, value_name = "DURATION", value_parser = human::parse_duration)]
    pub(crate) older_than: Option<Duration>,

    /// Keep the N newest files of each command
    ///
    /// Version 1 does not tell the command: there, files belong together whose names differ in
    /// numbers only.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) keep_last: usize,

    /// Tell also of files whose writers live
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

const CLEAN_EXIT: &str = "\
Exit status:
  0  all that matched was removed, or has a reason to stay
  1  nothing matched
  2  something could not be read or removed, or the arguments are wrong";

const CLEAN_EXAMPLES: &str = "\
Examples:
  What would be removed from the default places:
      cleanstats --dry-run
  Each night; what a crash left can be looked at for a week:
      cleanstats --older-than 7d
  Before a job is started, its last five runs kept:
      cleanstats --keep-last 5 /srv/stats";

/// Parses the arguments of the process as those of the tool `name`, whatever it was started as.
pub(crate) fn parse(name: &str) -> Result<Command, clap::Error> {
    let arguments = env::args_os().skip(1);
    match Tool::try_parse_from(iter::once(name.into()).chain(arguments))? {
        Tool::Slurpstats(options) => Ok(Command::Slurp(options)),
        Tool::Cleanstats(options) => Ok(Command::Clean(options)),
        Tool::Mmstats { command } => Ok(command),
    }
}
