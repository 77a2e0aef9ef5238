//! Saved copies of files, as a baseline for changes.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

use mmstats_core::{Reader, Snapshot, State};

use crate::files::select::select;
use crate::report::Report;

/// A copy of a file, made with `cp`.
#[derive(Debug)]
pub(crate) struct Saved {
    pub(crate) snapshot: Snapshot,
    /// The time of the copy, if known.
    pub(crate) time: Option<SystemTime>,
}

impl Saved {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        Self { time: time_of(&snapshot), snapshot }
    }
}

/// The copies from which changes are counted.
#[derive(Debug, Default)]
pub(crate) struct Baseline(Vec<Saved>);

impl Baseline {
    /// Reads the selected copies, and reports those that cannot be read.
    pub(crate) fn read(targets: &[OsString], report: &mut Report) -> Self {
        let mut baseline = Self::default();
        if targets.is_empty() {
            return baseline;
        }
        for selected in select(targets, report) {
            match Reader::open(&selected.path).and_then(|reader| reader.snapshot()) {
                Ok(snapshot) => baseline.0.push(Saved::new(snapshot)),
                Err(error) => report.failure(error),
            }
        }
        baseline
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the copy of this file, preferably one with its name: the pid and the time of creation
    /// of version 1 files need not be unique.
    pub(crate) fn of(&self, now: &Snapshot) -> Option<&Saved> {
        let same = || self.0.iter().filter(|saved| saved.snapshot.is_same_file(now));
        let named = |saved: &&Saved| saved.snapshot.path().file_name() == now.path().file_name();
        same().find(named).or_else(|| same().next())
    }
}

/// Returns the time of the values in a file: now, if it is being written; the end of its writer, if
/// recorded; otherwise its last modification, which for a copy is when it was made.
pub(crate) fn time_of(snapshot: &Snapshot) -> Option<SystemTime> {
    let writer = snapshot.writer();
    if let Some(ended) = writer.ended {
        return Some(ended);
    }
    let live = match snapshot.state() {
        // A copy of it would have no lock.
        State::Live if snapshot.version() != 1 => true,
        // The writer of the file, or of what it is a copy of.
        State::Live => is_mapped(snapshot.path(), writer.pid?)?,
        _ => false,
    };
    if live {
        return Some(snapshot.taken());
    }
    let modified = fs::metadata(snapshot.path()).and_then(|found| found.modified()).ok();
    modified.max(writer.flushed)
}

/// Whether the process writes this very file; `None` if that may not be known.
fn is_mapped(path: &Path, pid: u32) -> Option<bool> {
    let inode = fs::metadata(path).ok()?.ino().to_string();
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    // address, rights, offset, device, inode, path
    Some(maps.lines().any(|line| line.split_ascii_whitespace().nth(4) == Some(&inode)))
}
