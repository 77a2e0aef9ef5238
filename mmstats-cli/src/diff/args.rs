//! The arguments of `mmstats diff`.

use std::ffi::OsString;

use clap::Args;

use crate::export::Format;
use crate::report::EXIT_STATUS;
use crate::show::terminal::Color;

/// Prints what changed between two snapshots of a file that were saved with `cp`.
///
/// The later one may also be the file itself. Counts are less those before, timers have the mean
/// and the percentiles of what came between, gauges and texts their later value; what did not
/// change is left out. There are rates where both times are known: now, if the file is being
/// written; when its writer ended, if it said so; else when the file was last modified, which for
/// a copy is when it was made.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS, after_long_help = format!("{DIFF_EXAMPLES}\n\n{EXIT_STATUS}"))]
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

const DIFF_EXAMPLES: &str = "\
Examples:
  What a job did since a copy was made:
      cp update-emails-4280.mmstats before
      mmstats diff before update-emails-4280.mmstats";
