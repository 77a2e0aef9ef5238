//! What the screen is about: all processes, which of them are shown, and what was typed.
//!
//! It does no input or output: samples and keys come in, and `view` shows what it has become.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use mmstats_core::{Kind, State};

use super::keys::Key;
use super::sample::{Figure, Process, Sample, has_ended};
use super::track::{Track, contains};

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
        let cursor = self.cursor().unwrap_or(0);
        self.shown.clear();
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
        self.arrange(cursor);
    }

    /// Filters and sorts, and keeps the selected process if it is still there; if not, the one
    /// that now is where it was.
    fn arrange(&mut self, cursor: usize) {
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
            order.then_with(|| by_name(a, b)).then_with(|| a.path.cmp(&b.path))
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
        self.arrange(self.cursor().unwrap_or(0));
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

/// As in a dictionary, which knows no capitals.
fn by_name(a: &Track, b: &Track) -> Ordering {
    let [a, b] = [a, b].map(|track| track.command().chars().flat_map(char::to_lowercase));
    a.cmp(b)
}

/// The order that people expect of a column: names from a to z, and of numbers the largest first.
fn compare(a: &Track, b: &Track, sort: Sort) -> Ordering {
    match sort {
        Sort::Command => by_name(a, b).then(a.pid().cmp(&b.pid())),
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

#[cfg(test)]
mod tests;
