//! The help: all keys, and the meaning of the columns.

use ratatui::text::{Line, Span};

use super::super::keys::{HELP, LEGEND};
use super::canvas::{BOLD, Canvas, FAINT, TITLES};
use crate::show::terminal::columns;

pub(super) fn draw(canvas: &mut Canvas<'_, '_>) {
    canvas.last(Line::styled("Any key closes this.", FAINT));
    canvas.line(Line::styled("mmstats top: keys", TITLES));
    canvas.line("");
    entries(HELP, canvas);
    canvas.line("");
    canvas.line(Line::styled("Columns", TITLES));
    canvas.line("");
    entries(LEGEND, canvas);
}

fn entries(entries: &[(&'static str, &'static str)], canvas: &mut Canvas<'_, '_>) {
    let column = entries.iter().map(|(name, _)| columns(name)).max().unwrap_or(0);
    for (name, meaning) in entries {
        let padding = column - columns(name) + 2;
        canvas.line(Line::from(vec![
            Span::raw("  "),
            Span::styled(*name, BOLD),
            Span::raw(format!("{:padding$}{meaning}", "")),
        ]));
    }
}
