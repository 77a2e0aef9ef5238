//! Columns that fit the screen, and rows that fit the columns.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::show::terminal::{columns, cut};

/// Between two columns.
const GAP: usize = 2;

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) title: &'static str,
    /// How wide what is in it is; `None` if there is nothing.
    pub(super) width: Option<usize>,
    pub(super) align: Align,
    /// Where there is no room for all, those with the highest go first.
    pub(super) expendable: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
    /// To the right, in what the others leave; its width is the least with which it is of use.
    Rest,
}

/// Of each column how wide it is on a screen of this width; `None` where there is no room for it.
pub(super) fn widths(table: &[Column], screen: usize) -> Vec<Option<usize>> {
    let mut widths: Vec<_> =
        table.iter().map(|column| Some(column.width?.max(columns(column.title)))).collect();
    let needed = |widths: &[Option<usize>]| {
        widths.iter().flatten().map(|width| width + GAP).sum::<usize>().saturating_sub(GAP)
    };
    while needed(&widths) > screen {
        let kept = table.iter().enumerate().filter(|(index, _)| widths[*index].is_some());
        match kept.max_by_key(|(_, column)| column.expendable) {
            Some((index, column)) if column.expendable > 0 => widths[index] = None,
            _ => break,
        }
    }
    let left = screen.saturating_sub(needed(&widths));
    if let Some(rest) = table.iter().position(|column| column.align == Align::Rest)
        && let Some(width) = &mut widths[rest]
    {
        *width += left;
    }
    widths
}

/// A line of a table, cell by cell.
#[derive(Debug)]
pub(super) struct Row<'a> {
    table: &'a [Column],
    widths: &'a [Option<usize>],
    next: usize,
    used: usize,
    screen: usize,
    spans: Vec<Span<'static>>,
}

impl<'a> Row<'a> {
    pub(super) fn new(table: &'a [Column], widths: &'a [Option<usize>], screen: usize) -> Self {
        Self { table, widths, next: 0, used: 0, screen, spans: Vec::new() }
    }

    /// The width of the next cell, if there is room for it.
    pub(super) fn room(&self) -> Option<usize> {
        self.widths.get(self.next).copied().flatten()
    }

    /// The next cell. The text is harmless already.
    pub(super) fn cell(&mut self, text: &str, style: Style) {
        if let Some(width) = self.room() {
            self.gap();
            let text = cut(text, width);
            let padding = width.saturating_sub(columns(&text));
            let text = match self.table[self.next].align {
                Align::Left => format!("{text}{:padding$}", ""),
                Align::Right | Align::Rest => format!("{:padding$}{text}", ""),
            };
            self.push(text, style);
        }
        self.next += 1;
    }

    /// One text over all the cells that are left.
    pub(super) fn rest(&mut self, text: &str, style: Style) {
        self.gap();
        let text = cut(text, self.screen.saturating_sub(self.used)).into_owned();
        self.push(text, style);
        self.next = self.table.len();
    }

    fn gap(&mut self) {
        if self.used > 0 {
            self.push(" ".repeat(GAP), Style::new());
        }
    }

    fn push(&mut self, text: String, style: Style) {
        self.used += columns(&text);
        self.spans.push(Span::styled(text, style));
    }

    /// The line, which is as wide as the screen.
    pub(super) fn line(mut self) -> Line<'static> {
        let padding = self.screen.saturating_sub(self.used);
        self.spans.push(Span::raw(" ".repeat(padding)));
        Line::from(self.spans)
    }
}

/// The titles of the columns.
pub(super) fn titles(
    table: &[Column],
    widths: &[Option<usize>],
    screen: usize,
    style: Style,
) -> Line<'static> {
    let mut row = Row::new(table, widths, screen);
    for column in table {
        row.cell(column.title, style);
    }
    row.line()
}
