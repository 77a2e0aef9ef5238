//! The arguments of `pollstats`.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Arg, ArgAction, Args, ValueEnum};

use crate::show::human::parse_interval;
use crate::show::terminal::Color;

/// Prints how fields change over all files together, one line per second.
///
/// The first line shows the values so far; each further line shows the counts since the line before.
/// A timer shows its samples per second, their mean and their 99th percentile; a gauge, a text or a
/// constant shows its value. Files may appear, end and be replaced meanwhile: the restart of a
/// writer causes no negative count, and the last counts of a writer that ends are not lost.
#[derive(Debug, Args)]
#[command(after_help = POLL_EXIT, after_long_help = format!("{POLL_MORE}\n\n{POLL_EXIT}"))]
pub(crate) struct Poll {
    /// Fields, separated by commas
    pub(crate) fields: String,

    /// Files to read, as for `slurpstats`; searched again for each line
    #[arg(value_name = "FILE|DIR|PATTERN|PID")]
    pub(crate) targets: Vec<OsString>,

    /// Prefix of all fields; not shown in the header
    #[arg(short, long, default_value = "", hide_default_value = true)]
    pub(crate) prefix: String,

    /// Number of lines to print; with `--changes`, the most
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,

    /// Time between two lines, in seconds or with a unit (500ms, 2m); unless it is one second, each
    /// count is followed by its rate
    #[arg(short = 'd', long, value_name = "SECONDS", value_parser = parse_interval, default_value = "1")]
    pub(crate) interval: Duration,

    /// Number of lines after which to repeat the header; 0 for no header
    #[arg(long, value_name = "LINES", default_value_t = 20)]
    pub(crate) headers: u64,

    /// Print a line only if one of the fields changed since the line before
    #[arg(long)]
    pub(crate) changes: bool,

    /// Only files that have a field with this prefix, or a field with exactly this value [default:
    /// files that have one of the fields]
    ///
    /// A file needs to match one of several filters. Values are compared as `slurpstats` prints them.
    #[arg(short, long, value_name = "FIELD[=VALUE]")]
    pub(crate) filter: Vec<String>,

    /// Begin with the changes since this copy was made with `cp` instead of since creation
    #[arg(long, value_name = "COPY")]
    pub(crate) since: Vec<OsString>,

    /// Output format
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = PollFormat::Plain)]
    pub(crate) format: PollFormat,

    /// When to colour the plain format; `auto`: on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

impl Poll {
    /// Gives the command the options of Python's `pollstats`: other short names, `-v`, a filter
    /// with several values, and abbreviated long options.
    pub(crate) fn with_original_options(command: clap::Command) -> clap::Command {
        command
            .infer_long_args(true)
            .mut_arg("count", |count| count.short('c'))
            .mut_arg("interval", |interval| interval.long("delay").visible_alias("interval"))
            .mut_arg("headers", |headers| headers.short('n'))
            .mut_arg("filter", |filter| filter.num_args(0..))
            // All messages are printed anyway.
            .arg(Arg::new("verbose").short('v').action(ArgAction::Count).hide(true))
    }
}

/// Formats of the lines.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PollFormat {
    /// Columns
    Plain,
    /// An object per line: `time`, `interval`, `files` and `fields`, each with its `total`, `change`
    /// and `rate`; timers and averages also have `samples`, gauges and texts only a `value`; times are
    /// in seconds; `progress` if a single file is read
    Json,
}

const POLL_EXIT: &str = "\
Exit status:
  0  all lines were printed, or the output was closed
  1  no file matched at the start
  2  a file could not be read, no file has a field, or the arguments are wrong";

const POLL_MORE: &str = "\
Over several files, counts, timers and averages are added up. Gauges are added up as well, or merged
as their field declares (min, max); those of ended writers are ignored while another writer is live.
Constants and texts are those of the file that was written last: select one file to see its progress.
An integer of a version 1 file may be a count or a gauge: it is treated as a count.

Examples:
  The speed of a job, every second:
      pollstats users,missing_email,otherdb_timer update-emails-4280.mmstats
  All workers together, every five seconds, for a minute:
      mmstats poll -p web. -d 5 -n 13 requests,errors '/srv/stats/web-*.mmstats'
  Only the files of one release:
      pollstats done /srv/stats -f release=1.4.2
  For a script:
      pollstats --format json done 4280 | jq --unbuffered '.fields.done.rate'

`pollstats` has the short options of Python's tool: -d DELAY, -c COUNT, -n HEADERS, and -f with all
values that follow. `mmstats poll` has those of the other commands: -d INTERVAL and -n COUNT.";
