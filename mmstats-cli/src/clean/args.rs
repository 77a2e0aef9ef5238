//! The arguments of `cleanstats`.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;

use crate::show::human;

/// Removes statistics files whose writers are gone.
///
/// A writer holds a lock on its file for as long as it lives, so neither its user, nor its container,
/// nor the reuse of its pid matters. A file whose lock cannot be seen, such as a copy, is kept unless
/// its process is known to be gone.
///
/// Files of version 1 have no lock. They are removed if they are older than the last boot, or if no
/// process has their pid, in no container either: only outside of all containers is that known.
///
/// Symbolic links and other files are never touched, nor is anything in a directory that is a symbolic
/// link. In directories and in the default places, temporary files of creations that were killed at
/// least a minute ago are removed as well.
#[derive(Debug, Args)]
#[command(after_help = CLEAN_EXIT, after_long_help = format!("{CLEAN_EXAMPLES}\n\n{CLEAN_EXIT}"))]
pub(crate) struct Clean {
    /// Files to clean [default: all files in the default places]
    ///
    /// A file; a directory, for every `*.mmstats` in it; a quoted pattern; or a pid, for the files
    /// of that process in the default places.
    ///
    /// The default places are the pattern in `MMSTATS_GLOB`; else the directory `MMSTATS_PATH`;
    /// else every user's own directory in `/dev/shm` and the temporary directory, the runtime
    /// directories of services (`/run/NAME`, `/run/user/UID/NAME`), and the temporary directory
    /// itself, where Python's mmstats writes.
    ///
    /// Files there that only another user may remove are ignored.
    #[arg(value_name = "FILE|DIR|PATTERN|PID")]
    pub(crate) targets: Vec<OsString>,

    /// Report the files that would be removed, and remove nothing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,

    /// Keep files that were written within this time: `90` (seconds), `15m`, `2h`, `7d`
    ///
    /// It is counted from the last time that the writer ended, created or flushed the file, started
    /// a thread, recorded a duration, or modified the file by a system call. A writer that was killed
    /// may have counted for longer without leaving a trace.
    #[arg(long, value_name = "DURATION", value_parser = human::parse_duration)]
    pub(crate) older_than: Option<Duration>,

    /// Keep the N newest files of each command
    ///
    /// Version 1 does not record the command: there, files whose names differ only in numbers
    /// belong together.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) keep_last: usize,

    /// Also report files whose writers live
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

const CLEAN_EXIT: &str = "\
Exit status:
  0  every matching file was removed or has a reason to stay, or nothing matched
  2  a file could not be read or removed, or the arguments are wrong";

const CLEAN_EXAMPLES: &str = "\
Examples:
  Files that would be removed from the default places:
      cleanstats --dry-run
  Each night, keeping the files of the last week:
      cleanstats --older-than 7d
  Before a job starts, keeping its last five runs:
      cleanstats --keep-last 5 /srv/stats";
