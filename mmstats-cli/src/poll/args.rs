//! The arguments of `pollstats`.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::show::human::seconds;
use crate::show::terminal::Color;

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

const POLL_EXIT: &str = "\
Exit status:
  0  all of the lines, or as many as somebody wanted to read
  1  there was nothing to begin with
  2  something could not be read, no file has a field, or the arguments are wrong";

const POLL_MORE: &str = "\
Over several files counts, timers and averages add up. Of gauges it is the sum as well, or what
their field says for its threads (min, max); a writer that ended has no say while another lives.
Of constants and texts it is that of one of them: look at one file to tell how far it is.
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
