//! The arguments of `mmstats top`.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;

/// Shows all processes that publish statistics, and what they do, until `q` is pressed.
///
/// The first statistic that counts stands for all of a process in the list; Enter shows the
/// others. A counter `done` beside a constant `total` tells how far a process is; to it is added
/// what a constant `done_before` says that earlier runs did. `?` shows all keys.
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
