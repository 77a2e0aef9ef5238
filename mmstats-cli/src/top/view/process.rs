//! The fields of one process, and the share of each thread.

use std::mem;

use mmstats_core::Stat;
use ratatui::text::{Line, Span};

use super::super::model::{FieldRow, Model, Screen};
use super::super::present;
use super::canvas::{BOLD, Canvas, FAINT, NOTABLE, PLAIN};
use super::heading::{filter, heading, paused, warnings};
use super::table::{Align, Cell, Column, Narrow, Table};
use crate::show::cells;
use crate::show::terminal::{columns, cut, escaped};
use crate::watch::figure::Figure;
use crate::watch::track::Track;

const COLUMNS: &[Column] = &[
    ("  FIELD", Align::Left, 0),
    ("VALUE", Align::Right, 0),
    ("RATE/S", Align::Right, 7),
    ("MEAN", Align::Right, 7),
    ("P50", Align::Right, 7),
    ("P99", Align::Right, 7),
    ("RUNNING", Align::Left, 0),
    ("HISTORY", Align::Rest, 8),
];

/// Labels shrink before numbers, and the columns of timers go last.
const NARROWING: &[Narrow] = &[
    Narrow::Shrink("  FIELD", 14),
    Narrow::Drop("HISTORY"),
    Narrow::Shrink("VALUE", 7),
    Narrow::Drop("P50"),
    Narrow::Drop("MEAN"),
    Narrow::Drop("RUNNING"),
    Narrow::Drop("P99"),
    Narrow::Drop("RATE/S"),
    Narrow::Shrink("  FIELD", 4),
    Narrow::Shrink("VALUE", 1),
];

/// Draws the whole screen.
pub(super) fn draw(model: &mut Model, canvas: &mut Canvas<'_, '_>) {
    let Some(track) = model.selected() else { return };
    let mut head = heading(track, model.now);
    head.insert(0, paused(model.paused));
    let (mut selected, mut offset) = (0, 0);
    if let Screen::Process(fields) = &model.screen {
        head.push(filter(&fields.filter));
        (selected, offset) = (fields.selected, fields.offset);
    }
    canvas.pieces(head);
    let path = track.path.to_string_lossy();
    canvas.pieces([Span::styled(escaped(&path).into_owned(), FAINT)]);
    warnings(track, canvas);
    let rows = model.rows(track);
    if canvas.height() > 8
        && let Some(row) = rows.get(selected)
        && let Some(figure) = track.figure(row.field)
    {
        description(figure.stat, canvas);
    }
    progress(track, canvas);
    let page = canvas.height().saturating_sub(1);
    let last = rows.len().saturating_sub(page.max(1));
    offset = offset.min(last).min(selected).max((selected + 1).saturating_sub(page.max(1)));
    table(model, track, &rows, canvas, offset, Some(selected));
    model.page = page;
    if let Screen::Process(fields) = &mut model.screen {
        fields.offset = offset;
    }
}

/// Draws as many fields as fit below the list of processes.
pub(super) fn panel(model: &Model, track: &Track, canvas: &mut Canvas<'_, '_>) {
    warnings(track, canvas);
    if track.now.is_none() {
        return;
    }
    progress(track, canvas);
    let rows = model.rows(track);
    let hidden = (rows.len() + 1).saturating_sub(canvas.height());
    if hidden > 0 {
        canvas.last(Line::styled(format!("  … {} more: Enter", hidden + 1), FAINT));
    }
    table(model, track, &rows, canvas, 0, None);
}

/// Draws the help text of the selected field at the bottom.
fn description(stat: Stat<'_>, canvas: &mut Canvas<'_, '_>) {
    /// The most lines that it takes.
    const LINES: usize = 2;
    let kind = stat.kind().map(|kind| format!("{kind:?}"));
    let kind = kind.unwrap_or_else(|| "of version 1, which stores no kind".into());
    let help = if stat.help().is_empty() { "(not described)" } else { stat.help() };
    let text = format!("{}: {} – {kind}", escaped(stat.key().as_str()), escaped(help));
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && columns(&line) + 1 + columns(word) > canvas.width {
            lines.push(mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.truncate(LINES);
    for line in lines.iter().rev() {
        canvas.last(Line::raw(cut(line, canvas.width).into_owned()));
    }
    canvas.last(canvas.rule());
}

/// Draws the progress of the process, if it has one.
fn progress(track: &Track, canvas: &mut Canvas<'_, '_>) {
    let Some(progress) = track.progress() else { return };
    let styles = [BOLD, PLAIN, PLAIN, BOLD];
    let pieces = cells::progress_pieces(&progress).zip(styles);
    canvas.pieces(pieces.map(|(piece, style)| Span::styled(piece, style)));
}

fn table(
    model: &Model,
    track: &Track,
    rows: &[FieldRow],
    canvas: &mut Canvas<'_, '_>,
    offset: usize,
    selected: Option<usize>,
) {
    if rows.is_empty() {
        canvas.line(Line::styled("No field matches the filter.", FAINT));
        return;
    }
    let figures: Vec<Figure<'_>> = present::figures(track).collect();
    let is_selected = |index| selected == Some(index);
    let cells = rows.iter().enumerate().map(|(index, row)| {
        cells_of(
            model,
            track,
            *row,
            figures[row.field],
            if is_selected(index) { "> " } else { "  " },
        )
    });
    let cells: Vec<Vec<Cell>> = cells.collect();
    let table = Table::new(COLUMNS, NARROWING, &cells, canvas.width);
    canvas.line(table.titles());
    for (index, row) in cells.into_iter().enumerate().skip(offset).take(canvas.height()) {
        canvas.line(table.line(row, Some(track), is_selected(index)));
    }
}

fn cells_of(
    model: &Model,
    track: &Track,
    row: FieldRow,
    whole: Figure<'_>,
    mark: &str,
) -> Vec<Cell> {
    let share = row.lane.and_then(|lane| track.lane_share(lane, row.field));
    let figure = share.map_or(whole, |(stat, _)| stat.into());
    let first = match row.lane {
        None => Cell::Text(format!("{mark}{}", escaped(figure.stat.key().as_str())), BOLD),
        Some(lane) => Cell::Text(format!("{mark}  {}", thread(track, lane)), FAINT),
    };
    let summary = figure.summary();
    let Some(number) = cells::number(&figure) else {
        let is_text = figure.stat.value().as_str().is_some();
        let style = if is_text { PLAIN } else { FAINT };
        return vec![first, Cell::Rest(cells::value(&figure), style)];
    };
    let style = if figure.stat.is_torn() { NOTABLE } else { PLAIN };
    let rate = match share {
        None => figure.rate(),
        Some((_, rate)) => rate.filter(|_| whole.change.is_some()),
    };
    let samples = figure.recent_samples();
    let has_quantiles = samples.as_ref().is_some_and(|(samples, _)| samples.has_quantiles());
    let (samples, is_recent) = samples.unzip();
    let column = |is_kept: bool, text: Option<String>| match is_recent {
        Some(is_recent) if is_kept => {
            let style = if is_recent { PLAIN } else { FAINT };
            Cell::number(text.unwrap_or_else(|| "–".into()), style)
        }
        _ => Cell::Nothing,
    };
    let mean = samples.as_ref();
    let mean = mean.and_then(|all| cells::mean_or_range(&summary, figure.stat.unit(), all));
    let quantile = |quantile| {
        let sample = samples.as_ref().and_then(|samples| samples.quantile(quantile));
        column(has_quantiles, sample.map(|sample| cells::sample(&figure, sample)))
    };
    let running = summary.running.zip(track.now.as_deref());
    let running = running.map(|(running, now)| cells::running(&running, now, model.now));
    vec![
        first,
        Cell::Number(number, style),
        Cell::rate(rate, summary.is_counted()),
        column(true, mean),
        quantile(0.5),
        quantile(0.99),
        match running {
            Some(running) => Cell::number(running, NOTABLE),
            // Its column stays while nothing is running.
            None if has_quantiles => Cell::text(""),
            None => Cell::Nothing,
        },
        match row.lane {
            None if track.history(row.field).is_some() => Cell::history(row.field, &figure),
            _ => Cell::Nothing,
        },
    ]
}

/// Returns the name of the thread that owns a lane, or owned it last.
fn thread(track: &Track, lane: usize) -> String {
    match track.now.as_ref().and_then(|now| now.lanes().get(lane)) {
        Some(lane) if !lane.is_claimed() => format!("thread {} (ended)", lane.tid()),
        Some(lane) => format!("thread {}", lane.tid()),
        None => String::new(),
    }
}
