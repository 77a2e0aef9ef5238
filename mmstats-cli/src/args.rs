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
    Pollstats(Poll),
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Slurp(Slurp),
    Poll(Poll),
    Diff(Diff),
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

    /// Read twice, and print beside each count how many came a second
    ///
    /// Beside a timer or an average is also the mean of what came meanwhile.
    #[arg(
        long, value_name = "SECONDS", value_parser = seconds,
        num_args = 0..=1, require_equals = true, default_missing_value = "1"
    )]
    pub(crate) rates: Option<Duration>,

    /// Print what changed since this copy was made, not since the file was created
    ///
    /// A file, a directory or a pattern, of copies that were made with `cp`: so anyone can count
    /// from now on, and no writer has to do anything about it. A file of which there is no copy
    /// is printed as it is.
    #[arg(long, value_name = "COPY", conflicts_with_all = ["rates", "lanes"])]
    pub(crate) since: Vec<OsString>,

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
  What each counts a second:
      slurpstats --rates
  One value, for a script:
      slurpstats --format json '/srv/stats/*.mmstats' | jq '.[].stats.done'";

/// Parses the arguments of the process as those of the tool `name`, whatever it was started as.
pub(crate) fn parse(name: &str) -> Result<Command, clap::Error> {
    let arguments = env::args_os().skip(1);
    match Tool::try_parse_from(iter::once(name.into()).chain(arguments))? {
        Tool::Slurpstats(options) => Ok(Command::Slurp(options)),
        Tool::Mmstats { command } => Ok(command),
        Tool::Pollstats(options) => Ok(Command::Poll(options)),
    }
}

/// Prints how fields change, a line a second, summed over all files.
///
/// The first line has the values so far; each further one what was counted since the line before.
/// A timer has how many it timed a second, their mean and their 99th percentile; a gauge, a text
/// or a constant has its value. Files may appear, end and be replaced meanwhile: a writer that is
/// started anew is no negative count, and what one counted until its end is not lost.
#[derive(Debug, Args)]
#[command(after_help = POLL_EXIT, after_long_help = format!("{POLL_MORE}\n\n{POLL_EXIT}"))]
pub(crate) struct Poll {
    /// The fields, separated by commas
    pub(crate) fields: String,

    /// What to read, as `slurpstats` does; looked for anew for each line
    #[arg(value_name = "FILE|DIR|PATTERN|PID")]
    pub(crate) targets: Vec<OsString>,

    /// What the name of each field begins with; it is left out in the header
    #[arg(short, long, default_value = "", hide_default_value = true)]
    pub(crate) prefix: String,

    /// End after so many lines
    #[arg(short, long, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,

    /// From one line to the next, fractions included; if not 1, counts have their rate beside them
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds, default_value = "1")]
    pub(crate) delay: Duration,

    /// Repeat the header after so many lines; 0: no header
    #[arg(short = 'n', long, value_name = "LINES", default_value_t = 20)]
    pub(crate) headers: u64,

    /// Only files with a field that begins so, or with exactly this value [default: those that
    /// have one of the fields]
    ///
    /// If given more than once, one of them has to fit. Values are as `slurpstats` prints them.
    #[arg(short, long, value_name = "FIELD[=VALUE]")]
    pub(crate) filter: Vec<String>,

    /// Begin with what changed since this copy was made with `cp`, not since the file was created
    #[arg(long, value_name = "COPY")]
    pub(crate) since: Vec<OsString>,

    /// How to print it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = PollFormat::Plain)]
    pub(crate) format: PollFormat,

    /// When to colour the plain format; `auto`: on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// How lines are printed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PollFormat {
    /// In columns
    Plain,
    /// An object a line: `time`, `interval`, `files`, and of each of `fields` the `total`, `change`
    /// and `rate`, of timers and averages also `samples`, of gauges and texts the `value` alone;
    /// times are in seconds
    Json,
}

/// Prints what changed between two snapshots of a file that were saved with `cp`.
///
/// The later one may also be the file itself. Counts are less those before, timers have the mean
/// and the percentiles of what came between, gauges and texts their later value; what did not
/// change is left out. There are rates where both times are known: now, if the file is being
/// written; when its writer ended, if it said so; else when the file was last modified, which for
/// a copy is when it was made.
#[derive(Debug, Args)]
#[command(after_help = SLURP_EXIT, after_long_help = format!("{DIFF_EXAMPLES}\n\n{SLURP_EXIT}"))]
pub(crate) struct Diff {
    /// The earlier one; or a directory or pattern of such
    #[arg(value_name = "BEFORE")]
    pub(crate) before: OsString,

    /// The later one; or a directory or pattern of such, or a pid
    #[arg(value_name = "AFTER")]
    pub(crate) after: OsString,

    /// How to print it [default: pretty on a terminal, plain elsewhere]
    #[arg(long, value_enum, value_name = "FORMAT", hide_default_value = true)]
    pub(crate) format: Option<Format>,

    /// When to colour the pretty format; `auto`: on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

const POLL_EXIT: &str = "\
Exit status:
  0  all of the lines, or as many as somebody wanted to read
  1  there was nothing to begin with
  2  something could not be read, no file has a field, or the arguments are wrong";

const POLL_MORE: &str = "\
Over several files counts, timers and averages add up. Of gauges it is the sum as well, or what
their field says for its threads (min, max); a writer that ended has no say while another lives.
An integer of a version 1 file may be a count or a gauge: it is taken for a count.

Examples:
  How fast a job is, each second:
      pollstats done,missing_email,otherdb_timer update-emails-4280.mmstats
  All workers together, every five seconds, for a minute:
      pollstats -p web. -d 5 -c 13 requests,errors '/srv/stats/web-*.mmstats'
  Of one release only:
      pollstats -f release=1.4.2 done /srv/stats
  For a script:
      pollstats --format json done 4280 | jq --unbuffered '.fields.done.rate'";

const DIFF_EXAMPLES: &str = "\
Examples:
  What a job did since a copy was made:
      cp update-emails-4280.mmstats before
      mmstats diff before update-emails-4280.mmstats";

/// A time that is not zero.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds")?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() && duration < MOST_SECONDS => Ok(duration),
        _ => Err("expected more than 0, and less than ten years".into()),
    }
}

const MOST_SECONDS: Duration = Duration::from_hours(10 * 365 * 24);
