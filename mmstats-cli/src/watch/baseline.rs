//! Saved copies of files: what they held then, and when that was.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

use mmstats_core::{Reader, Snapshot, State};

use crate::files::select::select;
use crate::report::Report;

/// A copy of a file that somebody made with `cp`.
#[derive(Debug)]
pub(crate) struct Saved {
    pub(crate) snapshot: Snapshot,
    /// When it was made, as far as that is known.
    pub(crate) time: Option<SystemTime>,
}

impl Saved {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        Self { time: time_of(&snapshot), snapshot }
    }
}

/// What changes are counted from.
#[derive(Debug, Default)]
pub(crate) struct Baseline(Vec<Saved>);

impl Baseline {
    /// Reads all that is meant; what cannot be read is told.
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

    /// The copy of this file, if there is one: of several the one with its name, since what tells
    /// files of version 1 apart, pid and time of creation, need not.
    pub(crate) fn of(&self, now: &Snapshot) -> Option<&Saved> {
        let same = || self.0.iter().filter(|saved| saved.snapshot.is_same_file(now));
        let named = |saved: &&Saved| saved.snapshot.path().file_name() == now.path().file_name();
        same().find(named).or_else(|| same().next())
    }
}

/// The moment of which a file tells: now, if somebody writes it; when its writer ended, if it
/// said so; otherwise when the file was last written, which for a copy is when it was made.
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
