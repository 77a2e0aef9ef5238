//! Reads all files once a tick, in a thread of its own, so that no slow file ever holds up a key.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use mmstats_core::{ReadError, Reader, Snapshot};

use super::interval;
use super::sample::{Process, Sample, has_ended};
use crate::files::select::select;
use crate::report::Report;

/// The first rates are shown after this, however long a tick is.
const FIRST_TICK: Duration = Duration::from_millis(250);

/// What was seen at a tick.
#[derive(Debug)]
pub(super) struct Tick {
    pub(super) samples: Vec<Sample>,
    /// Why there may be fewer files than were asked for.
    pub(super) notices: Vec<String>,
}

/// Sends ticks until nobody listens, or something comes from `stop`.
pub(super) fn start(
    targets: Vec<OsString>,
    delay: Duration,
    ticks: Sender<Tick>,
    stop: Receiver<()>,
) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("sampler".into()).spawn(move || {
        let mut sampler = Sampler::new(targets);
        let mut due = Instant::now();
        let mut next = delay.min(FIRST_TICK);
        while ticks.send(sampler.tick()).is_ok() {
            due += next;
            next = delay;
            let now = Instant::now();
            // Ticks that were missed are not made up for, and the others stay where they were.
            while due < now {
                due += delay;
            }
            match stop.recv_timeout(due - now) {
                Err(RecvTimeoutError::Timeout) => {}
                _ => break,
            }
        }
    })
}

/// The files that were asked for, as far as they are known.
#[derive(Debug)]
pub(super) struct Sampler {
    targets: Vec<OsString>,
    files: HashMap<PathBuf, File>,
}

/// A file that was read before.
#[derive(Debug)]
struct File {
    device_and_inode: (u64, u64),
    latest: Process,
    open: Open,
}

impl File {
    fn now(&self) -> Process {
        let latest = self.latest.clone();
        match self.open {
            Open::Live(..) => latest,
            Open::Ended { read, .. } => latest.later(read.elapsed()),
        }
    }
}

/// What it takes to read a file again.
#[derive(Debug)]
enum Open {
    /// Its reader, and what it read last.
    Live(Reader, Box<Snapshot>),
    /// Its writer is gone, so nothing changes any more; but for when it was modified, if it does
    /// nevertheless.
    Ended { modified: Option<SystemTime>, read: Instant },
}

impl Sampler {
    pub(super) fn new(targets: Vec<OsString>) -> Self {
        Self { targets, files: HashMap::new() }
    }

    /// A sample of each file that is there now. Those that are gone are let go.
    pub(super) fn tick(&mut self) -> Tick {
        let mut report = Report::quiet();
        let selected = select(&self.targets, &mut report);
        let mut before = std::mem::take(&mut self.files);
        let mut samples = Vec::with_capacity(selected.len());
        for selected in selected {
            let path = selected.path.clone();
            match sample(&path, before.remove(&path)) {
                Ok(file) => {
                    samples.push(Sample { path: path.clone(), content: Ok(file.now()) });
                    self.files.insert(path, file);
                }
                Err(error) if selected.expects(&error) => {}
                Err(error) => samples.push(Sample { path, content: Err(error.to_string()) }),
            }
        }
        Tick { samples, notices: report.lines() }
    }
}

/// Reads a file again, or for the first time if another one has its name by now.
fn sample(path: &Path, known: Option<File>) -> Result<File, ReadError> {
    // Looked at before it is opened: if it is replaced in between, the next tick sees that.
    let found = fs::metadata(path).ok();
    let device_and_inode = found.as_ref().map(|found| (found.dev(), found.ino()));
    let device_and_inode = device_and_inode.unwrap_or_default();
    let names = known.as_ref().map(|known| known.latest.names.clone());
    let (reader, earlier) = match known {
        Some(File { device_and_inode: before, open, .. }) if before != device_and_inode => {
            // Of the same writer, if it was a checkpoint.
            let earlier = if let Open::Live(_, earlier) = open { Some(earlier) } else { None };
            (Reader::open(path)?, earlier)
        }
        Some(File { open: Open::Live(reader, earlier), .. }) => (reader, Some(earlier)),
        // Somebody may have copied another file over it.
        Some(File { open: Open::Ended { modified, .. }, .. })
            if modified != found.as_ref().and_then(|found| found.modified().ok()) =>
        {
            (Reader::open(path)?, None)
        }
        Some(ended) => return Ok(ended),
        None => (Reader::open(path)?, None),
    };
    let snapshot = reader.snapshot()?;
    // What happened last is no longer happening.
    let earlier =
        earlier.filter(|earlier| !has_ended(snapshot.state()) && earlier.is_same_file(&snapshot));
    let names = names.filter(|_| earlier.is_some());
    let latest = interval::process(&snapshot, device_and_inode, earlier.as_deref(), names.as_ref());
    // A version 1 file may be taken over by another writer.
    let open = if has_ended(snapshot.state()) && snapshot.version() > 1 {
        let modified = found.and_then(|found| found.modified().ok());
        Open::Ended { modified, read: Instant::now() }
    } else {
        Open::Live(reader, Box::new(snapshot))
    };
    Ok(File { device_and_inode, latest, open })
}

#[cfg(test)]
mod tests;
