//! Formats for whole sets of files.

mod exponential;
pub(crate) mod exposition;
mod families;
pub(crate) mod json;
mod message;
mod openmetrics;
pub(crate) mod otlp;
pub(crate) mod plain;
mod pretty;
mod protobuf;

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use mmstats_core::{Delta, Snapshot, Stat, Value};

use crate::show::terminal::{self, Color, Terminal};
use crate::watch::figure::Figure;
use exposition::{Exposition, Per, Scrape};

/// How files are printed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// A key and a value per line; a timer's value is the mean of its latest samples, in seconds
    Plain,
    /// With units, percentiles, progress, and the state of the writer
    Pretty,
    /// An array with an object per file; times are in seconds
    Json,
    /// What Prometheus scrapes, version 0.0.4: a series per program and labels, over all files
    Prometheus,
    /// The same as OpenMetrics 1.0
    Openmetrics,
}

/// A format.
pub(crate) trait Export {
    /// Writes a whole set of files.
    fn export(&self, out: &mut dyn Write, files: &[File<'_>]) -> io::Result<()>;
}

/// A file to print.
#[derive(Debug)]
pub(crate) struct File<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) interval: Option<Interval<'a>>,
}

/// What happened to a file before its snapshot was taken.
#[derive(Debug)]
pub(crate) struct Interval<'a> {
    pub(crate) delta: Arc<Delta>,
    /// Its length; `None` if it is not known.
    pub(crate) elapsed: Option<Duration>,
    pub(crate) show: Show<'a>,
}

/// What to show of an interval.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Show<'a> {
    /// The values at its end, and the rates beside them.
    Rates,
    /// The changes of all statistics.
    Changes,
    /// The changes of those statistics that did change since this snapshot, or since creation.
    Changed(Option<&'a Snapshot>),
}

/// One statistic to print.
#[derive(Debug, Clone, Copy)]
struct Row<'a> {
    /// Its value, or that of the interval.
    figure: Figure<'a>,
    /// Its value before, if it is another one.
    before: Option<&'a Value>,
    /// Whether it is the value of the interval.
    is_change: bool,
}

impl<'a> From<Stat<'a>> for Row<'a> {
    fn from(stat: Stat<'a>) -> Self {
        Self { figure: stat.into(), before: None, is_change: false }
    }
}

impl<'a> Row<'a> {
    fn stat(&self) -> Stat<'a> {
        self.figure.stat
    }
}

impl File<'_> {
    fn rows(&self) -> Vec<Row<'_>> {
        let Some(Interval { delta, elapsed, show }) = &self.interval else {
            return self.snapshot.stats().map(Row::from).collect();
        };
        let saved = match show {
            Show::Changed(saved) => *saved,
            Show::Rates | Show::Changes => None,
        };
        let before: HashMap<&str, &Value> = saved.into_iter().flat_map(by_key).collect();
        let is_change = !matches!(show, Show::Rates);
        let rows = self.snapshot.stats().zip(delta.stats()).map(|(now, change)| {
            let stat = if is_change { change } else { now };
            let figure = Figure { stat, change: Some(change.value()), elapsed: *elapsed };
            let before = before.get(now.key().as_str()).copied();
            Row { figure, before: before.filter(|before| *before != now.value()), is_change }
        });
        let changed = |row: &Row<'_>| match row.stat().value().count() {
            Some(count) => count != 0,
            None => row.before.is_some() || !before.contains_key(row.stat().key().as_str()),
        };
        rows.filter(|row| !matches!(show, Show::Changed(_)) || changed(row)).collect()
    }
}

fn by_key(snapshot: &Snapshot) -> impl Iterator<Item = (&str, &Value)> {
    snapshot.stats().map(|stat| (stat.key().as_str(), stat.value()))
}

/// Details to print in addition to the values of all threads together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Detail {
    /// The values of each thread.
    pub(crate) lanes: bool,
    /// The descriptions of the statistics.
    pub(crate) help: bool,
    /// What a series of Prometheus is of.
    pub(crate) per: Per,
}

/// Returns the requested format, or else the one that suits standard output.
pub(crate) fn new(format: Option<Format>, color: Color, detail: Detail) -> Box<dyn Export> {
    let per = detail.per;
    let default = if terminal::is_terminal() { Format::Pretty } else { Format::Plain };
    match format.unwrap_or(default) {
        Format::Plain => Box::new(plain::Plain { detail }),
        Format::Pretty => Box::new(pretty::Pretty { detail, terminal: Terminal::new(color) }),
        Format::Json => Box::new(json::Json { detail }),
        Format::Prometheus => Box::new(Scrape { exposition: Exposition::Prometheus, per }),
        Format::Openmetrics => Box::new(Scrape { exposition: Exposition::OpenMetrics, per }),
    }
}

/// Returns the width of the column of labels. Labels wider than `widest` exceed the column: otherwise
/// one label of a hostile file could blow up all lines.
fn label_column(widths: impl Iterator<Item = usize>, widest: usize) -> usize {
    widths.filter(|width| *width <= widest).max().unwrap_or(0)
}
