//! `mmstats check`: a plugin for Nagios, Icinga and other monitoring systems.

mod answer;
mod args;
mod field;
mod range;
mod writers;

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use clap::error::ErrorKind;
use mmstats_core::Snapshot;

use crate::report::Report;
use crate::show::life::threads_lost;
use crate::show::terminal::escaped_lines;
use crate::watch::watcher::Watcher;
use answer::{Answer, Status};
pub(crate) use args::Check;
use range::Range;

pub(crate) fn run(options: &Check) -> ExitCode {
    let mut answer = Answer::new();
    let mut watcher = Watcher::new(options.targets.clone());
    let elapsed = look(options, &mut watcher, &mut answer);
    let tracks = watcher.tracks();
    let snapshots: Vec<&Snapshot> =
        tracks.iter().filter_map(|track| track.present().map(AsRef::as_ref)).collect();
    if !snapshots.is_empty() {
        if let Some(key) = &options.field {
            field::check(key, options, tracks, &snapshots, elapsed, &mut answer);
        }
        if let Some(limit) = options.stale {
            writers::check_stale(limit, options, &snapshots, &mut answer);
        }
        writers::check_states(options, &snapshots, &mut answer);
    }
    for snapshot in snapshots {
        if options.verbose {
            answer.detail(writers::detail(snapshot, options));
        }
        if snapshot.lanes_lost() > 0 {
            let lost = threads_lost(snapshot.lanes_lost());
            answer.detail(format!("{}: {lost}", snapshot.path().display()));
        }
    }
    answer.print()
}

/// Prints help, a version, or an error about the arguments; UNKNOWN in any case.
pub(crate) fn usage(unusual: &clap::Error) -> ExitCode {
    let text = unusual.render().to_string();
    let text = match unusual.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => text,
        _ => format!("MMSTATS UNKNOWN - {}", text.trim_start_matches("error: ").replace('|', "/")),
    };
    // There is no place to report a failure of this.
    let _ = write!(io::stdout(), "{}", escaped_lines(&text));
    Status::Unknown.exit_code()
}

/// Looks at all files, a second time if changes are to be checked, and reports those that cannot be
/// read. Returns the time between the two looks.
fn look(options: &Check, watcher: &mut Watcher, answer: &mut Answer) -> Option<Duration> {
    let began = Instant::now();
    let mut report = Report::quiet();
    let tracks = watcher.observe(&mut report);
    let absent = tracks.iter().filter(|track| track.missing);
    let mut missing: Vec<PathBuf> = absent.map(|track| track.path.clone()).collect();
    let elapsed = options.rate.then(|| {
        thread::sleep(options.interval);
        let elapsed = began.elapsed();
        report = Report::quiet();
        watcher.observe(&mut report);
        elapsed
    });
    let tracks = watcher.tracks();
    // What the user named may have come or gone between the looks.
    let named: HashSet<&OsStr> = options.targets.iter().map(OsString::as_os_str).collect();
    let gone = tracks.iter().filter(|track| track.gone && named.contains(track.path.as_os_str()));
    missing.extend(gone.map(|track| track.path.clone()));
    let present = tracks.iter().filter(|track| !track.missing && !track.gone);
    let present: HashSet<&Path> = present.map(|track| track.path.as_path()).collect();
    missing.retain(|path| !present.contains(path.as_path()));

    let status = if report.failures() > 0 { Status::Unknown } else { options.missing };
    report.lines().into_iter().for_each(|line| answer.finding(status, line));
    for path in missing {
        answer.finding(options.missing, format!("{} is missing", path.display()));
    }
    for error in
        tracks.iter().filter(|track| !track.missing).filter_map(|track| track.error.as_ref())
    {
        answer.finding(Status::Unknown, error);
    }
    elapsed
}
