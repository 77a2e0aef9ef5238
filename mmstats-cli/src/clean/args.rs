//! The arguments of `cleanstats`.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;

use crate::show::human;

/// Removes statistics files whose writers are gone.
///
/// A writer holds a lock on its file for as long as it lives, so it makes no difference who it is,
/// in which container it runs, or whether its pid has been given to another program. Files of the
/// original's version 1 have no lock: they are removed when no process has their pid, which for
/// those of a container has to be asked in that container.
///
/// Symbolic links, and files that are not of statistics, are never touched. In directories, and in
/// the default places, temporary files of creations that were killed a minute ago or more are removed as well.
#[derive(Debug, Args)]
#[command(after_help = CLEAN_EXIT, after_long_help = format!("{CLEAN_EXAMPLES}\n\n{CLEAN_EXIT}"))]
pub(crate) struct Clean {
    /// What to clean; all files in the default places if nothing is given
    ///
    /// A file; a directory, for every `*.mmstats` in it; a quoted pattern; or the pid of a
    /// process, whose files are looked for in the default places.
    ///
    /// The default places are what `MMSTATS_GLOB` matches, or the directory `MMSTATS_PATH`, or
    /// every user's own directory in `/dev/shm` and the temporary directory; files there that
    /// only others may remove are passed over.
    #[arg(value_name = "FILE|DIR|PATTERN|PID")]
    pub(crate) targets: Vec<OsString>,

    /// Tell what would be removed, and remove nothing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,

    /// Keep files that were written within this time: `90` (seconds), `15m`, `2h`, `7d`
    ///
    /// It is counted from the last trace that the writer left: that it ended, created or flushed
    /// the file, started a thread, recorded a duration, or made the system note a modification.
    /// A writer that was killed may have counted for longer without leaving a trace.
    #[arg(long, value_name = "DURATION", value_parser = human::parse_duration)]
    pub(crate) older_than: Option<Duration>,

    /// Keep the N newest files of each command
    ///
    /// Version 1 does not tell the command: there, files belong together whose names differ in
    /// numbers only.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) keep_last: usize,

    /// Tell also of files whose writers live
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

const CLEAN_EXIT: &str = "\
Exit status:
  0  all that matched was removed, or has a reason to stay
  1  nothing matched
  2  something could not be read or removed, or the arguments are wrong";

const CLEAN_EXAMPLES: &str = "\
Examples:
  What would be removed from the default places:
      cleanstats --dry-run
  Each night; what a crash left can be looked at for a week:
      cleanstats --older-than 7d
  Before a job is started, its last five runs kept:
      cleanstats --keep-last 5 /srv/stats";
