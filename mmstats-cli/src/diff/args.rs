//! The arguments of `mmstats diff`.

use std::ffi::OsString;

use clap::Args;

use crate::export::Format;
use crate::report::EXIT_STATUS;
use crate::show::terminal::Color;

/// Prints what changed between two snapshots of a file that were saved with `cp`.
///
/// The later one may also be the file itself. Counts are shown as their difference, timers with the
/// mean and the percentiles of the samples between, gauges and texts with their later value;
/// statistics that did not change are omitted. It is an error if no file is the one that was copied, or
/// if the later snapshot is the earlier one.
///
/// Rates are shown if the files themselves show how much time passed. A file that is being written
/// has the values of now, a closed one those of its end, and a checkpoint those of its flush. Any other
/// copy is from between the latest time stored in it (of a duration, a gauge or a flush) and its own
/// creation; if this leaves the rate uncertain by more than a tenth, there is none.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS, after_long_help = format!("{DIFF_EXAMPLES}\n\n{EXIT_STATUS}"))]
pub(crate) struct Diff {
    /// Earlier snapshot, or a directory or pattern of snapshots
    #[arg(value_name = "BEFORE")]
    pub(crate) before: OsString,

    /// Later snapshot, or a directory or pattern of snapshots, or a pid
    #[arg(value_name = "AFTER")]
    pub(crate) after: OsString,

    /// Output format [default: pretty on a terminal, plain elsewhere]
    #[arg(long, value_enum, value_name = "FORMAT", hide_default_value = true)]
    pub(crate) format: Option<Format>,

    /// When to colour the pretty format; `auto`: on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

const DIFF_EXAMPLES: &str = "\
Examples:
  What a job did since a copy was made:
      cp update-emails-4280.mmstats before
      mmstats diff before update-emails-4280.mmstats";
