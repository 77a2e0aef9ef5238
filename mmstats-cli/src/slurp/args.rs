//! The arguments of `slurpstats`.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;

use crate::export::Format;
use crate::report::EXIT_STATUS;
use crate::show::human::seconds;
use crate::show::terminal::Color;

/// Prints what statistics files hold, while their writers run or after they died.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS, after_long_help = format!("{SLURP_EXAMPLES}\n\n{EXIT_STATUS}"))]
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

    /// Print also what the statistics mean, as their program documents them
    #[arg(long)]
    pub(crate) help_texts: bool,

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

const SLURP_EXAMPLES: &str = "\
Examples:
  Everything in the default places:
      slurpstats
  All files of process 4280 in the default places:
      slurpstats 4280
  Every second, how far a job is:
      watch -n 1 slurpstats --format pretty update-emails-4280.mmstats
  What each counts a second, in one second, and in five:
      slurpstats --rates
      slurpstats --rates=5
  One value, for a script:
      slurpstats --format json '/srv/stats/*.mmstats' | jq '.[].stats.done'";
