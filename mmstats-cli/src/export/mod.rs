//! The formats in which snapshots are printed, one a file.

pub(crate) mod changes;
pub(crate) mod json;
pub(crate) mod plain;
mod pretty;
pub(crate) mod printer;

use std::collections::HashMap;
use std::io::{self, Write};
use std::time::Duration;

use clap::ValueEnum;
use mmstats_core::{Delta, Snapshot, Stat, Value};

use crate::show::terminal::{self, Color, Terminal};

/// How files are printed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// A label and a value a line; a timer's value is its moving average in seconds
    Plain,
    /// With units, percentiles, and what became of the writer
    Pretty,
    /// An array with an object a file; times are in seconds
    Json,
}

/// A format.
pub(crate) trait Export {
    /// What comes before all files.
    fn begin(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// One file.
    fn file(&mut self, out: &mut dyn Write, file: &File<'_>) -> io::Result<()>;

    /// What comes after all files.
    fn end(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// A file that is printed.
#[derive(Debug)]
pub(crate) struct File<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) interval: Option<Interval<'a>>,
}

/// What happened to a file before its snapshot was taken.
#[derive(Debug)]
pub(crate) struct Interval<'a> {
    pub(crate) delta: Delta,
    /// Where it is known.
    pub(crate) elapsed: Option<Duration>,
    pub(crate) show: Show<'a>,
}

/// What is shown of an interval.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Show<'a> {
    /// The values at its end, and the rates beside them.
    Rates,
    /// What changed, of all statistics.
    Changes,
    /// What changed, of those that did since then.
    Changed(Option<&'a Snapshot>),
}

/// What is printed of one statistic.
#[derive(Debug, Clone, Copy)]
struct Row<'a> {
    /// Its value, or that of the interval.
    stat: Stat<'a>,
    /// That of the interval, beside its value.
    beside: Option<&'a Value>,
    /// Of what counts, how many came in how long.
    rate: Option<(i128, Duration)>,
    /// What it was before, if that is another value.
    before: Option<&'a Value>,
    /// Whether it is the value of the interval.
    is_change: bool,
}

impl<'a> From<Stat<'a>> for Row<'a> {
    fn from(stat: Stat<'a>) -> Self {
        Self { stat, beside: None, rate: None, before: None, is_change: false }
    }
}

impl File<'_> {
    fn rows(&self) -> Vec<Row<'_>> {
        let Some(Interval { delta, elapsed, show }) = &self.interval else {
            return self.snapshot.stats().map(Row::from).collect();
        };
        let before: HashMap<&str, &Value> = match show {
            Show::Changed(before) => before.iter().flat_map(|before| by_label(before)).collect(),
            Show::Rates | Show::Changes => HashMap::new(),
        };
        let rows = self.snapshot.stats().zip(delta.stats()).map(|(now, change)| {
            let rates = matches!(show, Show::Rates);
            Row {
                stat: if rates { now } else { change },
                beside: rates.then(|| change.value()),
                rate: change.value().count().zip(*elapsed),
                before: before.get(now.label()).copied().filter(|before| *before != now.value()),
                is_change: !rates,
            }
        });
        let changed = |row: &Row<'_>| match row.stat.value().count() {
            Some(count) => count != 0,
            None => row.before.is_some() || !before.contains_key(row.stat.label()),
        };
        rows.filter(|row| !matches!(show, Show::Changed(_)) || changed(row)).collect()
    }
}

fn by_label(snapshot: &Snapshot) -> impl Iterator<Item = (&str, &Value)> {
    snapshot.stats().map(|stat| (stat.label(), stat.value()))
}

/// What is printed beside the values of all threads together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Detail {
    /// What each thread wrote.
    pub(crate) lanes: bool,
    /// What the statistics mean.
    pub(crate) help: bool,
}

/// The format that is wanted, or else the one that suits standard output.
pub(crate) fn new(format: Option<Format>, color: Color, detail: Detail) -> Box<dyn Export> {
    let default = if terminal::is_terminal() { Format::Pretty } else { Format::Plain };
    match format.unwrap_or(default) {
        Format::Plain => Box::new(plain::Plain { detail }),
        Format::Pretty => Box::new(pretty::Pretty { detail, terminal: Terminal::new(color) }),
        Format::Json => Box::new(json::Json { detail, any: false }),
    }
}

/// How wide the column of labels is; those wider than `widest` stand out of it, since one label
/// of a hostile file could otherwise blow up all its lines.
fn label_column(widths: impl Iterator<Item = usize>, widest: usize) -> usize {
    widths.filter(|width| *width <= widest).max().unwrap_or(0)
}
