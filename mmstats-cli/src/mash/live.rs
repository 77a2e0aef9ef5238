//! What the pages ask for, over and over: numbers as they are shown, and as they are drawn.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash as _, Hasher as _};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mmstats_core::{Kind, State};
use serde::Serialize;

use super::routes::Asked;
use super::watch::{File, Look};
use crate::show::cells;
use crate::show::human;
use crate::top::sample::{Figure, Name, Value};
use crate::top::track::{Track, contains};

/// So many processes are shown with their statistics, before anyone asks for those of one.
const FEW: usize = 4;

/// So many are, of those that a label was looked for and found in.
const FOUND: usize = 20;

/// What a page wants to know.
#[derive(Debug)]
pub(super) struct Wanted {
    /// In lower case.
    filter: String,
    state: Option<String>,
    open: Open,
    /// Only these statistics, of the files that have them; for graphs.
    labels: Vec<String>,
    /// Only of these files.
    paths: Vec<String>,
    /// What was before.
    history: bool,
    /// What can be drawn.
    drawable: bool,
}

/// Of which processes it wants to know the statistics.
#[derive(Debug)]
enum Open {
    /// Of all, if there are few.
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
}

#[derive(Serialize)]
pub(super) struct Answer<'l> {
    /// When it was looked at: the same one has nothing new.
    time: f64,
    delay: f64,
    places: Vec<String>,
    /// How many processes there are of each state, whatever is shown.
    states: BTreeMap<&'static str, usize>,
    notices: &'l [String],
    /// Of each point of a history, so that the latest is of now.
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drawable: Option<BTreeSet<&'l str>>,
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
    age: Option<String>,
    fields: usize,
    lanes_lost: u64,
    headline: Option<Cell<'l>>,
    progress: Option<Progress>,
    stats: Option<Vec<Cell<'l>>>,
}

#[derive(Serialize)]
struct Progress {
    part: f64,
    percent: String,
    left: Option<String>,
}

/// A statistic.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key that a script looks at")]
struct Cell<'l> {
    label: &'l str,
    help: &'l str,
    unit: &'l str,
    kind: Option<String>,
    value: String,
    /// Whether that is no number.
    text: bool,
    rate: Option<String>,
    mean: Option<String>,
    p50: Option<String>,
    p99: Option<String>,
    running: Option<String>,
    /// Whether means and quantiles are of the last interval, and not of all time.
    latest: bool,
    torn: bool,
    /// Whether what is drawn is a rate.
    counted: bool,
    /// What is drawn.
    point: Option<f64>,
    /// Mean and 99th percentile of a timer, in seconds, where something was timed.
    seconds: Option<[f64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Vec<Option<f64>>>,
}

pub(super) fn answer<'l>(look: &'l Look, wanted: &Wanted, places: Vec<String>) -> Answer<'l> {
    let mut states = BTreeMap::new();
    for file in &look.files {
        *states.entry(file.snapshot().state().as_str()).or_default() += 1;
    }
    let mut meant: Vec<&File> = look.files.iter().filter(|file| wanted.is_meant(file)).collect();
    meant.sort_by_key(|file| (rank(file), file.track.command().to_lowercase(), &file.track.path));
    let few = meant.len() <= FEW;
    let mut found = 0;
    let files = meant.into_iter().map(|file| {
        // It was found by a label: then that is what somebody wants to see.
        let by_label = !wanted.filter.is_empty() && !file.track.found_by.contains(&wanted.filter);
        found += usize::from(by_label);
        let id = id(&file.track.path);
        let open = match &wanted.open {
            Open::IfFew => few,
            Open::Ids(ids) => ids.contains(&id),
        };
        let open = open || !wanted.labels.is_empty() || by_label && found <= FOUND;
        let is_shown = |label: &str| {
            (!by_label || contains(label, &wanted.filter))
                && (wanted.labels.is_empty() || wanted.labels.iter().any(|wanted| wanted == label))
        };
        process(file, id, wanted.history, open.then_some(&is_shown))
    });
    Answer {
        files: files.collect(),
        time: look.times.back().copied().map_or(0.0, seconds_since_1970),
        delay: look.delay.as_secs_f64(),
        places,
        states,
        notices: &look.notices,
        times: wanted.history.then(|| look.times.iter().copied().map(seconds_since_1970).collect()),
        drawable: wanted.drawable.then(|| drawable(look)),
    }
}

impl Wanted {
    fn is_meant(&self, file: &File) -> bool {
        let has = |label: &String| file.snapshot().stat(label).is_some();
        let path = || file.track.path.to_string_lossy();
        self.state.as_ref().is_none_or(|state| file.snapshot().state().as_str() == state)
            && (self.filter.is_empty() || file.track.matches(&self.filter))
            && (self.paths.is_empty() || self.paths.iter().any(|wanted| *wanted == path()))
            && (self.labels.is_empty() || self.labels.iter().any(has))
    }
}

/// What runs comes first, and then what somebody should look at.
fn rank(file: &File) -> u8 {
    match file.snapshot().state() {
        State::Live => 0,
        State::Panicked => 1,
        State::Dead => 2,
        State::Closed => 4,
        _ => 3,
    }
}

/// Short, and the same as long as the file has this name.
fn id(path: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn seconds_since_1970(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// The labels of all statistics that are numbers and can change.
fn drawable(look: &Look) -> BTreeSet<&str> {
    let all = look.files.iter().flat_map(|file| file.track.names_and_figures());
    let drawable = all.filter(|(name, figure)| {
        name.kind != Some(Kind::Constant)
            && !matches!(figure.value, Value::Text(_) | Value::Unknown { .. })
    });
    drawable.map(|(name, _)| name.label.as_str()).collect()
}

fn process<'l>(
    file: &'l File,
    id: String,
    history: bool,
    shown: Option<&dyn Fn(&str) -> bool>,
) -> Process<'l> {
    let (track, snapshot) = (&file.track, file.snapshot());
    let cell = |(index, (name, figure))| cell(file, index, name, figure, history);
    let headline = track
        .headline()
        .and_then(|index| Some(cell((index, track.names_and_figures().nth(index)?))));
    let stats = shown.map(|is_shown| {
        let all = track.names_and_figures().enumerate();
        all.filter(|(_, (name, _))| is_shown(&name.label)).map(cell).collect()
    });
    Process {
        id,
        path: track.path.to_string_lossy().into_owned(),
        name: track.file_name(),
        command: track.command(),
        pid: track.pid(),
        state: snapshot.state().as_str(),
        age: track.age(snapshot.taken()).map(age),
        fields: track.names_and_figures().count(),
        lanes_lost: snapshot.lanes_lost(),
        headline,
        progress: progress(track),
        stats,
    }
}

/// Not to the millisecond: it is a second later that somebody sees it.
fn age(age: Duration) -> String {
    human::duration(Duration::from_secs(age.as_secs()))
}

fn progress(track: &Track) -> Option<Progress> {
    let progress = track.progress()?;
    Some(Progress {
        part: (progress.done / progress.total).clamp(0.0, 1.0),
        percent: cells::percent(progress.done, progress.total),
        left: progress.left.map(age),
    })
}

fn cell<'l>(
    file: &File,
    index: usize,
    name: &'l Name,
    figure: &'l Figure,
    with_history: bool,
) -> Cell<'l> {
    let (mean, p50, p99, running, latest, seconds) = match &figure.value {
        Value::Timer(times) => {
            let shown = |time| (times.count > 0).then(|| human::duration(time));
            let is_dead = file.snapshot().state() == State::Dead;
            let running = cells::running(times.running, times.running_for, is_dead);
            let seconds = [times.mean, times.p99].map(|time| time.as_secs_f64());
            let running = Some(running).filter(|running| !running.is_empty());
            let seconds = times.latest.then_some(seconds);
            (shown(times.mean), shown(times.p50), shown(times.p99), running, times.latest, seconds)
        }
        Value::Mean { count, mean, latest } => {
            let shown = (*count > 0).then(|| human::mean(*mean));
            (shown, None, None, None, *latest, None)
        }
        _ => (None, None, None, None, true, None),
    };
    let is_constant = name.kind == Some(Kind::Constant);
    // Of an integer of version 1 it is not known yet whether it counts.
    let is_undecided = file.is_new() && file.snapshot().version() == 1;
    let point = figure.point().filter(|point| point.is_finite() && !is_constant && !is_undecided);
    let history = || {
        let points = file.track.histories.get(index).filter(|_| !is_constant);
        let points = points.into_iter().flat_map(|points| points.last(usize::MAX));
        points.map(|point| Some(point).filter(|point| point.is_finite())).collect()
    };
    Cell {
        label: &name.label,
        help: &name.help,
        unit: &name.unit,
        kind: name.kind.map(|kind| format!("{kind:?}")),
        value: cells::value(name, figure),
        text: matches!(figure.value, Value::Text(_) | Value::Unknown { .. }),
        rate: figure.rate.filter(|_| figure.is_counted()).map(cells::rate),
        mean,
        p50,
        p99,
        running,
        latest,
        torn: figure.torn,
        counted: figure.is_counted(),
        point,
        seconds,
        history: with_history.then(history),
    }
}
