//! The data of the pages: values as they are displayed, and as they are drawn.

use std::borrow::Cow;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher as _};
use std::time::{SystemTime, UNIX_EPOCH};

use mmstats_core::{Snapshot, State};
use serde::Serialize;

use super::cell::{Bar, Cell, is_drawn};
use super::request::Asked;
use super::totals::{self, Total};
use super::watch::Look;
use crate::show::life::{self, Life};
use crate::watch::figure::Figure;
use crate::watch::track::Track;

/// Up to this many processes are in a list, and in graphs: a browser cannot show more each second.
const LISTED: usize = 1000;
const DRAWN: usize = 10_000;

/// Up to this many processes are shown with their statistics before anyone opens one.
const FEW: usize = 4;

/// Up to this many of the processes that were found by a label are shown with their statistics.
const FOUND: usize = 20;

/// What a page asks for.
#[derive(Debug)]
pub(super) struct Wanted {
    /// In lower case.
    filter: String,
    state: Option<String>,
    open: Open,
    /// Only these statistics, and only files that have one of them; for graphs.
    labels: Vec<String>,
    /// Only these files.
    paths: Vec<String>,
    /// Whether to include earlier points.
    history: bool,
    /// Whether to list the statistics that can be drawn.
    drawable: bool,
}

/// The processes that are shown with their statistics.
#[derive(Debug)]
enum Open {
    /// All, if there are few.
    IfFew,
    Ids(BTreeSet<String>),
}

impl Wanted {
    pub(super) fn parse(asked: &Asked) -> Self {
        let owned = |name| asked.all(name).map(str::to_owned).collect();
        Self {
            filter: asked.one("filter").unwrap_or_default().to_lowercase(),
            state: asked.one("state").filter(|state| !state.is_empty()).map(str::to_owned),
            open: match asked.one("open") {
                None => Open::IfFew,
                Some(ids) => Open::Ids(ids.split(',').map(str::to_owned).collect()),
            },
            labels: owned("label"),
            paths: owned("file"),
            history: asked.has("history"),
            drawable: asked.has("drawable"),
        }
    }

    fn selects(&self, track: &Track, snapshot: &Snapshot) -> bool {
        let has = |label: &String| snapshot.stat(label).is_some();
        let path = || track.path.to_string_lossy();
        self.state.as_ref().is_none_or(|state| snapshot.state().as_str() == state)
            && (self.filter.is_empty() || track.matches(&self.filter))
            && (self.paths.is_empty() || self.paths.iter().any(|wanted| *wanted == path()))
            && (self.labels.is_empty() || self.labels.iter().any(has))
    }

    fn opens(&self, id: &str, few: bool) -> bool {
        match &self.open {
            Open::IfFew => few,
            Open::Ids(ids) => ids.contains(id),
        }
    }

    /// Returns whether the statistic is shown, in a list that was found by a label or not.
    fn shows(&self, label: &str, by_label: bool) -> bool {
        (!by_label || label.to_lowercase().contains(&self.filter))
            && (self.labels.is_empty() || self.labels.iter().any(|wanted| wanted == label))
    }
}

#[derive(Serialize)]
pub(super) struct Answer<'l> {
    /// The time of the look; an answer with the same time contains nothing new.
    time: f64,
    /// The seconds from one look to the next.
    delay: f64,
    places: Vec<String>,
    /// The number of processes in each state, shown or not.
    states: BTreeMap<&'static str, usize>,
    notices: Vec<Cow<'l, str>>,
    /// The times of the points of all histories; the last one is that of this look.
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drawable: Option<BTreeSet<&'l str>>,
    /// The commands with several live processes.
    totals: Vec<Total<'l>>,
    files: Vec<Process<'l>>,
}

#[derive(Serialize)]
struct Process<'l> {
    /// Stands for the path.
    id: String,
    path: String,
    name: &'l str,
    command: &'l str,
    pid: Option<u32>,
    state: &'static str,
    /// What became of its writer, in words.
    life: String,
    /// That counts are missing.
    lost: Option<String>,
    headline: Option<Cell<'l>>,
    progress: Option<Bar>,
    stats: Option<Vec<Cell<'l>>>,
}

pub(super) fn answer<'l>(look: &'l Look, wanted: &Wanted, places: Vec<String>) -> Answer<'l> {
    let mut states = BTreeMap::new();
    for (_, snapshot) in look.files() {
        *states.entry(snapshot.state().as_str()).or_default() += 1;
    }
    let mut selected: Vec<(&Track, &Snapshot)> =
        look.files().filter(|(track, snapshot)| wanted.selects(track, snapshot)).collect();
    selected.sort_by_cached_key(|(track, snapshot)| {
        (rank(snapshot.state()), track.command().to_lowercase(), track.path.clone())
    });
    let few = selected.len() <= FEW;
    let mut found = 0;
    let totals = totals_of(look, wanted, &selected, few);
    let most = if wanted.labels.is_empty() { LISTED } else { DRAWN };
    let mut notices: Vec<Cow<'_, str>> = look.notices.iter().map(Into::into).collect();
    if selected.len() > most {
        let more = selected.len() - most;
        notices.push(format!("{more} more processes are not shown: filter them").into());
        selected.truncate(most);
    }
    let files = selected.into_iter().map(|(track, snapshot)| {
        // A process that was found by a label shows the statistics with this label.
        let by_label = !wanted.filter.is_empty() && !track.is_found_by(&wanted.filter);
        found += usize::from(by_label);
        let id = id(&track.path);
        let open =
            wanted.opens(&id, few) || !wanted.labels.is_empty() || by_label && found <= FOUND;
        let is_shown = |label: &str| wanted.shows(label, by_label);
        process((track, snapshot), look, id, wanted.history, open.then_some(&is_shown))
    });
    Answer {
        files: files.collect(),
        time: seconds_since_1970(look.time()),
        delay: look.interval.as_secs_f64(),
        places,
        states,
        notices,
        times: wanted.history.then(|| look.times.iter().copied().map(seconds_since_1970).collect()),
        drawable: wanted.drawable.then(|| drawable(look)),
        totals,
    }
}

/// Returns the totals of the selected files' commands. A total includes files that are not selected,
/// so that it does not depend on the filter. Graphs have none.
fn totals_of<'l>(
    look: &'l Look,
    wanted: &Wanted,
    selected: &[(&Track, &Snapshot)],
    few: bool,
) -> Vec<Total<'l>> {
    if !wanted.labels.is_empty() || !wanted.paths.is_empty() {
        return Vec::new();
    }
    let tracks: Vec<&Track> = selected.iter().map(|(track, _)| *track).collect();
    let by_label =
        !wanted.filter.is_empty() && !tracks.iter().any(|track| track.is_found_by(&wanted.filter));
    let is_shown = |label: &str| wanted.shows(label, by_label);
    let total = |group: totals::Group<'l>| {
        let id = id(&("total", group.command));
        let open = wanted.opens(&id, few) || by_label;
        group.total(id, look, open.then_some(&is_shown))
    };
    totals::groups(look, &tracks).into_iter().map(total).collect()
}

/// Sorts running processes first, then those that need attention.
fn rank(state: State) -> u8 {
    match state {
        State::Live => 0,
        State::Panicked => 1,
        State::Dead => 2,
        State::Closed => 4,
        _ => 3,
    }
}

/// Returns a short id, which stays the same as long as the subject does.
fn id(subject: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    subject.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn seconds_since_1970(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// Returns the labels of all statistics that can be drawn.
fn drawable(look: &Look) -> BTreeSet<&str> {
    let all = look.files().flat_map(|(track, _)| track.figures());
    let drawable = all.filter(|(_, figure)| is_drawn(&figure.summary()));
    drawable.map(|(_, figure)| figure.stat.key().as_str()).collect()
}

fn process<'l>(
    (track, snapshot): (&'l Track, &'l Snapshot),
    look: &Look,
    id: String,
    history: bool,
    shown: Option<&dyn Fn(&str) -> bool>,
) -> Process<'l> {
    let cell = |index, figure: &Figure<'l>| {
        Cell::of((track, snapshot), (index, figure), history, look.time())
    };
    let headline = track.headline().and_then(|index| Some(cell(index, &track.figure(index)?)));
    let stats = shown.map(|is_shown| {
        let shown = track.figures().filter(|(_, figure)| is_shown(figure.stat.key().as_str()));
        shown.map(|(index, figure)| cell(index, &figure)).collect()
    });
    let lost = snapshot.lanes_lost();
    Process {
        id,
        path: track.path.to_string_lossy().into_owned(),
        name: track.file_name(),
        command: track.command(),
        pid: track.pid(),
        state: snapshot.state().as_str(),
        life: life_of(snapshot, look.time()),
        lost: (lost > 0).then(|| life::threads_lost(lost)),
        headline,
        progress: track.progress().as_ref().and_then(Bar::of),
        stats,
    }
}

/// Formats what became of the writer: `40 min old`; `closed 3 min ago, ran 40 min`.
fn life_of(snapshot: &Snapshot, now: SystemTime) -> String {
    let life = Life::of(snapshot, now);
    match life.span {
        Some(span) if snapshot.state() == State::Live => span,
        Some(span) => format!("{}, {span}", life.state),
        None if snapshot.state() == State::Live => String::new(),
        None => life.state,
    }
}
