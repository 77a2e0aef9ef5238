//! The list of all processes, and below it the fields of the selected one.

use std::collections::HashSet;

use mmstats_core::State;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::model::Model;
use super::super::track::Track;
use super::row::{Align, Column, Row, titles, widths};
use super::{BOLD, Canvas, FAINT, NOTABLE, PLAIN, REVERSED, TITLES};
use super::{fields, filter, heading, paused, pieces, state, style_of};
use crate::show::terminal::{columns, escaped};
use crate::show::{cells, human};

/// A screen with fewer lines shows the list alone.
const MIN_FOR_FIELDS: usize = 12;

/// However long the names.
const WIDEST_NAME: usize = 28;
const WIDEST_LABEL: usize = 20;

pub(super) fn draw(model: &mut Model, canvas: &mut Canvas<'_, '_>) {
    canvas.line(summary(model, canvas.width));
    let (fields, list) = split(model, canvas.height());
    model.page = list.saturating_sub(1);
    keep_in_view(model);
    let end = canvas.top + u16::try_from(list).unwrap_or(0);
    table(model, canvas, list);
    canvas.top = end;
    if fields > 0
        && let Some(track) = model.selected()
    {
        canvas.line(Line::styled("─".repeat(canvas.width), FAINT));
        canvas.line(pieces(heading(model, track), canvas.width));
        fields::panel(model, track, canvas);
    }
}

/// How many lines the fields of the selected process get, and how many the list.
fn split(model: &Model, height: usize) -> (usize, usize) {
    let Some(track) = model.selected().filter(|_| height >= MIN_FOR_FIELDS) else {
        return (0, height);
    };
    // With a rule, a heading, titles, and at times a line of progress.
    let needed = model.rows(track).len() + 3 + usize::from(track.progress().is_some());
    let list = model.shown().len() + 1;
    let fields = needed.min(height.saturating_sub(list).max(height / 2));
    (fields, height - fields)
}

/// Moves the list only as far as it takes to see the cursor.
fn keep_in_view(model: &mut Model) {
    let (cursor, page) = (model.cursor().unwrap_or(0), model.page.max(1));
    let last = model.shown().len().saturating_sub(page);
    model.offset = model.offset.min(last).min(cursor).max((cursor + 1).saturating_sub(page));
}

fn summary(model: &Model, width: usize) -> Line<'static> {
    let count = |state: Option<State>| {
        let (name, style) = match state {
            Some(state) => (state.as_str(), style_of(state)),
            None => ("unreadable", NOTABLE),
        };
        match model.count(state) {
            0 => Span::raw(""),
            count => Span::styled(format!("{count} {name}"), style),
        }
    };
    let hidden = match model.hidden() {
        0 => String::new(),
        hidden => format!("{hidden} hidden"),
    };
    let order = if model.reversed { ", reversed" } else { "" };
    pieces(
        vec![
            Span::styled("mmstats top", BOLD),
            paused(model),
            count(Some(State::Live)),
            count(Some(State::Panicked)),
            count(Some(State::Dead)),
            count(Some(State::Closed)),
            count(Some(State::Unknown)),
            count(None),
            filter(&model.filter),
            Span::styled(hidden, NOTABLE),
            Span::raw(format!("by {}{order}", model.sort.name())),
            Span::raw(format!("every {} s", model.delay.as_secs_f64())),
        ],
        width,
    )
}

fn table(model: &Model, canvas: &mut Canvas<'_, '_>, height: usize) {
    let width = canvas.width;
    if model.shown().len() == 0 {
        canvas.line("");
        canvas.line(Line::styled(nothing(model), FAINT));
        return;
    }
    let table = columns_of(model);
    let widths = widths(&table, width);
    canvas.line(titles(&table, &widths, width, TITLES));
    let cursor = model.cursor();
    let rows = model.shown().enumerate().skip(model.offset).take(height.saturating_sub(1));
    for (index, track) in rows {
        let line = row(model, track, &table, &widths, width, cursor == Some(index));
        canvas.line(line);
    }
}

fn nothing(model: &Model) -> String {
    if !model.sampled {
        "Reading…".into()
    } else if model.hidden() > 0 {
        "No process runs; `d` shows those that ended.".into()
    } else if !model.filter.is_empty() {
        "No process matches the filter.".into()
    } else {
        "No statistics files yet: programs that start are shown here.".into()
    }
}

fn columns_of(model: &Model) -> [Column; 10] {
    use Align::{Left, Rest, Right};
    let column = |title, width, align, expendable| Column { title, width, align, expendable };
    let commands = model.shown().map(|track| columns(&escaped(track.command())));
    let labels = model.shown().filter_map(headline).map(|(label, _)| columns(&escaped(label)));
    let files = model.shown().map(|track| columns(&escaped(track.file_name())));
    let command = commands.max().unwrap_or(0).min(WIDEST_NAME);
    let label = labels.max().unwrap_or(0).min(WIDEST_LABEL);
    let file = files.max().unwrap_or(0).min(WIDEST_NAME);
    let pids = model.shown().filter_map(Track::pid).map(|pid| pid.to_string().len());
    let pid = pids.max().unwrap_or(0);
    let ages = model.shown().filter_map(|track| track.age(model.now));
    let age = ages.map(|age| columns(&human::duration(age))).max().unwrap_or(0);
    let has_progress = model.shown().any(|track| track.progress().is_some());
    [
        // The mark of the selected row, which is in no colour, and its name.
        column("  COMMAND", Some(command + 2), Left, 0),
        column("PID", Some(pid), Right, 3),
        column("STATE", Some(8), Left, 2),
        column("AGE", Some(age), Right, 6),
        column("STATS", Some(5), Right, 8),
        column("FILE", has_twins(model).then_some(file), Left, 6),
        column("FIRST", Some(label), Left, 4),
        column("RATE/S", Some(7), Right, 1),
        column("DONE", has_progress.then_some(5), Right, 5),
        column("HISTORY", Some(8), Rest, 7),
    ]
}

/// Whether any process has two files, which are told apart only by their names.
fn has_twins(model: &Model) -> bool {
    let mut seen = HashSet::new();
    let mut processes = model.shown().filter_map(|track| Some((track.pid()?, track.command())));
    !processes.all(|process| seen.insert(process))
}

fn headline(track: &Track) -> Option<(&str, usize)> {
    let index = track.headline()?;
    Some((track.process()?.names.get(index)?.label.as_str(), index))
}

fn row(
    model: &Model,
    track: &Track,
    table: &[Column],
    widths: &[Option<usize>],
    width: usize,
    is_selected: bool,
) -> Line<'static> {
    let mut row = Row::new(table, widths, width);
    let mark = if is_selected { "> " } else { "  " };
    row.cell(&format!("{mark}{}", escaped(track.command())), BOLD);
    row.cell(&track.pid().map(|pid| pid.to_string()).unwrap_or_default(), PLAIN);
    let state = state(track);
    match track.process() {
        None => {
            let why = track.content.as_ref().err().map(String::as_str).unwrap_or_default();
            row.rest(&escaped(why), NOTABLE);
        }
        Some(process) => {
            row.cell(&state.content, state.style);
            row.cell(&track.age(model.now).map(human::duration).unwrap_or_default(), PLAIN);
            row.cell(&process.names.len().to_string(), PLAIN);
            row.cell(&escaped(track.file_name()), PLAIN);
            first(track, &mut row);
        }
    }
    select(row.line(), is_selected)
}

/// The statistic that stands for all.
fn first(track: &Track, row: &mut Row<'_>) {
    let Some((label, index)) = headline(track) else { return };
    let figure = track.process().and_then(|process| process.figures.get(index));
    let Some(figure) = figure else { return };
    row.cell(&escaped(label), PLAIN);
    row.cell(&figure.rate.map_or_else(|| "–".into(), cells::rate), BOLD);
    let done = track.progress().map(|progress| cells::percent(progress.done, progress.total));
    row.cell(&done.unwrap_or_default(), PLAIN);
    let columns = row.room().unwrap_or(0);
    let history = track
        .histories
        .get(index)
        .map(|history| cells::sparkline(history.last(columns), columns, figure.is_counted()));
    row.cell(&history.unwrap_or_default(), history_style(track));
}

/// What a process did before it ended is history only.
pub(super) fn history_style(track: &Track) -> Style {
    if track.state() == Some(State::Live) { PLAIN } else { FAINT }
}

/// Shows where the cursor is; colours would say nothing on top of that.
pub(super) fn select(mut line: Line<'static>, is_selected: bool) -> Line<'static> {
    if is_selected {
        for span in &mut line.spans {
            span.style = REVERSED;
        }
    }
    line
}
