//! Looks at the files, for all who ask together: at most once an interval, and never while nobody
//! asks.

use std::collections::{HashMap, VecDeque};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use mmstats_core::{Snapshot, default_globs};

use crate::poll::follow::{Following, Seen};
use crate::report::Report;
use crate::top::history::{self, History};
use crate::top::interval;
use crate::top::sample::{Sample, has_ended};
use crate::top::track::Track;
use crate::watch::baseline::Baseline;

/// How long what was read is kept while nobody asks, so that what is counted until somebody asks
/// again has a rate.
pub(super) const KEPT: Duration = Duration::from_mins(2);

/// What is to be looked at, and what was seen of it.
#[derive(Debug)]
pub(super) struct Watch {
    targets: Vec<OsString>,
    delay: Duration,
    latest: Mutex<Option<Look>>,
}

/// All files at one moment.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) files: Vec<File>,
    /// What could not be read, and why there may be fewer files than were asked for.
    pub(super) notices: Vec<String>,
    /// When this and earlier ones were; the latest is the last.
    pub(super) times: VecDeque<SystemTime>,
    pub(super) delay: Duration,
    following: Following,
    at: Instant,
}

/// A file at that moment.
#[derive(Debug)]
pub(super) struct File {
    pub(super) seen: Seen,
    /// What it shows, and showed before.
    pub(super) track: Track,
}

impl File {
    pub(super) fn snapshot(&self) -> &Snapshot {
        &self.seen.now
    }

    /// Whether nothing is known of it from before: then of an integer of version 1 nobody can tell
    /// yet what it counted.
    pub(super) fn is_new(&self) -> bool {
        self.seen.before.is_none()
    }
}

impl Watch {
    pub(super) fn new(targets: Vec<OsString>, delay: Duration) -> Self {
        Self { targets, delay, latest: Mutex::new(None) }
    }

    /// Where files are looked for, for people.
    pub(super) fn places(&self) -> Vec<String> {
        let targets = self.targets.iter().map(|target| target.to_string_lossy().into_owned());
        if self.targets.is_empty() { default_globs() } else { targets.collect() }
    }

    /// Calls `ask` with what there is now, or was a moment ago. Reads files, and waits for who else
    /// asks.
    pub(super) fn ask<T>(&self, ask: impl FnOnce(&Look) -> T) -> T {
        let mut latest = self.latest();
        if latest.as_ref().is_some_and(Look::is_forgotten) {
            *latest = None;
        }
        let look = match latest.take() {
            Some(look) if look.at.elapsed() < self.delay => look,
            Some(look) => look.again(),
            None => Look::first(self.targets.clone(), self.delay),
        };
        ask(latest.insert(look))
    }

    /// Lets go of the files if nobody has asked for long.
    pub(super) fn forget_if_idle(&self) {
        let mut latest = self.latest();
        if latest.as_ref().is_some_and(Look::is_forgotten) {
            *latest = None;
        }
    }

    /// Whoever panicked left either no look or a complete one.
    fn latest(&self) -> MutexGuard<'_, Option<Look>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Look {
    fn first(targets: Vec<OsString>, delay: Duration) -> Self {
        let following = Following::new(targets, Baseline::default());
        let look = Self {
            files: Vec::new(),
            notices: Vec::new(),
            times: VecDeque::new(),
            delay,
            following,
            at: Instant::now(),
        };
        look.again()
    }

    fn again(mut self) -> Self {
        self.at = Instant::now();
        if self.times.len() == history::KEPT {
            self.times.pop_front();
        }
        self.times.push_back(SystemTime::now());
        let mut report = Report::quiet();
        let mut seen = self.following.look(&mut report);
        self.notices = report.lines();
        seen.retain(|seen| !seen.gone);
        let tracks = self.files.into_iter().map(|file| (file.track.path.clone(), file.track));
        let mut tracks: HashMap<PathBuf, Track> = tracks.collect();
        let files = seen.into_iter().map(|seen| {
            let track = tracks.remove(seen.now.path());
            File { track: tracked(&seen, track), seen }
        });
        self.files = files.collect();
        self
    }

    /// Whether it was so long ago that it is nothing to compare with.
    fn is_forgotten(&self) -> bool {
        self.at.elapsed() > KEPT.max(self.delay * 2)
    }
}

/// What is shown of a file, with what was seen of it before.
fn tracked(seen: &Seen, track: Option<Track>) -> Track {
    let known = track.as_ref().and_then(|track| Some(track.process()?.names.clone()));
    // What happened last is no longer happening.
    let earlier = seen.before.as_deref().filter(|before| !has_ended(before.state()));
    let content = interval::process(&seen.now, (0, 0), earlier, known.as_ref());
    if let Some(mut track) = track {
        track.update(Ok(content));
        return track;
    }
    let mut track = Track::new(Sample { path: seen.now.path().into(), content: Ok(content) });
    if seen.now.version() == 1 {
        // An integer that proves to count has a value there, and no rate.
        track.histories.fill(History::default());
    }
    track
}
