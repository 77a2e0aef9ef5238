//! Tables that fit the screen.

use mmstats_core::State;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::canvas::{BOLD, FAINT, PLAIN, REVERSED, TITLES};
use crate::show::cells;
use crate::show::terminal::{columns, cut};
use crate::watch::figure::Figure;
use crate::watch::track::Track;

/// The space between two columns.
const GAP: usize = 2;

/// A column: its title, and the width that it has even if its cells need less, so that it does not
/// move with every change of a number.
pub(super) type Column = (&'static str, Align, usize);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
    /// Right, in all the room that the other columns leave.
    Rest,
}

/// What to do while the columns are too wide.
#[derive(Debug, Clone, Copy)]
pub(super) enum Narrow {
    /// Makes the column narrower, to no less than this width.
    Shrink(&'static str, usize),
    Drop(&'static str),
}

/// The content of a cell. Its text is escaped already.
#[derive(Debug)]
pub(super) enum Cell {
    /// A column of nothing else is left out.
    Nothing,
    /// A text, which may be cut.
    Text(String, Style),
    /// All forms of a number, the longest first: it is never cut.
    Number(Vec<String>, Style),
    /// A text over all columns that follow.
    Rest(String, Style),
    /// The history of the statistic with this number, which takes the width of its column.
    History { index: usize, from_zero: bool },
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into(), PLAIN)
    }

    /// A number with one form.
    pub(super) fn number(number: impl Into<String>, style: Style) -> Self {
        Self::Number(vec![number.into()], style)
    }

    /// The rate of a statistic; `–` if it counts, but has no rate now.
    pub(super) fn rate(rate: Option<f64>, counts: bool) -> Self {
        match rate {
            Some(rate) => Self::number(cells::rate(rate), BOLD),
            None if counts => Self::number("–", BOLD),
            None => Self::Nothing,
        }
    }

    pub(super) fn history(index: usize, figure: &Figure<'_>) -> Self {
        Self::History { index, from_zero: figure.summary().is_counted() }
    }

    fn width(&self) -> Option<usize> {
        match self {
            Self::Nothing | Self::Rest(..) => None,
            Self::Text(text, _) => Some(columns(text)),
            Self::Number(forms, _) => Some(forms.first().map_or(0, |form| columns(form))),
            Self::History { .. } => Some(0),
        }
    }
}

/// The columns that are shown, with their widths.
#[derive(Debug)]
pub(super) struct Table {
    columns: &'static [Column],
    /// `None` for a column that is not shown.
    widths: Vec<Option<usize>>,
    screen: usize,
}

impl Table {
    /// Fits columns with these cells to the screen: does one step after the other until there is
    /// room, and then gives what is left over to the columns that were shrunk.
    pub(super) fn new(
        columns: &'static [Column],
        steps: &[Narrow],
        rows: &[Vec<Cell>],
        screen: usize,
    ) -> Self {
        let widest = |(index, (title, _, least)): (usize, &Column)| {
            let widths = rows.iter().filter_map(|row| row.get(index)?.width());
            widths.max().map(|width| width.max(self::columns(title)).max(*least))
        };
        let wanted: Vec<Option<usize>> = columns.iter().enumerate().map(widest).collect();
        let mut table = Self { columns, widths: wanted.clone(), screen };
        for step in steps {
            let excess = table.needed().saturating_sub(screen);
            match *step {
                _ if excess == 0 => break,
                Narrow::Drop(title) => *table.width(title) = None,
                Narrow::Shrink(title, least) => {
                    if let Some(width) = table.width(title) {
                        *width = width.saturating_sub(excess).max(least).min(*width);
                    }
                }
            }
        }
        for (index, wanted) in wanted.iter().enumerate().rev() {
            let spare = screen.saturating_sub(table.needed());
            let is_rest = columns[index].1 == Align::Rest;
            if let (Some(width), Some(wanted)) = (&mut table.widths[index], wanted) {
                *width += if is_rest { 0 } else { spare.min(wanted - *width) };
            }
        }
        let spare = screen.saturating_sub(table.needed());
        let rest = columns.iter().position(|(_, align, _)| *align == Align::Rest);
        if let Some(Some(width)) = rest.map(|rest| &mut table.widths[rest]) {
            *width += spare;
        }
        table
    }

    fn width(&mut self, title: &str) -> &mut Option<usize> {
        let index = self.columns.iter().position(|(known, ..)| *known == title);
        &mut self.widths[index.expect("a step names a column of its table")]
    }

    /// Returns the width of all columns.
    fn needed(&self) -> usize {
        let widths = self.widths.iter().flatten();
        widths.map(|width| width + GAP).sum::<usize>().saturating_sub(GAP)
    }

    pub(super) fn titles(&self) -> Line<'static> {
        let titles = self.columns.iter().map(|(title, ..)| Cell::Text((*title).into(), TITLES));
        self.line(titles.collect(), None, false)
    }

    /// Returns a row, which is as wide as the screen; `track` is where its history is.
    pub(super) fn line(
        &self,
        row: Vec<Cell>,
        track: Option<&Track>,
        is_selected: bool,
    ) -> Line<'static> {
        let mut spans: Vec<Span<'static>> = Vec::new();
        let mut used = 0;
        for ((cell, width), (_, align, _)) in row.into_iter().zip(&self.widths).zip(self.columns) {
            let is_rest = matches!(cell, Cell::Rest(..));
            let Some(width) = width.or(is_rest.then_some(0)) else { continue };
            let gap = if used > 0 { GAP } else { 0 };
            let width = if is_rest { self.screen.saturating_sub(used + gap) } else { width };
            let (text, style) = draw(cell, width, track);
            let padding = width.saturating_sub(columns(&text));
            let text = if is_rest || *align == Align::Left {
                format!("{:gap$}{text}{:padding$}", "", "")
            } else {
                format!("{:gap$}{:padding$}{text}", "", "")
            };
            used += columns(&text);
            spans.push(Span::styled(text, style));
            if is_rest {
                break;
            }
        }
        spans.push(Span::raw(" ".repeat(self.screen.saturating_sub(used))));
        if is_selected {
            // Reversed colours would be hard to read.
            for span in &mut spans {
                span.style = REVERSED;
            }
        }
        Line::from(spans)
    }
}

/// Returns the text of a cell with this width.
fn draw(cell: Cell, width: usize, track: Option<&Track>) -> (String, Style) {
    match cell {
        Cell::Nothing => (String::new(), PLAIN),
        Cell::Text(text, style) | Cell::Rest(text, style) => {
            (cut(&text, width).into_owned(), style)
        }
        Cell::Number(forms, style) => {
            let fitting = forms.into_iter().find(|form| columns(form) <= width);
            (fitting.unwrap_or_else(|| "…".into()), style)
        }
        Cell::History { index, from_zero } => {
            let history = track.and_then(|track| track.history(index));
            let points = history.into_iter().flat_map(|history| history.last(width));
            let is_live = track.and_then(Track::state) == Some(State::Live);
            let style = if is_live { PLAIN } else { FAINT };
            (cells::sparkline(points, width, from_zero), style)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] =
        &[("NAME", Align::Left, 0), ("VALUE", Align::Right, 0), ("P99", Align::Right, 0)];
    const STEPS: &[Narrow] = &[
        Narrow::Shrink("NAME", 6),
        Narrow::Shrink("VALUE", 5),
        Narrow::Drop("P99"),
        Narrow::Shrink("NAME", 1),
        Narrow::Shrink("VALUE", 1),
    ];

    fn line(screen: usize) -> String {
        let row = || {
            let forms = ["95000000 bytes", "95 M bytes", "95 M"].map(str::to_owned);
            let value = Cell::Number(forms.into(), PLAIN);
            vec![Cell::text("web.requests"), value, Cell::number("1.5 ms", PLAIN)]
        };
        let table = Table::new(COLUMNS, STEPS, &[row()], screen);
        table.line(row(), None, false).to_string()
    }

    #[test]
    fn labels_shrink_then_numbers_and_columns_go_last() {
        assert_eq!(line(36), "web.requests  95000000 bytes  1.5 ms");
        assert_eq!(line(30), "web.r…  95000000 bytes  1.5 ms");
        assert_eq!(line(26), "web.r…  95 M bytes  1.5 ms");
        assert_eq!(line(21), "web.r…   95 M  1.5 ms");
        assert_eq!(line(20), "web.r…    95 M bytes");
        assert_eq!(line(8), "…   95 M");
        assert_eq!(line(4), "…  …");
    }
}
