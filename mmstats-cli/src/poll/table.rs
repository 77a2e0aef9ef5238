//! The columns of the original `pollstats`.

use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use mmstats_core::{Scalar, Timing, Value};

use super::sum::Cell;
use super::{Line, Print};
use crate::export::plain;
use crate::show::human;
use crate::show::terminal::{Terminal, columns, cut, escaped};

/// The width of the original, its blank included; what is wider makes its column so.
const WIDTH: usize = 20;
/// A timer with all that is said of it.
const TIMER_WIDTH: usize = 32;

const HEADER: Style = Style::new().bold();
const VALUE: Style = AnsiColor::Yellow.on_default();

#[derive(Debug)]
pub(super) struct Table {
    names: Vec<String>,
    widths: Vec<usize>,
    /// After how many lines the header comes again.
    lines: u64,
    /// How many since the header.
    printed: u64,
    /// Whether each count has its rate beside it, since it is not one.
    rates: bool,
    terminal: Terminal,
}

impl Table {
    pub(super) fn new(
        names: impl Iterator<Item = String>,
        lines: u64,
        rates: bool,
        terminal: Terminal,
    ) -> Self {
        let names: Vec<String> = names.collect();
        Self { widths: vec![0; names.len()], names, lines, printed: 0, rates, terminal }
    }

    fn header(&self) -> String {
        let style = self.terminal.style(HEADER);
        let names = self.names.iter().zip(&self.widths).map(|(name, width)| {
            let name = escaped(name);
            let name = cut(&name, *width);
            // As Python's `str.center`.
            let room = width.saturating_sub(columns(&name));
            let left = room / 2 + (room & width & 1);
            format!("{style}{:left$}{name}{:right$}{style:#}", "", "", right = room - left)
        });
        names.collect::<Vec<_>>().join("|")
    }
}

impl Print for Table {
    fn line(&mut self, out: &mut dyn Write, line: &Line) -> io::Result<()> {
        let texts: Vec<String> =
            line.cells.iter().map(|cell| text(cell, line.interval, self.rates)).collect();
        let before = self.widths.clone();
        for ((width, text), cell) in self.widths.iter_mut().zip(&texts).zip(&line.cells) {
            let least =
                if matches!(cell.total, Some(Value::Timer(_))) { TIMER_WIDTH } else { WIDTH };
            *width = (*width).max(least).max(columns(text) + 1);
        }
        // Also above columns that have moved.
        if self.lines > 0 && (self.printed >= self.lines || self.widths != before) {
            writeln!(out, "{}", self.header())?;
            self.printed = 0;
        }
        self.printed += 1;
        let style = self.terminal.style(VALUE);
        let texts = texts.iter().zip(&self.widths).map(|(text, width)| {
            let room = width - 1 - columns(text);
            format!("{style}{:room$}{text}{style:#} ", "")
        });
        writeln!(out, "{}", texts.collect::<Vec<_>>().join("|"))
    }
}

/// The value so far, or of an interval.
fn text(cell: &Cell, interval: Option<Duration>, rates: bool) -> String {
    let value = if interval.is_some() { &cell.change } else { &cell.total };
    let Some(value) = value else { return "-".into() };
    let rate = interval.and_then(|interval| human::rate(value.count()?, interval));
    match value {
        Value::Counter(_) | Value::UpDown(_) => match rate.filter(|_| rates) {
            Some(rate) => format!("{} ({rate})", plain::value(value)),
            None => plain::value(value),
        },
        Value::Timer(timing) => times(timing, rate, cell.live),
        Value::Average(mean) => {
            samples(mean.count, rate, (mean.count > 0).then(|| human::mean(mean.mean())))
        }
        Value::MovingAverage(window) => human::mean(window.mean()),
        Value::Number(float @ (Scalar::Float(_) | Scalar::Double(_))) => {
            human::mean(float.as_f64())
        }
        other => cut(&plain::value(other), WIDTH - 1).into_owned(),
    }
}

/// `120/s × 1.2 ms p99 4.0 ms`; while nothing ends, for how long something has been running.
fn times(timing: &Timing, rate: Option<String>, live: bool) -> String {
    let of = match timing.running_for().filter(|_| live) {
        _ if timing.count() > 0 => {
            let [mean, p99] = [timing.mean(), timing.quantile(0.99)].map(human::duration);
            Some(format!("{mean} p99 {p99}"))
        }
        running => running.map(|age| format!("running {}", human::duration(age))),
    };
    samples(timing.count(), rate, of)
}

/// How many, or how many a second, of what.
fn samples(count: u64, rate: Option<String>, of: Option<String>) -> String {
    let times = rate.unwrap_or_else(|| count.to_string());
    match of {
        Some(of) if count > 0 => format!("{times} × {of}"),
        Some(of) => format!("{times}, {of}"),
        None => times,
    }
}

#[cfg(test)]
mod tests {
    use mmstats::{MmStats, Reader, Timer};

    use super::*;
    use crate::show::terminal::Color;

    #[derive(MmStats)]
    struct Job {
        step: Timer,
    }

    fn printed(table: &mut Table, interval: Option<Duration>, values: &[Option<Value>]) -> String {
        let cell = |value: &Option<Value>| Cell {
            total: value.clone(),
            change: value.clone(),
            live: true,
        };
        let cells = values.iter().map(cell).collect();
        let mut out = Vec::new();
        let line = Line { time: std::time::UNIX_EPOCH, interval, files: 1, cells };
        table.line(&mut out, &line).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn table(names: &[&str], rates: bool) -> Table {
        let names = names.iter().map(|name| (*name).to_owned());
        Table::new(names, 2, rates, Terminal::new(Color::Never))
    }

    #[test]
    fn the_layout_is_that_of_the_original() {
        let mut table = table(&["done", "a_name_of_more_than_20_columns", "odd"], false);
        let values = [Some(Value::Counter(125)), Some(Value::UpDown(-3)), None];
        let header = "        done        |a_name_of_more_than…|        odd         \n";
        let row = "                125 |                 -3 |                  - \n";
        assert_eq!(printed(&mut table, None, &values), format!("{header}{row}"));
        assert_eq!(printed(&mut table, None, &values), row);
        assert_eq!(printed(&mut table, None, &values), format!("{header}{row}"));
    }

    #[test]
    fn rates_are_beside_counts_where_they_are_not_the_same() {
        let mut table = table(&["done"], true);
        table.lines = 0;
        let mut row = |seconds| {
            printed(&mut table, Some(Duration::from_secs(seconds)), &[Some(Value::Counter(600))])
        };
        assert_eq!(row(5), "        600 (120/s) \n");
        assert_eq!(row(7), "       600 (85.7/s) \n");
    }

    #[test]
    fn a_timer_has_the_interval_or_for_how_long_it_runs() {
        let timing = |count: u32| {
            let directory = tempfile::tempdir().unwrap();
            let job = Job::builder().path(directory.path()).create().unwrap();
            (0..count).for_each(|_| job.step.record(Duration::from_millis(2)));
            let _running = job.step.start();
            let reader = Reader::open(job.path().unwrap()).unwrap();
            reader.snapshot().unwrap().get("step").cloned()
        };
        let text = |value: &Option<Value>, live| {
            let cell = Cell { total: value.clone(), change: value.clone(), live };
            super::text(&cell, Some(Duration::from_secs(4)), true)
        };
        assert_eq!(text(&timing(100), true), "25/s × 2.0 ms p99 2.0 ms");
        assert!(text(&timing(0), true).starts_with("0/s, running "));
        assert_eq!(text(&timing(0), false), "0/s");
    }

    #[test]
    fn columns_grow_with_what_is_in_them() {
        let mut table = table(&["user", "big"], true);
        let values = [Some(Value::Text("小林 さくら, who has a long name".into())), None];
        let wide = "                 -  \n";
        assert!(!printed(&mut table, None, &values).contains(wide));
        let big = [None, Some(Value::Counter(u64::MAX))];
        let rows = printed(&mut table, Some(Duration::from_secs(1)), &big);
        let header = "        user        |             big              \n";
        let row = "                  - |18446744073709551615 (18 E/s) \n";
        assert_eq!(rows, format!("{header}{row}"), "the header moves with its columns");
        assert_eq!(printed(&mut table, Some(Duration::from_secs(1)), &big), row);
    }
}
