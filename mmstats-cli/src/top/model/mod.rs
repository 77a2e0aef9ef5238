//! The state of the screen: all processes, the selection and the filter.
//!
//! Does no input or output: ticks and keys change it, and `view` draws it.

mod sort;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use mmstats_core::{Role, State};

use super::keys::Key;
use super::present::{created, state};
use super::sampler::Tick;
use crate::watch::track::{Track, has};
use sort::Sort;

/// The state of the screen.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key that toggles something")]
pub(super) struct Model {
    tracks: Vec<Arc<Track>>,
    /// The indices of those that are shown, in order.
    shown: Vec<usize>,
    /// How many are hidden because their process ended.
    hidden: usize,
    /// The selected one, which stays the same whatever happens to the list.
    selected: Option<PathBuf>,
    pub(super) screen: Screen,
    pub(super) help: bool,
    pub(super) paused: bool,
    pub(super) show_ended: bool,
    pub(super) show_lanes: bool,
    pub(super) sort: Sort,
    pub(super) reversed: bool,
    /// The filter for processes.
    pub(super) filter: String,
    /// Whether keys go to the filter of the screen.
    pub(super) editing: bool,
    pub(super) notices: Vec<String>,
    pub(super) delay: Duration,
    /// The time to which ages are relative.
    pub(super) now: SystemTime,
    /// Whether there was a tick yet.
    pub(super) is_read: bool,
    /// How many rows of the list with the cursor fit the screen; `view` sets it.
    pub(super) page: usize,
    /// The first row of the list of processes that is on the screen; `view` sets it.
    pub(super) offset: usize,
}

/// What fills the screen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Screen {
    /// All processes, with the fields of the selected one below.
    #[default]
    Processes,
    /// All fields of the selected process.
    Process(Fields),
}

/// A cursor in the fields of a process.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    /// The row among those that are shown.
    pub(super) selected: usize,
    pub(super) offset: usize,
    pub(super) filter: String,
}

/// A row of a process: a field, or the share of one thread in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FieldRow {
    /// The number of the statistic in the snapshot.
    pub(super) field: usize,
    pub(super) lane: Option<usize>,
}

/// What a key asks for, beyond the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Continue,
    Quit,
    Suspend,
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
            is_read: false,
            page: 1,
            offset: 0,
        }
    }

    // ---- What is shown ----

    /// Returns the processes that are shown, in order.
    pub(super) fn shown(&self) -> impl ExactSizeIterator<Item = &Track> + Clone {
        self.shown.iter().map(|index| &*self.tracks[*index])
    }

    /// Returns the place of the selected process among those that are shown.
    pub(super) fn cursor(&self) -> Option<usize> {
        let selected = self.selected.as_deref()?;
        self.shown().position(|track| track.path == selected)
    }

    pub(super) fn selected(&self) -> Option<&Track> {
        let selected = self.selected.as_deref()?;
        self.tracks.iter().map(|track| &**track).find(|track| track.path == selected)
    }

    /// Returns the number of processes in a state; `None` stands for those that cannot be read.
    pub(super) fn count(&self, of: Option<State>) -> usize {
        self.tracks.iter().filter(|track| state(track) == of).count()
    }

    /// Returns how many are hidden because they ended.
    pub(super) fn hidden(&self) -> usize {
        self.hidden
    }

    /// Returns the time since the creation of a file.
    pub(super) fn age(&self, track: &Track) -> Option<Duration> {
        self.now.duration_since(created(track)?).ok()
    }

    /// Returns the filter for the fields of a process, in lower case.
    fn field_filter(&self, track: &Track) -> String {
        match &self.screen {
            Screen::Process(fields) => fields.filter.to_lowercase(),
            // A process that is found by its own name is shown with all its fields.
            Screen::Processes => {
                let filter = self.filter.to_lowercase();
                if track.is_found_by(&filter) { String::new() } else { filter }
            }
        }
    }

    /// Returns the rows of a process: its fields, each followed by the shares of all threads if they
    /// are to be shown.
    pub(super) fn rows(&self, track: &Track) -> Vec<FieldRow> {
        let lanes = track.now.as_ref().map_or(0, |now| now.lanes().len());
        let lanes = if self.show_lanes { lanes } else { 0 };
        let filter = self.field_filter(track);
        let figures = track.figures().filter(|(_, figure)| has(figure, &filter));
        let rows = figures.flat_map(|(field, figure)| {
            // A constant is the same in all threads.
            let lanes = if figure.summary().role == Role::Constant { 0 } else { lanes };
            let lanes = (0..lanes).map(move |lane| FieldRow { field, lane: Some(lane) });
            std::iter::once(FieldRow { field, lane: None }).chain(lanes)
        });
        rows.collect()
    }

    /// Changes something that moves the fields of a process, and keeps the selected one.
    fn keeping_field(&mut self, change: impl FnOnce(&mut Self)) {
        let before = self.selected_field();
        change(self);
        let Some((key, lane)) = before else { return };
        let Some(track) = self.selected() else { return };
        let rows = self.rows(track);
        let is_field = |row: &FieldRow| {
            track.figure(row.field).is_some_and(|figure| figure.stat.key().as_str() == key)
        };
        let at = rows.iter().position(|row| is_field(row) && row.lane == lane);
        let at = at.or_else(|| rows.iter().position(is_field));
        if let (Screen::Process(fields), Some(at)) = (&mut self.screen, at) {
            fields.selected = at;
        }
    }

    /// Returns the key of the selected field, and the thread whose share in it is selected.
    fn selected_field(&self) -> Option<(String, Option<usize>)> {
        let Screen::Process(fields) = &self.screen else { return None };
        let track = self.selected()?;
        let row = *self.rows(track).get(fields.selected)?;
        Some((track.figure(row.field)?.stat.key().as_str().to_owned(), row.lane))
    }

    // ---- Ticks ----

    /// Shows the result of a tick, unless the screen is paused.
    pub(super) fn update(&mut self, tick: Tick, now: SystemTime) {
        if self.paused {
            return;
        }
        let cursor = self.cursor().unwrap_or(0);
        self.is_read = true;
        self.now = now;
        self.keeping_field(|model| model.tracks = tick.tracks);
        self.notices = tick.notices;
        self.shown.clear();
        self.arrange(cursor);
    }

    /// Filters and sorts, and keeps the selected process; if it is gone, selects the one in its
    /// place.
    fn arrange(&mut self, cursor: usize) {
        let filter = self.filter.to_lowercase();
        let matches = |track: &Track| track.matches(&filter);
        let all = || self.tracks.iter().enumerate().filter(|(_, track)| matches(track));
        let mut shown: Vec<usize> = all()
            .filter(|(_, track)| self.show_ended || !track.state().is_some_and(State::has_ended))
            .map(|(index, _)| index)
            .collect();
        self.hidden = all().count() - shown.len();
        let (sort, reversed) = (self.sort, self.reversed);
        shown.sort_by(|a, b| {
            let (a, b) = (&self.tracks[*a], &self.tracks[*b]);
            let order = sort.compare(a, b);
            let order = if reversed { order.reverse() } else { order };
            order.then_with(|| Sort::Command.compare(a, b)).then_with(|| a.path.cmp(&b.path))
        });
        self.shown = shown;
        // The screen of a process stays on that process.
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

    /// Handles a key.
    pub(super) fn key(&mut self, key: Key) -> Flow {
        match key {
            Key::Interrupt => return Flow::Quit,
            Key::Suspend => return Flow::Suspend,
            _ if self.editing => self.edit(key),
            // Any key closes the help.
            _ if self.help => self.help = false,
            Key::Char('q') => return Flow::Quit,
            Key::Char('?' | 'h') => self.help = true,
            Key::Char('/') => self.editing = true,
            Key::Char(' ') => self.paused = !self.paused,
            Key::Char('l') => self.keeping_field(|model| model.show_lanes = !model.show_lanes),
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

    /// Shows the selected process, if it could be read.
    fn drill(&mut self) {
        let is_read = self.selected().is_some_and(|track| track.now.is_some());
        if is_read && self.screen == Screen::Processes {
            self.screen = Screen::Process(Fields::default());
        }
    }

    /// Clears the filter, or leaves the process.
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

#[cfg(test)]
mod tests;
