//! Reads the files for all clients together: at most once per interval, and only on request.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use mmstats_core::{Snapshot, default_globs};

use crate::report::Report;
use crate::watch::history;
use crate::watch::track::Track;
use crate::watch::watcher::Watcher;

/// How long the files are kept open without requests, so that the next request still has rates.
pub(super) const KEPT: Duration = Duration::from_mins(2);

/// The number of notices of a look, at most: every file may have one.
const NOTICES: usize = 100;

/// The served files, as they were read last.
#[derive(Debug)]
pub(super) struct Watch {
    targets: Vec<OsString>,
    interval: Duration,
    /// How many files are read, and how many of them stay open.
    files: usize,
    open: usize,
    /// Locked while the files are read.
    reader: Mutex<Option<Reader>>,
    /// Locked only to share it. There is none while the files are read.
    latest: Mutex<Option<Arc<Look>>>,
}

/// The state that is kept from one look to the next.
#[derive(Debug)]
struct Reader {
    watcher: Watcher,
    times: VecDeque<SystemTime>,
    at: Instant,
}

/// All files at one moment.
#[derive(Debug)]
pub(super) struct Look {
    /// What was found of all files, including the last sight of those that are gone.
    pub(super) tracks: Vec<Arc<Track>>,
    /// What could not be read, and why there may be fewer files than expected.
    pub(super) notices: Vec<String>,
    /// The times of this look and the ones before; this one is the last.
    pub(super) times: VecDeque<SystemTime>,
    /// The shortest time between two looks.
    pub(super) interval: Duration,
    at: Instant,
    /// The time since the look before.
    pub(super) elapsed: Option<Duration>,
}

impl Watch {
    /// Reads up to `files` files, and keeps up to `open` of them open.
    pub(super) fn new(
        targets: Vec<OsString>,
        interval: Duration,
        files: usize,
        open: usize,
    ) -> Self {
        Self { targets, interval, files, open, reader: Mutex::default(), latest: Mutex::default() }
    }

    /// Returns the places that are searched for files, for display.
    pub(super) fn places(&self) -> Vec<String> {
        let targets = self.targets.iter().map(|target| target.to_string_lossy().into_owned());
        if self.targets.is_empty() { default_globs() } else { targets.collect() }
    }

    /// Returns the current look. Reads the files if the latest look is older than the interval;
    /// blocks while another request does so, but never while another one uses a look.
    pub(super) fn look(&self) -> Arc<Look> {
        if let Some(look) = self.fresh() {
            return look;
        }
        let mut reader = lock(&self.reader);
        // Another request may have read them in the meantime.
        if let Some(look) = self.fresh() {
            return look;
        }
        // Its tracks are updated in place, unless a request still uses them.
        *lock(&self.latest) = None;
        let current = reader.take().filter(|reader| !self.is_forgotten(reader.at));
        let current = current.unwrap_or_else(|| Reader {
            watcher: Watcher::new(self.targets.clone())
                .with_histories()
                .at_most(self.files)
                .keep_open(self.open),
            times: VecDeque::new(),
            at: Instant::now(),
        });
        let look = Arc::new(reader.insert(current).read(self.interval));
        *lock(&self.latest) = Some(look.clone());
        look
    }

    /// Returns the latest look, unless it is older than the interval.
    fn fresh(&self) -> Option<Arc<Look>> {
        let latest = lock(&self.latest);
        latest.as_ref().filter(|look| look.at.elapsed() < self.interval).cloned()
    }

    /// Closes the files if there were no requests for a while.
    pub(super) fn forget_if_idle(&self) {
        let mut reader = lock(&self.reader);
        if reader.as_ref().is_some_and(|reader| self.is_forgotten(reader.at)) {
            (*reader, *lock(&self.latest)) = (None, None);
        }
    }

    /// Returns whether a look is too old to compare another one with.
    fn is_forgotten(&self, at: Instant) -> bool {
        at.elapsed() > KEPT.max(self.interval * 2)
    }
}

/// A thread that panicked left either nothing or something complete.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Reader {
    fn read(&mut self, interval: Duration) -> Look {
        let now = Instant::now();
        let elapsed = (!self.times.is_empty()).then(|| now - self.at);
        self.at = now;
        if self.times.len() == history::KEPT {
            self.times.pop_front();
        }
        self.times.push_back(SystemTime::now());
        let mut report = Report::quiet();
        let tracks = self.watcher.look(&mut report).to_vec();
        let mut notices = report.lines();
        if let Some(more) = notices.len().checked_sub(NOTICES).filter(|more| *more > 0) {
            notices.truncate(NOTICES);
            notices.push(format!("and {more} more"));
        }
        Look { tracks, notices, times: self.times.clone(), interval, at: now, elapsed }
    }
}

impl Look {
    /// Returns the files that exist and could be read.
    pub(super) fn files(&self) -> impl Iterator<Item = (&Track, &Snapshot)> {
        let present = self.tracks.iter().filter(|track| !track.gone);
        present.filter_map(|track| Some((&**track, track.now.as_deref()?)))
    }

    /// Returns when this look was taken.
    pub(super) fn time(&self) -> SystemTime {
        self.times.back().copied().unwrap_or(SystemTime::UNIX_EPOCH)
    }
}
