//! What the screen is about: all processes, which of them are shown, and what was typed.
//!
//! It does no input or output: samples and keys come in, and `view` shows what it has become.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use mmstats_core::{Kind, State};

use super::history::History;
use super::keys::Key;
use super::sample::{Figure, Identity, Name, Process, Sample, Value, has_ended};

/// What a rate is taken over that tells when something will be done.
const TICKS_OF_PROGRESS: usize = 30;

/// A file and what was seen of it.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) path: PathBuf,
    /// What was seen last, or why nothing was.
    pub(super) content: Result<Process, String>,
    /// Of each figure.
    pub(super) histories: Vec<History>,
    /// What it is found by, in lower case: the path, the command, the pid.
    found_by: String,
    /// Whose histories these are.
    identity: Option<Identity>,
}

/// Everything.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key that toggles something")]
pub(super) struct Model {
    tracks: Vec<Track>,
    /// Those that are shown, in order, as indices.
    shown: Vec<usize>,
    /// How many would be shown if those that ended were.
    hidden: usize,
    /// Which one is selected: the same one whatever happens to the list.
    selected: Option<PathBuf>,
    pub(super) screen: Screen,
    pub(super) help: bool,
    pub(super) paused: bool,
    pub(super) show_ended: bool,
    pub(super) show_lanes: bool,
    pub(super) sort: Sort,
    pub(super) reversed: bool,
    /// What processes are filtered by.
    pub(super) filter: String,
    /// Whether keys go to the filter of the screen.
    pub(super) editing: bool,
    pub(super) notices: Vec<String>,
    pub(super) delay: Duration,
    /// Against which ages are told.
    pub(super) now: SystemTime,
    /// Whether anything was sampled yet.
    pub(super) sampled: bool,
    /// How many rows the list under the cursor has on the screen; `view` says so.
    pub(super) page: usize,
    /// The first row of the list of processes that is on the screen; `view` keeps it.
    pub(super) offset: usize,
}

/// What fills the screen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Screen {
    /// All processes, and below them the fields of the selected one.
    #[default]
    Processes,
    /// All fields of the selected process.
    Process(Fields),
}

/// A cursor in the fields of a process.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    /// Among those that are shown.
    pub(super) selected: usize,
    pub(super) offset: usize,
    pub(super) filter: String,
}

/// A row of a process: a field, or one thread's part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FieldRow {
    pub(super) field: usize,
    pub(super) lane: Option<usize>,
}

impl FieldRow {
    pub(super) fn figure(self, process: &Process) -> Option<&Figure> {
        match self.lane {
            None => process.figures.get(self.field),
            Some(lane) => process.lanes.get(lane)?.figures.get(self.field),
        }
    }
}

/// By what processes are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Command,
    Pid,
    State,
    Age,
    Stats,
    Rate,
}

/// What to do about a key, beyond the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Continue,
    Quit,
    Suspend,
}

/// How far a process is, by the statistics that it has for this: a constant `total`, a counter
/// `done`, and a constant `done_before` if it went on where another one had ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Progress {
    pub(super) done: f64,
    pub(super) total: f64,
    pub(super) left: Option<Duration>,
}

impl Sort {
    const ALL: [Self; 6] =
        [Self::Command, Self::Pid, Self::State, Self::Age, Self::Stats, Self::Rate];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Pid => "pid",
            Self::State => "state",
            Self::Age => "age",
            Self::Stats => "stats",
            Self::Rate => "rate",
        }
    }

    fn next(self) -> Self {
        let at = Self::ALL.iter().position(|sort| *sort == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }
}

impl Model {
    pub(super) fn new(filter: String, delay: Duration, now: SystemTime) -> Self {
        Self {
            tracks: Vec::new(),
            shown: Vec::new(),
            hidden: 0,
            selected: None,
            screen: Screen::Processes,
            help: false,
            paused: false,
            show_ended: true,
            show_lanes: false,
            sort: Sort::Command,
            reversed: false,
            filter,
            editing: false,
            notices: Vec::new(),
            delay,
            now,
            sampled: false,
            page: 1,
            offset: 0,
        }
    }

    // ---- What is shown ----

    /// The processes that are shown, in order.
    pub(super) fn shown(&self) -> impl ExactSizeIterator<Item = &Track> + Clone {
        self.shown.iter().map(|index| &self.tracks[*index])
    }

    /// Where the selected process is among those that are shown.
    pub(super) fn cursor(&self) -> Option<usize> {
        let selected = self.selected.as_deref()?;
        self.shown().position(|track| track.path == selected)
    }

    pub(super) fn selected(&self) -> Option<&Track> {
        let selected = self.selected.as_deref()?;
        self.tracks.iter().find(|track| track.path == selected)
    }

    /// How many processes there are in each state; `None` of those that cannot be read.
    pub(super) fn count(&self, of: Option<State>) -> usize {
        self.tracks.iter().filter(|track| track.state() == of).count()
    }

    /// How many are not shown because they ended.
    pub(super) fn hidden(&self) -> usize {
        self.hidden
    }

    /// Which fields of a process are shown, as indices.
    fn fields(&self, track: &Track) -> Vec<usize> {
        let Ok(process) = &track.content else { return Vec::new() };
        let filter = match &self.screen {
            Screen::Process(fields) => fields.filter.to_lowercase(),
            // One that is found by its own name is shown with all its fields.
            Screen::Processes => {
                let filter = self.filter.to_lowercase();
                if track.found_by.contains(&filter) { String::new() } else { filter }
            }
        };
        let names = process.names.iter().enumerate();
        names.filter(|(_, name)| contains(&name.label, &filter)).map(|(index, _)| index).collect()
    }

    /// The rows that a process is shown in: its fields, and each thread's part if it is wanted.
    pub(super) fn rows(&self, track: &Track) -> Vec<FieldRow> {
        let Some(process) = track.process() else { return Vec::new() };
        let lanes = if self.show_lanes { process.lanes.len() } else { 0 };
        let parts = |field: usize| {
            let name = &process.names[field];
            // What is constant says the same in all of them.
            let varies = !matches!(name.kind, Some(Kind::Constant | Kind::ConstantText));
            let lanes = if varies { lanes } else { 0 };
            let lanes = (0..lanes).map(move |lane| FieldRow { field, lane: Some(lane) });
            std::iter::once(FieldRow { field, lane: None }).chain(lanes)
        };
        self.fields(track).into_iter().flat_map(parts).collect()
    }

    /// Shows or hides the threads' parts, and keeps the selected field.
    fn toggle_lanes(&mut self) {
        let rows =
            |model: &Self| model.selected().map(|track| model.rows(track)).unwrap_or_default();
        let before = rows(self);
        self.show_lanes = !self.show_lanes;
        let after = rows(self);
        if let Screen::Process(fields) = &mut self.screen {
            let field = before.get(fields.selected).map(|row| row.field);
            let at = after.iter().position(|row| Some(row.field) == field);
            fields.selected = at.unwrap_or(0);
        }
    }

    // ---- Samples ----

    /// Takes in what was seen at a tick, unless the screen is to stand still.
    pub(super) fn sampled(&mut self, samples: Vec<Sample>, notices: Vec<String>, now: SystemTime) {
        if self.paused {
            return;
        }
        self.sampled = true;
        self.now = now;
        self.notices = notices;
        let before = std::mem::take(&mut self.tracks);
        let mut before: HashMap<PathBuf, Track> =
            before.into_iter().map(|track| (track.path.clone(), track)).collect();
        for sample in samples {
            match before.remove(&sample.path) {
                Some(mut track) => {
                    track.update(sample.content);
                    self.tracks.push(track);
                }
                None => self.tracks.push(Track::new(sample)),
            }
        }
        self.arrange();
    }

    /// Filters and sorts, and keeps the selected process if it is still there.
    fn arrange(&mut self) {
        let cursor = self.cursor().unwrap_or(0);
        let filter = self.filter.to_lowercase();
        let matches = |track: &Track| track.matches(&filter);
        let all = || self.tracks.iter().enumerate().filter(|(_, track)| matches(track));
        let mut shown: Vec<usize> = all()
            .filter(|(_, track)| self.show_ended || !track.state().is_some_and(has_ended))
            .map(|(index, _)| index)
            .collect();
        self.hidden = all().count() - shown.len();
        let (sort, reversed) = (self.sort, self.reversed);
        shown.sort_by(|a, b| {
            let (a, b) = (&self.tracks[*a], &self.tracks[*b]);
            let order = compare(a, b, sort);
            let order = if reversed { order.reverse() } else { order };
            order.then_with(|| a.command().cmp(b.command())).then_with(|| a.path.cmp(&b.path))
        });
        self.shown = shown;
        // Someone who looks at one process does not want to be taken to another.
        let is_drilled = matches!(self.screen, Screen::Process(_));
        if self.cursor().is_none() && !(is_drilled && self.selected().is_some()) {
            self.screen = Screen::Processes;
            self.select(cursor);
        }
    }

    fn select(&mut self, cursor: usize) {
        let last = self.shown.len().saturating_sub(1);
        let selected = self.shown().nth(cursor.min(last)).map(|track| track.path.clone());
        self.selected = selected;
    }

    // ---- Keys ----

    /// Does what a key says.
    pub(super) fn key(&mut self, key: Key) -> Flow {
        match key {
            Key::Interrupt => return Flow::Quit,
            Key::Suspend => return Flow::Suspend,
            _ if self.editing => self.edit(key),
            // Any key closes it.
            _ if self.help => self.help = false,
            Key::Char('q') => return Flow::Quit,
            Key::Char('?' | 'h') => self.help = true,
            Key::Char('/') => self.editing = true,
            Key::Char(' ') => self.paused = !self.paused,
            Key::Char('l') => self.toggle_lanes(),
            Key::Char('s') => self.sort = self.sort.next(),
            Key::Char('r') => self.reversed = !self.reversed,
            Key::Char('d') => self.show_ended = !self.show_ended,
            Key::Enter | Key::Right => self.drill(),
            Key::Escape | Key::Backspace | Key::Left => self.back(key),
            Key::Up | Key::Char('k') => self.step(-1),
            Key::Down | Key::Char('j') => self.step(1),
            Key::PageUp => self.step(-self.page_size()),
            Key::PageDown => self.step(self.page_size()),
            Key::Home | Key::Char('g') => self.step(isize::MIN),
            Key::End | Key::Char('G') => self.step(isize::MAX),
            Key::Char(_) => {}
        }
        self.arrange();
        Flow::Continue
    }

    fn page_size(&self) -> isize {
        isize::try_from(self.page.saturating_sub(1).max(1)).unwrap_or(1)
    }

    /// Into the selected process, if there is anything to see.
    fn drill(&mut self) {
        let is_read = self.selected().is_some_and(|track| track.content.is_ok());
        if is_read && self.screen == Screen::Processes {
            self.screen = Screen::Process(Fields::default());
        }
    }

    /// Out of what was done last: a filter, or a process.
    fn back(&mut self, key: Key) {
        match &mut self.screen {
            Screen::Process(fields) if key == Key::Escape && !fields.filter.is_empty() => {
                fields.filter.clear();
            }
            Screen::Process(_) => self.screen = Screen::Processes,
            Screen::Processes if key == Key::Escape => self.filter.clear(),
            Screen::Processes => {}
        }
    }

    fn edit(&mut self, key: Key) {
        let filter = match &mut self.screen {
            Screen::Processes => &mut self.filter,
            Screen::Process(fields) => {
                fields.selected = 0;
                &mut fields.filter
            }
        };
        match key {
            Key::Char(char) => filter.push(char),
            Key::Backspace => {
                let was_empty = filter.pop().is_none();
                self.editing = !was_empty;
            }
            Key::Escape => {
                filter.clear();
                self.editing = false;
            }
            Key::Enter => self.editing = false,
            Key::Up => self.step(-1),
            Key::Down => self.step(1),
            _ => {}
        }
    }

    fn step(&mut self, by: isize) {
        let rows = self.selected().map_or(0, |track| self.rows(track).len());
        match &mut self.screen {
            Screen::Processes => {
                let cursor = self.cursor().unwrap_or(0);
                self.select(cursor.saturating_add_signed(by));
            }
            Screen::Process(cursor) => {
                let to = cursor.selected.saturating_add_signed(by);
                cursor.selected = to.min(rows.saturating_sub(1));
            }
        }
    }
}

impl Track {
    fn new(sample: Sample) -> Self {
        let mut track = Self {
            path: sample.path,
            content: Err(String::new()),
            histories: Vec::new(),
            found_by: String::new(),
            identity: None,
        };
        track.update(sample.content);
        track
    }

    fn update(&mut self, content: Result<Process, String>) {
        if let Ok(process) = &content {
            let is_new = self.identity != Some(process.identity)
                || self.histories.len() != process.figures.len();
            if is_new {
                self.identity = Some(process.identity);
                self.histories = vec![History::default(); process.figures.len()];
            }
            // What a process did last stays as it was.
            if !has_ended(process.state) {
                for (history, figure) in self.histories.iter_mut().zip(&process.figures) {
                    history.push(figure);
                }
            }
        }
        self.content = content;
        let pid = self.pid().map(|pid| pid.to_string()).unwrap_or_default();
        // Parts are apart, so that nothing is found across their borders.
        self.found_by = format!("{}\n{}\n{pid}", self.path.display(), self.command());
        self.found_by = self.found_by.to_lowercase();
    }

    fn matches(&self, filter: &str) -> bool {
        self.found_by.contains(filter)
            || self.process().is_some_and(|process| {
                process.names.iter().any(|name| contains(&name.label, filter))
            })
    }

    pub(super) fn process(&self) -> Option<&Process> {
        self.content.as_ref().ok()
    }

    /// The name under which the program was started; where the file does not say, its own.
    pub(super) fn command(&self) -> &str {
        let command = self.process().and_then(|process| process.command.as_deref());
        let stem = || self.path.file_stem().and_then(|stem| stem.to_str());
        command.filter(|command| !command.is_empty()).or_else(stem).unwrap_or("?")
    }

    /// The name of the file, as far as it is text.
    pub(super) fn file_name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or("?")
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.process().and_then(|process| process.identity.pid)
    }

    pub(super) fn state(&self) -> Option<State> {
        self.process().map(|process| process.state)
    }

    pub(super) fn age(&self, now: SystemTime) -> Option<Duration> {
        now.duration_since(self.process()?.created?).ok()
    }

    pub(super) fn names_and_figures(&self) -> impl Iterator<Item = (&Name, &Figure)> + Clone {
        let process = self.process();
        process.into_iter().flat_map(|process| process.names.iter().zip(&process.figures))
    }

    /// What stands for all: the first statistic that counts, in the order in which the program
    /// declares them; if none does, the first number.
    pub(super) fn headline(&self) -> Option<usize> {
        let mut all = self.names_and_figures();
        all.clone()
            .position(|(_, figure)| matches!(figure.value, Value::Counter(_) | Value::Timer(_)))
            .or_else(|| {
                all.position(|(name, figure)| {
                    let is_number = !matches!(figure.value, Value::Text(_) | Value::Unknown { .. });
                    is_number && name.kind != Some(Kind::Constant)
                })
            })
    }

    fn headline_rate(&self) -> f64 {
        let figure = self.headline().and_then(|index| self.process()?.figures.get(index));
        figure.and_then(|figure| figure.rate).unwrap_or(f64::NEG_INFINITY)
    }

    /// What somebody should look at comes first.
    fn state_rank(&self) -> u8 {
        match self.state() {
            Some(State::Panicked) => 0,
            Some(State::Dead) => 1,
            Some(State::Live) => 2,
            Some(State::Closed) => 4,
            Some(_) => 3,
            None => 5,
        }
    }

    /// How far it is, if it says so.
    pub(super) fn progress(&self) -> Option<Progress> {
        let (done_at, (name, figure)) =
            self.names_and_figures().enumerate().find(|(_, (name, figure))| {
                matches!(figure.value, Value::Counter(_)) && last_part(&name.label) == "done"
            })?;
        let prefix = name.label.strip_suffix("done")?;
        let constant = |label: &str| {
            let mut all = self.names_and_figures();
            let (_, found) = all.find(|(name, _)| {
                name.kind == Some(Kind::Constant) && name.label.strip_prefix(prefix) == Some(label)
            })?;
            match found.value {
                Value::Number(number) => Some(number.as_f64()),
                _ => None,
            }
        };
        let total = constant("total").filter(|total| *total > 0.0)?;
        let Value::Counter(done) = figure.value else { return None };
        #[expect(clippy::cast_precision_loss, reason = "it is shown as a part of a hundred")]
        let done = done as f64 + constant("done_before").unwrap_or(0.0);
        let rate = self.histories.get(done_at)?.mean(TICKS_OF_PROGRESS).filter(|rate| *rate > 0.0);
        let runs = !self.state().is_some_and(has_ended);
        let left = rate.filter(|_| runs).map(|rate| (total - done).max(0.0) / rate);
        let left = left.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Some(Progress { done, total, left })
    }
}

/// What is behind the last dot: `done` of `import.users.done`.
fn last_part(label: &str) -> &str {
    label.rsplit('.').next().unwrap_or(label)
}

fn contains(label: &str, filter: &str) -> bool {
    label.to_lowercase().contains(filter)
}

/// The order that people expect of a column: names from a to z, and of numbers the largest first.
fn compare(a: &Track, b: &Track, sort: Sort) -> Ordering {
    match sort {
        Sort::Command => a.command().cmp(b.command()).then(a.pid().cmp(&b.pid())),
        Sort::Pid => a.pid().cmp(&b.pid()),
        Sort::State => a.state_rank().cmp(&b.state_rank()),
        Sort::Age => {
            let created = |track: &Track| track.process().and_then(|process| process.created);
            // The youngest first; what does not say comes last.
            created(b).cmp(&created(a))
        }
        Sort::Stats => {
            let stats = |track: &Track| track.process().map(|process| process.names.len());
            stats(b).cmp(&stats(a))
        }
        Sort::Rate => b.headline_rate().total_cmp(&a.headline_rate()),
    }
}
