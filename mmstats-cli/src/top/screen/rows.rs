//! Draws rows correctly whatever width the terminal gives to their characters.
//!
//! Terminals disagree about the width of a letter with marks, and of an emoji that is composed of
//! others. The text after such a cell is therefore positioned explicitly, and a row that has or had
//! one is cleared and painted as a whole: otherwise parts of it would remain in wrong places.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use crate::show::terminal::columns;

/// The backend of crossterm, with special treatment of rows of uncertain width.
#[derive(Debug)]
pub(super) struct Rows<W: Write> {
    terminal: CrosstermBackend<W>,
    /// The content of the screen.
    cells: BTreeMap<u16, Vec<Cell>>,
    /// The rows that were painted as a whole.
    uncertain: HashSet<u16>,
}

impl<W: Write> Rows<W> {
    pub(super) fn new(writer: W) -> Self {
        let terminal = CrosstermBackend::new(writer);
        Self { terminal, cells: BTreeMap::new(), uncertain: HashSet::new() }
    }

    fn paint(&mut self, y: u16) -> io::Result<()> {
        self.terminal.set_cursor_position((0, y))?;
        self.terminal.clear_region(ClearType::UntilNewLine)?;
        let mut cells = (0..).zip(self.cells.get(&y).map(Vec::as_slice).unwrap_or_default());
        let mut piece: Vec<(u16, u16, &Cell)> = Vec::new();
        while let Some((x, cell)) = cells.next() {
            piece.push((x, y, cell));
            // Skips the cells that a wide character covers.
            for _ in 1..columns(cell.symbol()) {
                cells.next();
            }
            if is_uncertain(cell) {
                // Positions what follows explicitly.
                self.terminal.draw(piece.drain(..))?;
            }
        }
        self.terminal.draw(piece.into_iter())
    }
}

/// Returns whether the cell has several characters, so that terminals disagree about its width.
fn is_uncertain(cell: &Cell) -> bool {
    cell.symbol().chars().nth(1).is_some()
}

impl<W: Write> Backend for Rows<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut changed: BTreeMap<u16, Vec<(u16, &Cell)>> = BTreeMap::new();
        for (x, y, cell) in content {
            let row = self.cells.entry(y).or_default();
            let at = usize::from(x);
            // Cells that it covers get no update of their own.
            let end = at + columns(cell.symbol()).max(1);
            row.resize(row.len().max(end), Cell::EMPTY);
            row[at..end].fill(Cell::EMPTY);
            row[at] = cell.clone();
            changed.entry(y).or_default().push((x, cell));
        }
        for (y, cells) in changed {
            let was_uncertain = self.uncertain.remove(&y);
            let is_uncertain = self.cells.get(&y).is_some_and(|row| row.iter().any(is_uncertain));
            if is_uncertain {
                self.uncertain.insert(y);
            }
            if is_uncertain || was_uncertain {
                self.paint(y)?;
            } else {
                self.terminal.draw(cells.into_iter().map(|(x, cell)| (x, y, cell)))?;
            }
        }
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        // Other regions are not used here.
        if region == ClearType::All {
            self.cells.clear();
            self.uncertain.clear();
        }
        self.terminal.clear_region(region)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.terminal.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.terminal.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.terminal.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.terminal.set_cursor_position(position)
    }

    fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.terminal.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.terminal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the output for a row that changes from one text to another.
    fn written(before: &[&str], after: &[&str]) -> String {
        let mut written = Vec::new();
        let mut rows = Rows::new(&mut written);
        for text in [before, after] {
            rows.terminal.write_all(b"|").unwrap();
            let mut cells = vec![Cell::EMPTY; text.len()];
            for (cell, symbol) in cells.iter_mut().zip(text) {
                cell.set_symbol(symbol);
            }
            rows.draw((0..).zip(&cells).map(|(x, cell)| (x, 0, cell))).unwrap();
        }
        let written = String::from_utf8(written).unwrap();
        let (_, last) = written.rsplit_once('|').unwrap();
        last.replace("\u{1b}[39m\u{1b}[49m\u{1b}[59m\u{1b}[0m", "").replace('\u{1b}', "^")
    }

    #[test]
    fn text_after_an_uncertain_cell_is_positioned() {
        let row = written(&["a"], &["b", "e\u{308}", "c", "d"]);
        assert_eq!(row, "^[1;1H^[K^[1;1Hbe\u{308}^[1;3Hcd");
    }

    #[test]
    fn a_row_that_had_an_uncertain_cell_is_painted_as_a_whole() {
        assert_eq!(written(&["e\u{308}", "x"], &["b"]), "^[1;1H^[K^[1;1Hbx");
        assert_eq!(written(&["a", "x"], &["b"]), "^[1;1Hb");
    }

    #[test]
    fn cells_under_a_wide_character_are_not_painted() {
        let row = written(&[], &["小", " ", "e\u{308}", "x"]);
        assert_eq!(row, "^[1;1H^[K^[1;1H小^[1;3He\u{308}^[1;4Hx");
    }

    #[test]
    fn cells_under_a_wide_character_do_not_come_back() {
        let mut rows = Rows::new(Vec::new());
        let cells = ["a", "b", "e\u{308}", "小"].map(|symbol| {
            let mut cell = Cell::EMPTY;
            cell.set_symbol(symbol);
            cell
        });
        let [a, b, uncertain, wide] = &cells;
        rows.draw([(0, 0, a), (1, 0, b), (2, 0, uncertain)].into_iter()).unwrap();
        rows.draw([(0, 0, wide)].into_iter()).unwrap();
        rows.draw([(0, 0, a)].into_iter()).unwrap();
        let symbols: Vec<_> = rows.cells[&0].iter().map(Cell::symbol).collect();
        assert_eq!(symbols, ["a", " ", "e\u{308}"]);
    }
}
