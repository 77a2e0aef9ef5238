//! The fields of one process, each with what its threads have of it.

use mmstats_core::{Kind, State};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::model::{FieldRow, Model, Screen};
use super::super::sample::{Figure, Name, Process, Value};
use super::super::track::{Progress, Track};
use super::processes::{history_style, select};
use super::row::{Align, Column, Row, titles, widths};
use super::{BOLD, Canvas, FAINT, NOTABLE, PLAIN, TITLES};
use super::{filter, heading, paused, pieces};
use crate::show::terminal::{columns, cut, escaped};
use crate::show::{cells, human};

/// However long the labels.
const WIDEST_LABEL: usize = 32;
const WIDEST_VALUE: usize = 24;

/// How many lines the description of the selected field takes.
const DESCRIPTION: usize = 2;

/// The whole screen.
pub(super) fn draw(model: &mut Model, canvas: &mut Canvas<'_, '_>) {
    let width = canvas.width;
    let Some(track) = model.selected() else { return };
    let mut head = heading(model, track);
    head.insert(0, paused(model));
    if let Screen::Process(fields) = &model.screen {
        head.push(filter(&fields.filter));
    }
    canvas.line(pieces(head, width));
    let path = track.path.to_string_lossy();
    canvas.line(Line::styled(cut(&escaped(&path), width).into_owned(), FAINT));
    let Some(process) = track.process() else {
        let why = track.content.as_ref().err().map(String::as_str).unwrap_or_default();
        canvas.line(Line::styled(escaped(why).into_owned(), NOTABLE));
        return;
    };
    if process.lanes_lost > 0 {
        let lost = process.lanes_lost;
        let lost = format!("{lost} threads are missing: the file could not be extended.");
        canvas.line(Line::styled(lost, NOTABLE));
    }
    let rows = model.rows(track);
    let (selected, offset) = match &model.screen {
        Screen::Process(fields) => (fields.selected, fields.offset),
        Screen::Processes => (0, 0),
    };
    let has_description = canvas.height() > 8;
    if has_description
        && let Some(name) = rows.get(selected).and_then(|row| process.names.get(row.field))
    {
        description(name, canvas);
    }
    progress(track, canvas);
    let page = canvas.height().saturating_sub(1);
    let last = rows.len().saturating_sub(page.max(1));
    let offset = offset.min(last).min(selected).max((selected + 1).saturating_sub(page.max(1)));
    table(track, process, &rows, canvas, offset, Some(selected));
    model.page = page;
    if let Screen::Process(fields) = &mut model.screen {
        fields.offset = offset;
    }
}

/// Below the list of processes, as many as there is room for.
pub(super) fn panel(model: &Model, track: &Track, canvas: &mut Canvas<'_, '_>) {
    let Some(process) = track.process() else {
        let why = track.content.as_ref().err().map(String::as_str).unwrap_or_default();
        canvas.line(Line::styled(escaped(why).into_owned(), NOTABLE));
        return;
    };
    progress(track, canvas);
    let rows = model.rows(track);
    let hidden = (rows.len() + 1).saturating_sub(canvas.height());
    if hidden > 0 {
        canvas.last(Line::styled(format!("  … {} more: Enter", hidden + 1), FAINT));
    }
    table(track, process, &rows, canvas, 0, None);
}

/// What the selected field means, in the words of its program.
fn description(name: &Name, canvas: &mut Canvas<'_, '_>) {
    let kind = name.kind.map(|kind| format!("{kind:?}"));
    let kind = kind.unwrap_or_else(|| "of version 1, which does not say what it is".into());
    let help = if name.help.is_empty() { "(not described)" } else { &name.help };
    let text = format!("{}: {} – {kind}", escaped(&name.label), escaped(help));
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && columns(&line) + 1 + columns(word) > canvas.width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.truncate(DESCRIPTION);
    for line in lines.iter().rev() {
        canvas.last(Line::raw(cut(line, canvas.width).into_owned()));
    }
    canvas.last(Line::styled("─".repeat(canvas.width), FAINT));
}

/// How far the process is, if it says so.
fn progress(track: &Track, canvas: &mut Canvas<'_, '_>) {
    const BAR: usize = 30;
    let Some(Progress { done, total, left }) = track.progress() else { return };
    let part = (done / total).clamp(0.0, 1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "0 to the width of the bar"
    )]
    let full = (part * BAR as f64) as usize;
    let left = left.map(|left| format!("{} left", human::duration(left))).unwrap_or_default();
    let line = vec![
        Span::styled(cells::percent(done, total), BOLD),
        Span::raw(format!("{}{}", "█".repeat(full), "░".repeat(BAR - full))),
        Span::raw(format!("{} of {}", human::float(done), human::float(total))),
        Span::styled(left, BOLD),
    ];
    canvas.line(pieces(line, canvas.width));
}

fn table(
    track: &Track,
    process: &Process,
    rows: &[FieldRow],
    canvas: &mut Canvas<'_, '_>,
    offset: usize,
    selected: Option<usize>,
) {
    let width = canvas.width;
    if rows.is_empty() {
        canvas.line(Line::styled("No field matches the filter.", FAINT));
        return;
    }
    let table = columns_of(process, rows);
    let widths = widths(&table, width);
    canvas.line(titles(&table, &widths, width, TITLES));
    let height = canvas.height();
    for (index, shown) in rows.iter().enumerate().skip(offset).take(height) {
        let is_selected = selected == Some(index);
        let mark = if is_selected { "> " } else { "  " };
        let (Some(name), Some(figure)) = (process.names.get(shown.field), shown.figure(process))
        else {
            continue;
        };
        let mut row = Row::new(&table, &widths, width);
        match shown.lane {
            None => row.cell(&format!("{mark}{}", escaped(&name.label)), BOLD),
            Some(lane) => row.cell(&format!("{mark}{}", thread(process, lane)), FAINT),
        }
        let history = shown.lane.is_none().then_some(shown.field);
        values(track, name, figure, history, &mut row);
        canvas.line(select(row.line(), is_selected));
    }
}

/// Whose part of a field it is.
fn thread(process: &Process, lane: usize) -> String {
    match process.lanes.get(lane) {
        Some(lane) if !lane.claimed => format!("  thread {} (ended)", lane.tid),
        Some(lane) => format!("  thread {}", lane.tid),
        None => String::new(),
    }
}

fn columns_of(process: &Process, rows: &[FieldRow]) -> [Column; 8] {
    use Align::{Left, Rest, Right};
    let column = |title, width, align, expendable| Column { title, width, align, expendable };
    let shown = || {
        rows.iter()
            .filter_map(|row| Some((row, process.names.get(row.field)?, row.figure(process)?)))
    };
    let labels = shown().map(|(row, name, _)| match row.lane {
        None => columns(&escaped(&name.label)),
        Some(lane) => columns(&thread(process, lane)),
    });
    let values = shown()
        .filter(|(_, _, figure)| !matches!(figure.value, Value::Text(_) | Value::Unknown { .. }));
    let values = values.map(|(_, name, figure)| columns(&cells::value(name, figure)));
    let label = labels.max().unwrap_or(0).min(WIDEST_LABEL) + 2;
    let value = values.max().unwrap_or(0).min(WIDEST_VALUE);
    let has_means = shown().any(|(_, _, figure)| matches!(figure.value, Value::Mean { .. }));
    let has_times = shown().any(|(_, _, figure)| matches!(figure.value, Value::Timer(_)));
    let is_dead = process.state == State::Dead;
    let running = shown().filter_map(|(_, _, figure)| match figure.value {
        Value::Timer(times) => {
            Some(columns(&cells::running(times.running, times.running_for, is_dead)))
        }
        _ => None,
    });
    let running = running.max().unwrap_or(0);
    [
        column("  FIELD", Some(label), Left, 0),
        column("VALUE", Some(value), Right, 0),
        column("RATE/S", Some(7), Right, 1),
        column("MEAN", (has_times || has_means).then_some(7), Right, 3),
        column("P50", has_times.then_some(7), Right, 7),
        column("P99", has_times.then_some(7), Right, 2),
        column("RUNNING", has_times.then_some(running), Left, 4),
        column("HISTORY", Some(8), Rest, 6),
    ]
}

/// All cells but the first.
fn values(track: &Track, name: &Name, figure: &Figure, history: Option<usize>, row: &mut Row<'_>) {
    let value = cells::value(name, figure);
    if let Value::Text(_) | Value::Unknown { .. } = figure.value {
        row.rest(&value, if matches!(figure.value, Value::Text(_)) { PLAIN } else { FAINT });
        return;
    }
    let torn: Style = if figure.torn { NOTABLE } else { PLAIN };
    row.cell(&value, torn);
    let counts = name.kind != Some(Kind::Constant) && figure.is_counted();
    let rate = figure.rate.map(cells::rate);
    row.cell(&rate.unwrap_or_else(|| if counts { "–".into() } else { String::new() }), BOLD);
    match &figure.value {
        Value::Timer(times) => {
            let style = if times.latest { PLAIN } else { FAINT };
            for time in [times.mean, times.p50, times.p99] {
                let text = if times.count == 0 { "–".into() } else { human::duration(time) };
                row.cell(&text, style);
            }
            let is_dead = track.state() == Some(State::Dead);
            row.cell(&cells::running(times.running, times.running_for, is_dead), NOTABLE);
        }
        Value::Mean { count, mean, latest } => {
            let text = if *count == 0 { "–".into() } else { human::mean(*mean) };
            row.cell(&text, if *latest { PLAIN } else { FAINT });
            (0..3).for_each(|_| row.cell("", PLAIN));
        }
        _ => (0..4).for_each(|_| row.cell("", PLAIN)),
    }
    let columns = row.room().unwrap_or(0);
    let is_constant = matches!(name.kind, Some(Kind::Constant));
    let history = history.filter(|_| !is_constant).and_then(|index| track.histories.get(index));
    let bars = history
        .map(|history| cells::sparkline(history.last(columns), columns, figure.is_counted()));
    row.cell(&bars.unwrap_or_default(), history_style(track));
}
