//! Rows as the terminal has them, whatever it takes for the width of what is in them.
//!
//! Terminals do not agree how wide a letter with marks is, or an emoji that is made of others. So
//! what follows one of them is put to its place, and a row that holds one, or held one, is painted
//! as a whole on an empty line: otherwise parts of it would stay behind where nobody expects them.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use crate::show::terminal::columns;

/// The backend of crossterm, but for rows of uncertain width.
#[derive(Debug)]
pub(super) struct Rows<W: Write> {
    terminal: CrosstermBackend<W>,
    /// What is on the screen.
    cells: BTreeMap<u16, Vec<Cell>>,
    /// Those that were painted as a whole.
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
            // What a wide one covers is not painted.
            for _ in 1..columns(cell.symbol()) {
                cells.next();
            }
            if is_uncertain(cell) {
                // Each piece is put to its place.
                self.terminal.draw(piece.drain(..))?;
            }
        }
        self.terminal.draw(piece.into_iter())
    }
}

/// Whether it is of more characters than one.
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
            // Nobody says what becomes of those that it covers.
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
        // Of the others nothing is drawn here.
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

    /// What is written to the terminal for a row that changes from one text to another.
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
    fn what_follows_an_uncertain_letter_is_put_to_its_place() {
        let row = written(&["a"], &["b", "e\u{308}", "c", "d"]);
        assert_eq!(row, "^[1;1H^[K^[1;1Hbe\u{308}^[1;3Hcd");
    }

    #[test]
    fn a_row_that_held_one_is_painted_as_a_whole() {
        assert_eq!(written(&["e\u{308}", "x"], &["b"]), "^[1;1H^[K^[1;1Hbx");
        assert_eq!(written(&["a", "x"], &["b"]), "^[1;1Hb");
    }

    #[test]
    fn what_a_wide_one_covers_is_not_painted() {
        let row = written(&[], &["小", " ", "e\u{308}", "x"]);
        assert_eq!(row, "^[1;1H^[K^[1;1H小^[1;3He\u{308}^[1;4Hx");
    }

    #[test]
    fn what_a_wide_one_covered_does_not_come_back() {
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
