//! The command line: everything of clap.

use std::ffi::OsString;
use std::time::Duration;
use std::{env, iter};

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Each tool under its own name, and all of them as commands of `mmstats`.
#[derive(Debug, Parser)]
#[command(multicall = true, version, propagate_version = true)]
enum Tool {
    Slurpstats(Slurp),
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
    Top(Top),
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

/// Parses the arguments of the process as those of the tool `name`, whatever it was started as.
pub(crate) fn parse(name: &str) -> Result<Command, clap::Error> {
    let arguments = env::args_os().skip(1);
    match Tool::try_parse_from(iter::once(name.into()).chain(arguments))? {
        Tool::Slurpstats(options) => Ok(Command::Slurp(options)),
        Tool::Mmstats { command } => Ok(command),
    }
}

/// Shows all processes that publish statistics, and what they do, until `q` is pressed.
///
/// The first statistic that counts stands for all of a process in the list; Enter shows the
/// others. A counter `done` beside a constant `total` tells how far a process is. `?` shows all
/// keys.
#[derive(Debug, Args)]
#[command(after_help = TOP_EXIT)]
pub(crate) struct Top {
    /// What to show, as for `slurp`; files that appear later are shown too
    #[arg(value_name = "FILE|DIR|PATTERN|PID")]
    pub(crate) targets: Vec<OsString>,

    /// How long a tick is
    #[arg(short, long, value_name = "SECONDS", default_value = "1", value_parser = tick)]
    pub(crate) delay: Duration,

    /// Show at first only processes with this in their command, pid, path or a label
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
}

const TOP_EXIT: &str = "\
Exit status:
  0  it was quit
  2  standard output is not a terminal, or the arguments are wrong";

/// Seconds, with or without a fraction.
fn tick(text: &str) -> Result<Duration, String> {
    let bounds = Duration::from_millis(50)..=Duration::from_hours(24);
    let seconds = text.parse().ok().and_then(|text| Duration::try_from_secs_f64(text).ok());
    seconds
        .filter(|seconds| bounds.contains(seconds))
        .ok_or_else(|| "expected seconds, from 0.05 to 86400".into())
}
