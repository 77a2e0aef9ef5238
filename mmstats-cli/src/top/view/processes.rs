//! The list of all processes, with the fields of the selected one below.

use std::collections::HashSet;

use mmstats_core::State;
use ratatui::text::{Line, Span};

use super::super::model::Model;
use super::super::present;
use super::canvas::{BOLD, Canvas, FAINT, NOTABLE, PLAIN};
use super::heading::{filter, heading, paused, state_name, state_style, warning_count};
use super::process;
use super::table::{Align, Cell, Column, Narrow, Table};
use crate::show::terminal::escaped;
use crate::show::{cells, human};
use crate::watch::track::Track;

/// A screen with fewer lines shows the list alone.
const MIN_FOR_FIELDS: usize = 12;

const COLUMNS: &[Column] = &[
    ("  COMMAND", Align::Left, 0),
    ("PID", Align::Right, 0),
    ("STATE", Align::Left, 8),
    ("AGE", Align::Right, 0),
    ("STATS", Align::Right, 0),
    ("FILE", Align::Left, 0),
    ("FIRST", Align::Left, 0),
    ("RATE/S", Align::Right, 7),
    ("DONE", Align::Right, 5),
    ("HISTORY", Align::Rest, 8),
];

const NARROWING: &[Narrow] = &[
    Narrow::Shrink("FIRST", 12),
    Narrow::Drop("STATS"),
    Narrow::Shrink("  COMMAND", 18),
    Narrow::Shrink("FILE", 16),
    Narrow::Drop("HISTORY"),
    Narrow::Drop("AGE"),
    Narrow::Drop("FILE"),
    Narrow::Drop("DONE"),
    Narrow::Drop("FIRST"),
    Narrow::Drop("PID"),
    Narrow::Drop("STATE"),
    Narrow::Drop("RATE/S"),
    Narrow::Shrink("  COMMAND", 1),
];

pub(super) fn draw(model: &mut Model, canvas: &mut Canvas<'_, '_>) {
    summary(model, canvas);
    let (fields, list) = split(model, canvas.height());
    model.page = list.saturating_sub(1);
    keep_in_view(model);
    let end = canvas.top + u16::try_from(list).unwrap_or(0);
    table(model, canvas, list);
    canvas.top = end;
    if fields > 0
        && let Some(track) = model.selected()
    {
        canvas.line(canvas.rule());
        canvas.pieces(heading(track, model.now));
        process::panel(model, track, canvas);
    }
}

/// Returns how many lines the fields of the selected process get, and how many the list.
fn split(model: &Model, height: usize) -> (usize, usize) {
    let Some(track) = model.selected().filter(|_| height >= MIN_FOR_FIELDS) else {
        return (0, height);
    };
    // With a rule, a heading, titles, and sometimes warnings and progress.
    let others = 3 + warning_count(track) + usize::from(track.progress().is_some());
    let needed = model.rows(track).len() + others;
    let list = model.shown().len() + 1;
    let fields = needed.min(height.saturating_sub(list).max(height / 2));
    (fields, height - fields)
}

/// Scrolls the list no further than the cursor needs.
fn keep_in_view(model: &mut Model) {
    let (cursor, page) = (model.cursor().unwrap_or(0), model.page.max(1));
    let last = model.shown().len().saturating_sub(page);
    model.offset = model.offset.min(last).min(cursor).max((cursor + 1).saturating_sub(page));
}

fn summary(model: &Model, canvas: &mut Canvas<'_, '_>) {
    let states = [State::Live, State::Panicked, State::Dead, State::Closed, State::Unknown];
    let states = states.map(Some).into_iter().chain([None]);
    let counts = states.filter_map(|state| match model.count(state) {
        0 => None,
        count => Some(Span::styled(format!("{count} {}", state_name(state)), state_style(state))),
    });
    let hidden = match model.hidden() {
        0 => String::new(),
        hidden => format!("{hidden} hidden"),
    };
    let order = if model.reversed { ", reversed" } else { "" };
    let title = [Span::styled("mmstats top", BOLD), paused(model.paused)];
    let rest = [
        filter(&model.filter),
        Span::styled(hidden, NOTABLE),
        Span::raw(format!("by {}{order}", model.sort.name())),
        Span::raw(format!("every {} s", model.delay.as_secs_f64())),
    ];
    canvas.pieces(title.into_iter().chain(counts).chain(rest));
}

fn table(model: &Model, canvas: &mut Canvas<'_, '_>, height: usize) {
    if model.shown().len() == 0 {
        canvas.line("");
        canvas.line(Line::styled(nothing(model), FAINT));
        return;
    }
    let has_twins = has_twins(model);
    let cursor = model.cursor();
    let rows = model.shown().enumerate().map(|(index, track)| {
        let mark = if cursor == Some(index) { "> " } else { "  " };
        cells_of(model, track, has_twins, mark)
    });
    let rows: Vec<Vec<Cell>> = rows.collect();
    let table = Table::new(COLUMNS, NARROWING, &rows, canvas.width);
    canvas.line(table.titles());
    let rows = rows.into_iter().zip(model.shown()).enumerate().skip(model.offset);
    for (index, (row, track)) in rows.take(height.saturating_sub(1)) {
        canvas.line(table.line(row, Some(track), cursor == Some(index)));
    }
}

fn nothing(model: &Model) -> &'static str {
    if !model.is_read {
        "Reading…"
    } else if model.hidden() > 0 {
        "No process is running; `d` shows those that ended."
    } else if !model.filter.is_empty() {
        "No process matches the filter."
    } else {
        "No statistics files yet: programs that start are shown here."
    }
}

/// Returns whether a process has two files, which only their names distinguish.
fn has_twins(model: &Model) -> bool {
    let mut seen = HashSet::new();
    let mut processes = model.shown().filter_map(|track| Some((track.pid()?, track.command())));
    !processes.all(|process| seen.insert(process))
}

fn cells_of(model: &Model, track: &Track, has_twins: bool, mark: &str) -> Vec<Cell> {
    let command = Cell::Text(format!("{mark}{}", escaped(track.command())), BOLD);
    let pid = track.pid().map_or(Cell::Nothing, |pid| Cell::number(pid.to_string(), PLAIN));
    if track.now.is_none() {
        let error = track.error.as_deref().unwrap_or_default();
        return vec![command, pid, Cell::Rest(escaped(error).into_owned(), NOTABLE)];
    }
    let state = present::state(track);
    let age = model.age(track).map(human::duration);
    let headline =
        track.headline().and_then(|index| Some((index, present::figures(track).nth(index)?)));
    let (first, rate, history) = match &headline {
        None => (Cell::Nothing, Cell::Nothing, Cell::Nothing),
        Some((index, figure)) => (
            Cell::text(escaped(figure.stat.key().as_str())),
            Cell::rate(figure.rate(), true),
            Cell::history(*index, figure),
        ),
    };
    let done = track.progress().as_ref().and_then(cells::percent);
    vec![
        command,
        pid,
        Cell::Text(state_name(state).into(), state_style(state)),
        age.map_or(Cell::Nothing, |age| Cell::number(age, PLAIN)),
        Cell::number(track.figures().count().to_string(), PLAIN),
        if has_twins { Cell::text(escaped(track.file_name())) } else { Cell::Nothing },
        first,
        rate,
        done.map_or(Cell::Nothing, |done| Cell::number(done, PLAIN)),
        history,
    ]
}
