//! Reads the files for all clients together: at most once per interval, and only on request.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use mmstats_core::{Snapshot, default_globs};

use crate::report::Report;
use crate::watch::history;
use crate::watch::track::Track;
use crate::watch::watcher::Watcher;

/// How long the files are kept open without requests, so that the next request still has rates.
pub(super) const KEPT: Duration = Duration::from_mins(2);

/// The served files, as they were read last.
#[derive(Debug)]
pub(super) struct Watch {
    targets: Vec<OsString>,
    interval: Duration,
    latest: Mutex<Option<Look>>,
}

/// All files at one moment.
#[derive(Debug)]
pub(super) struct Look {
    watcher: Watcher,
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
    pub(super) fn new(targets: Vec<OsString>, interval: Duration) -> Self {
        Self { targets, interval, latest: Mutex::new(None) }
    }

    /// Returns the places that are searched for files, for display.
    pub(super) fn places(&self) -> Vec<String> {
        let targets = self.targets.iter().map(|target| target.to_string_lossy().into_owned());
        if self.targets.is_empty() { default_globs() } else { targets.collect() }
    }

    /// Calls `answer` with the current look. Reads the files if the latest look is older than the
    /// interval; blocks while another request does so.
    pub(super) fn ask<T>(&self, answer: impl FnOnce(&Look) -> T) -> T {
        let mut latest = self.latest();
        let look = match latest.take().filter(|look| !look.is_forgotten()) {
            Some(look) if look.at.elapsed() < self.interval => look,
            Some(look) => look.again(),
            None => Look::first(self.targets.clone(), self.interval),
        };
        answer(latest.insert(look))
    }

    /// Closes the files if there were no requests for a while.
    pub(super) fn forget_if_idle(&self) {
        let mut latest = self.latest();
        if latest.as_ref().is_some_and(Look::is_forgotten) {
            *latest = None;
        }
    }

    /// A thread that panicked left either no look or a complete one.
    fn latest(&self) -> MutexGuard<'_, Option<Look>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Look {
    fn first(targets: Vec<OsString>, interval: Duration) -> Self {
        let look = Self {
            watcher: Watcher::new(targets).with_histories(),
            notices: Vec::new(),
            times: VecDeque::new(),
            interval,
            at: Instant::now(),
            elapsed: None,
        };
        look.again()
    }

    fn again(mut self) -> Self {
        let now = Instant::now();
        self.elapsed = (!self.times.is_empty()).then(|| now - self.at);
        self.at = now;
        if self.times.len() == history::KEPT {
            self.times.pop_front();
        }
        self.times.push_back(SystemTime::now());
        let mut report = Report::quiet();
        self.watcher.look(&mut report);
        self.notices = report.lines();
        self
    }

    /// Returns what was found of all files, including the last sight of those that are gone.
    pub(super) fn tracks(&self) -> &[Track] {
        self.watcher.tracks()
    }

    /// Returns the files that exist and could be read.
    pub(super) fn files(&self) -> impl Iterator<Item = (&Track, &Snapshot)> {
        let present = self.tracks().iter().filter(|track| !track.gone);
        present.filter_map(|track| Some((track, track.now.as_deref()?)))
    }

    /// Returns when this look was taken.
    pub(super) fn time(&self) -> SystemTime {
        self.times.back().copied().unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// Returns whether the look is too old to compare another one with.
    fn is_forgotten(&self) -> bool {
        self.at.elapsed() > KEPT.max(self.interval * 2)
    }
}
