//! The formats in which snapshots are printed, one a file.

mod json;
mod plain;
mod pretty;

use std::io::{self, Write};

use mmstats_core::Snapshot;

use crate::args::{Color, Format};
use crate::terminal::{self, Terminal};

/// A format.
pub(crate) trait Export {
    /// What comes before all files.
    fn begin(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// One file.
    fn snapshot(&mut self, out: &mut dyn Write, snapshot: &Snapshot) -> io::Result<()>;

    /// What comes after all files.
    fn end(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// The format that is wanted, or else the one that suits standard output.
pub(crate) fn new(format: Option<Format>, color: Color, lanes: bool) -> Box<dyn Export> {
    let default = if terminal::is_terminal() { Format::Pretty } else { Format::Plain };
    match format.unwrap_or(default) {
        Format::Plain => Box::new(plain::Plain { lanes }),
        Format::Pretty => Box::new(pretty::Pretty { lanes, terminal: Terminal::new(color) }),
        Format::Json => Box::new(json::Json { lanes, any: false }),
    }
}

/// How wide the column of labels is; those wider than `widest` stand out of it, since one label
/// of a hostile file could otherwise blow up all its lines.
fn label_column(widths: impl Iterator<Item = usize>, widest: usize) -> usize {
    widths.filter(|width| *width <= widest).max().unwrap_or(0)
}
