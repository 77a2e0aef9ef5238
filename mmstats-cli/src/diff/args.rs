//! The arguments of `mmstats diff`.

use std::ffi::OsString;

use clap::Args;

use crate::export::Format;
use crate::report::EXIT_STATUS;
use crate::show::terminal::Color;

/// Prints the changes between two snapshots of a file that were saved with `cp`.
///
/// The later one may also be the file itself. Counts are shown as their difference, timers with the
/// mean and the percentiles of the samples in between, gauges and texts with their later value;
/// statistics that did not change are omitted. Snapshots of different files are an error, and so is the
/// later snapshot in place of the earlier one.
///
/// Rates are shown if the files themselves show how much time passed. A file that is being written
/// has its present values, a closed one those of its end, and a checkpoint those of its flush. Any other
/// copy was made between the latest time stored in it (of a duration, a gauge or a flush) and the
/// creation of the copy; no rate is shown if this leaves it uncertain by more than a tenth.
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
  The work of a job since a copy was made:
      cp update-emails-4280.mmstats before
      mmstats diff before update-emails-4280.mmstats";
