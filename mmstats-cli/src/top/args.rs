//! The arguments of `mmstats top`.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;

use crate::show::human::parse_refresh;

/// Shows all processes that publish statistics, live, until `q` is pressed.
///
/// The list shows the first statistic that counts for each process; Enter shows the others. The
/// progress of a process is its first `Progress` with a total, or a counter `done` with a constant
/// `total`; a constant `done_before` adds the work of earlier runs. `?` shows all keys.
#[derive(Debug, Args)]
#[command(after_help = TOP_EXIT)]
pub(crate) struct Top {
    /// Files to show, as for `slurp`, including files that appear later
    #[arg(value_name = "FILE|DIR|PATTERN|PID")]
    pub(crate) targets: Vec<OsString>,

    /// Time between two updates, in seconds or with a unit (500ms, 2m)
    #[arg(short = 'd', long, value_name = "SECONDS", default_value = "1", value_parser = parse_refresh)]
    pub(crate) interval: Duration,

    /// Show only processes with this text in their command, pid or path, or in a key
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
}

const TOP_EXIT: &str = "\
Exit status:
  0  the user quit
  2  standard output is not a terminal, or the arguments are wrong";
