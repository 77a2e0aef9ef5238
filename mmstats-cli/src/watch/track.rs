//! A file over time.

use std::collections::HashMap;
use std::mem;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mmstats_core::{
    Delta, Event, FollowId, Lane, ReadError, Role, Sighting, Snapshot, Stat, State, Work,
};

use super::figure::Figure;
use super::history::History;
use super::progress;
use super::rate::per_second;

/// A file and what was seen of it.
#[derive(Debug, Clone)]
pub(crate) struct Track {
    pub(crate) id: FollowId,
    pub(crate) path: PathBuf,
    /// The latest snapshot; `None` if the file never could be read.
    pub(crate) now: Option<Arc<Snapshot>>,
    /// The one of the look before.
    pub(crate) before: Option<Arc<Snapshot>>,
    /// What changed between the two.
    pub(crate) change: Option<Arc<Delta>>,
    /// Why the file could not be read this time.
    pub(crate) error: Option<String>,
    /// Whether that is because no file has the path.
    pub(crate) missing: bool,
    /// Whether this is the last sighting of a file that was deleted.
    pub(crate) gone: bool,
    /// One for each statistic, in the order of the snapshot.
    histories: Vec<History>,
    /// The path, command and pid, in lower case.
    found_by: String,
}

impl Track {
    pub(super) fn new(sighting: &Sighting) -> Self {
        Self {
            id: sighting.id(),
            path: sighting.path().to_owned(),
            now: None,
            before: None,
            change: None,
            error: None,
            missing: false,
            gone: false,
            histories: Vec::new(),
            found_by: String::new(),
        }
    }

    pub(super) fn update(&mut self, sighting: &Sighting) {
        sighting.path().clone_into(&mut self.path);
        self.now = sighting.snapshot().cloned();
        self.before = sighting.before().cloned();
        self.change = sighting.change().map(Arc::new);
        self.error = sighting.error().map(ToString::to_string);
        self.missing = sighting.error().is_some_and(ReadError::is_not_found);
        self.gone = sighting.event() == Event::Gone;
        let pid = self.pid().map(|pid| pid.to_string()).unwrap_or_default();
        // Separated, so that nothing is found across the borders.
        let found_by = format!("{}\n{}\n{pid}", self.path.display(), self.command());
        self.found_by = found_by.to_lowercase();
    }

    /// Adds this look to the histories of all statistics.
    pub(super) fn push_histories(&mut self) {
        // The histories of a process that ended stay as they were at its end.
        if self.state().is_none_or(State::has_ended) || self.error.is_some() {
            return;
        }
        let points: Vec<Option<f64>> =
            self.all_figures().map(|figure| self.point(&figure)).collect();
        if self.histories.len() != points.len() {
            let histories = mem::take(&mut self.histories);
            self.histories = self.rearranged(histories);
        }
        for (history, point) in self.histories.iter_mut().zip(points) {
            if let Some(point) = point {
                history.push(point);
            }
        }
    }

    /// Returns the histories in the order of a snapshot that has statistics which were not in the one
    /// before: those of new keys begin now.
    fn rearranged(&self, histories: Vec<History>) -> Vec<History> {
        let before = self.before.as_deref().into_iter().flat_map(Snapshot::stats);
        let mut known: HashMap<_, _> =
            before.map(|stat| stat.key().as_str()).zip(histories).collect();
        let now = self.now.as_deref().into_iter().flat_map(Snapshot::stats);
        now.map(|stat| known.remove(stat.key().as_str()).unwrap_or_default()).collect()
    }

    /// Returns what this look adds to the history of a statistic.
    pub(crate) fn point(&self, figure: &Figure<'_>) -> Option<f64> {
        // Nobody knows whether an integer in a new file of version 1 has been counted since its
        // creation, or was set.
        let summary = figure.summary();
        let is_uncertain = summary.role == Role::Untyped && summary.is_counted();
        figure.point().filter(|_| self.before.is_some() || !is_uncertain)
    }

    /// Returns all statistics, the facts about the writer included.
    pub(crate) fn all_figures(&self) -> impl Iterator<Item = Figure<'_>> + Clone {
        let elapsed = self.elapsed();
        let mut changes = self.change.as_deref().map(Delta::stats);
        let stats = self.now.as_deref().map(Snapshot::stats).into_iter().flatten();
        stats.map(move |stat| {
            let change = changes.as_mut().and_then(Iterator::next).map(|change| change.value());
            Figure { stat, change, elapsed }
        })
    }

    /// Returns the statistics without the facts about the writer, which are shown elsewhere, each
    /// with its number in the snapshot.
    pub(crate) fn figures(&self) -> impl Iterator<Item = (usize, Figure<'_>)> + Clone {
        self.all_figures().enumerate().filter(|(_, figure)| !figure.stat.is_fact())
    }

    /// Returns the statistic with this number.
    pub(crate) fn figure(&self, index: usize) -> Option<Figure<'_>> {
        self.all_figures().nth(index)
    }

    /// Returns the share that a lane has in the statistic with this number, and its rate.
    pub(crate) fn lane_share(&self, lane: usize, index: usize) -> Option<(Stat<'_>, Option<f64>)> {
        let stat = lane_stat(self.now.as_deref()?, lane, index)?;
        let rate = || {
            let (now, before) = (self.now.as_deref()?, self.before.as_deref()?);
            let tid = |snapshot: &Snapshot| snapshot.lanes().get(lane).map(Lane::tid);
            // The lane of a thread that ended goes to the next one.
            let lane = before.lanes().get(lane).filter(|_| tid(now) == tid(before))?;
            let earlier = lane.stats().find(|earlier| earlier.key() == stat.key())?;
            let count = stat.value().count()? - earlier.value().count()?;
            per_second(count, self.elapsed()?)
        };
        Some((stat, rate()))
    }

    /// Returns the length of the interval since the look before.
    fn elapsed(&self) -> Option<Duration> {
        self.change.as_deref().and_then(Delta::elapsed)
    }

    /// Returns the history of the statistic with this number.
    pub(crate) fn history(&self, index: usize) -> Option<&History> {
        self.histories.get(index)
    }

    /// Returns the number of the statistic that stands for all: the first one that counts, in the
    /// order in which the program declares them; if none does, the first number that can change.
    pub(crate) fn headline(&self) -> Option<usize> {
        let role = |figure: &Figure<'_>| figure.summary().role;
        // What says how much is missing stands for nothing.
        let is_loss = |figure: &Figure<'_>| figure.stat.name().ends_with(".overflow");
        let counts = |figure: &Figure<'_>| figure.summary().is_counted() && !is_loss(figure);
        let changes = |figure: &Figure<'_>| {
            figure.summary().headline.number().is_some() && role(figure) != Role::Constant
        };
        let first = |wanted: &dyn Fn(&Figure<'_>) -> bool| {
            self.figures().find(|(_, figure)| wanted(figure)).map(|(index, _)| index)
        };
        first(&counts).or_else(|| first(&changes))
    }

    /// Returns whether the path, command, pid or a key contains the filter, which is in lower case.
    pub(crate) fn matches(&self, filter: &str) -> bool {
        self.is_found_by(filter) || self.figures().any(|(_, figure)| has(&figure, filter))
    }

    /// Returns whether the path, command or pid contains the filter, which is in lower case.
    pub(crate) fn is_found_by(&self, filter: &str) -> bool {
        self.found_by.contains(filter)
    }

    /// Returns the name under which the program was started; if the file does not tell it, the
    /// name of the file.
    pub(crate) fn command(&self) -> &str {
        let command = self.now.as_ref().and_then(|now| now.writer().command());
        let stem = || self.path.file_stem().and_then(|stem| stem.to_str());
        command.filter(|command| !command.is_empty()).or_else(stem).unwrap_or("?")
    }

    /// Returns the name of the file, as far as it is text.
    pub(crate) fn file_name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or("?")
    }

    /// Returns the snapshot of this look; `None` if the file could not be read, or is gone.
    pub(crate) fn present(&self) -> Option<&Arc<Snapshot>> {
        self.now.as_ref().filter(|_| self.error.is_none() && !self.gone)
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.now.as_ref().and_then(|now| now.writer().pid())
    }

    /// Returns the state of the writer; `None` if the file never could be read.
    pub(crate) fn state(&self) -> Option<State> {
        self.now.as_ref().map(|now| now.state())
    }

    pub(crate) fn progress(&self) -> Option<Work> {
        progress::of(self.now.as_deref()?)
    }

    /// Returns whether the writer ended since the look before, and how.
    pub(crate) fn end(&self) -> Option<State> {
        let was_live = self.before.as_ref().is_some_and(|before| before.state() == State::Live);
        self.state().filter(|state| was_live && state.has_ended())
    }
}

/// Returns the statistic with this number in the snapshot, as one lane has it.
fn lane_stat(snapshot: &Snapshot, lane: usize, index: usize) -> Option<Stat<'_>> {
    let lane = snapshot.lanes().get(lane)?;
    // Lanes have no facts, which come first.
    let facts = snapshot.stats().len() - lane.stats().len();
    lane.stats().nth(index.checked_sub(facts)?)
}

/// Returns whether the key contains the filter, which is in lower case.
pub(crate) fn has(figure: &Figure<'_>, filter: &str) -> bool {
    figure.stat.key().as_str().to_lowercase().contains(filter)
}
