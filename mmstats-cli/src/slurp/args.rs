//! The arguments of `slurpstats`.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;

use crate::export::Format;
use crate::report::EXIT_STATUS;
use crate::show::human::parse_interval;
use crate::show::terminal::Color;

/// Prints the contents of statistics files, while their writers run or after they ended.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS, after_long_help = format!("{SLURP_EXAMPLES}\n\n{EXIT_STATUS}"))]
#[expect(clippy::struct_excessive_bools, reason = "independent options")]
pub(crate) struct Slurp {
    /// Files to read [default: all files in the default places]
    ///
    /// A file; a directory, for every `*.mmstats` in it; a quoted pattern; or a pid, for the files
    /// of that process in the default places.
    ///
    /// The default places are the pattern in `MMSTATS_GLOB`; else the directory `MMSTATS_PATH`;
    /// else every user's own directory in `/dev/shm` and the temporary directory, the runtime
    /// directories of services (`/run/NAME`, `/run/user/UID/NAME`), and the temporary directory
    /// itself, where Python's mmstats writes.
    #[arg(value_name = "FILE|DIR|PATTERN|PID")]
    pub(crate) targets: Vec<OsString>,

    /// Output format [default: pretty on a terminal, plain elsewhere]
    #[arg(long, value_enum, value_name = "FORMAT", hide_default_value = true)]
    pub(crate) format: Option<Format>,

    /// With the formats of Prometheus: a series for each process, instead of each program
    ///
    /// Such a series begins and ends with its process.
    #[arg(long)]
    pub(crate) per_process: bool,

    /// Also print the descriptions of the statistics
    #[arg(long)]
    pub(crate) help_texts: bool,

    /// Also print the values of each thread
    #[arg(long)]
    pub(crate) lanes: bool,

    /// Read twice, and print the rate per second after each count
    ///
    /// Timers and averages also show the mean of the samples between the two readings.
    #[arg(long)]
    pub(crate) rates: bool,

    /// Time between the two readings of --rates, in seconds or with a unit (500ms, 2m)
    #[arg(
        short = 'd', long, value_name = "SECONDS", value_parser = parse_interval,
        default_value = "1", requires = "rates"
    )]
    pub(crate) interval: Duration,

    /// Print the changes since this copy was made instead of since the file was created
    ///
    /// A file, a directory or a pattern of copies made with `cp`. A file that has no copy is printed
    /// as it is. Rates are shown if the files show how much time passed, as for `mmstats diff`.
    #[arg(long, value_name = "COPY", conflicts_with_all = ["rates", "lanes"])]
    pub(crate) since: Vec<OsString>,

    /// When to colour the pretty format; `auto`: on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

const SLURP_EXAMPLES: &str = "\
Examples:
  Everything in the default places:
      slurpstats
  All files of process 4280 in the default places:
      slurpstats 4280
  The progress of a job, every second:
      watch -n 1 slurpstats --format pretty update-emails-4280.mmstats
  Rates per second, measured for one second, and for five:
      slurpstats --rates
      slurpstats --rates -d 5
  One value, for a script:
      slurpstats --format json '/srv/stats/*.mmstats' | jq '.[].stats.done'";
