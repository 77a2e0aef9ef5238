//! The columns of the original `pollstats`.

use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use mmstats_core::{Headline, Running, Samples, Scalar, Summary};

use super::{Cell, Line, Print};
use crate::export::plain;
use crate::show::terminal::{Terminal, columns, cut, escaped};
use crate::show::{cells, human};
use crate::watch::merge::Merged;
use crate::watch::rate::per_second;

/// The width of the original's columns, including a blank; wider values widen their column.
const WIDTH: usize = 20;
/// The width of a statistic with quantiles.
const QUANTILES_WIDTH: usize = 32;

const HEADER: Style = Style::new().bold();
const VALUE: Style = AnsiColor::Yellow.on_default();

#[derive(Debug)]
pub(super) struct Table {
    names: Vec<String>,
    widths: Vec<usize>,
    /// The number of lines after which the header is repeated.
    lines: u64,
    /// The number of lines since the header.
    printed: u64,
    /// Whether each count has its rate beside it.
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
    fn line(&mut self, out: &mut dyn Write, line: &Line<'_>) -> io::Result<()> {
        let texts: Vec<String> =
            line.cells.iter().map(|cell| text(cell, line.interval, self.rates)).collect();
        let before = self.widths.clone();
        for ((width, text), cell) in self.widths.iter_mut().zip(&texts).zip(&line.cells) {
            let shown = cell.shown(line.interval.is_some());
            let samples = shown.and_then(|shown| shown.samples);
            let has_quantiles = samples.is_some_and(|samples| samples.has_quantiles());
            let least = if has_quantiles { QUANTILES_WIDTH } else { WIDTH };
            *width = (*width).max(least).max(columns(text) + 1);
        }
        // Repeated also if columns have moved.
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

/// Formats the value so far, or that of an interval.
fn text(cell: &Cell<'_>, interval: Option<Duration>, rates: bool) -> String {
    let Some(summary) = cell.shown(interval.is_some()) else { return "-".into() };
    let rate = interval.and_then(|time| per_second(summary.count?, time)).map(human::rate);
    let is_live = || cell.total.as_ref().is_some_and(|total| total.live);
    // Its change has no total.
    let total = cell.total.as_ref().map(Merged::summary);
    if let Some(work) = total.as_ref().and_then(|total| total.progress)
        && let Some(percent) = cells::percent(work)
    {
        let done = plain::value(&summary.headline);
        let rate = rate.filter(|_| rates).map(|rate| format!("({rate})"));
        let pieces = [Some(done), rate, cells::bar_of(work, 10), Some(percent), cells::left(work)];
        return pieces.into_iter().flatten().collect::<Vec<_>>().join(" ");
    }
    match (&summary.headline, &summary.samples) {
        (_, Some(found)) => {
            let running = summary.running.filter(|_| is_live());
            samples(&summary, found, running, rate)
        }
        (Headline::Number(Scalar::Double(_) | Scalar::Float(_)), None) => {
            human::mean(summary.headline.as_f64().unwrap_or_default())
        }
        (Headline::Number(_), None) => match rate.filter(|_| rates) {
            Some(rate) => format!("{} ({rate})", plain::value(&summary.headline)),
            None => plain::value(&summary.headline),
        },
        _ => cut(&plain::value(&summary.headline), WIDTH - 1).into_owned(),
    }
}

/// Formats samples as `120/s × 1.2 ms p99 4.0 ms`. If there are none, shows for how long something
/// has been running.
fn samples(
    summary: &Summary<'_>,
    samples: &Samples<'_>,
    running: Option<Running>,
    rate: Option<String>,
) -> String {
    let times = rate.unwrap_or_else(|| samples.count.to_string());
    let Some(mean) = cells::mean_or_range(summary, "", samples) else {
        let running =
            running.map(|running| format!(", running {}", human::duration(running.mean_age)));
        return times + &running.unwrap_or_default();
    };
    let p99 = samples.quantile(0.99);
    let p99 = p99.map(|p99| format!(" p99 {}", cells::sample_of(summary, "", p99)));
    format!("{times} × {mean}{}", p99.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use mmstats::{Counter, MmStats, Reader, Snapshot, Text, Timer, UpDown};

    use super::*;
    use crate::show::terminal::Color;
    use crate::watch::merge::{Share, merge};

    #[derive(MmStats)]
    struct Job {
        done: Counter,
        in_flight: UpDown,
        user: Text<64>,
        step: Timer,
    }

    /// Returns a snapshot of a job while it runs, and one after it has ended.
    fn snapshots(work: impl Fn(&Job)) -> [Snapshot; 2] {
        let directory = tempfile::tempdir().unwrap();
        let job = Job::builder().directory(directory.path()).create().unwrap();
        let reader = Reader::open(job.path().unwrap()).unwrap();
        work(&job);
        let live = reader.snapshot().unwrap();
        drop(job);
        [live, reader.snapshot().unwrap()]
    }

    fn cell<'a>(snapshot: &'a Snapshot, key: &str) -> Cell<'a> {
        let merged = || merge(Share::of([snapshot], key), None);
        Cell { total: merged(), change: merged() }
    }

    fn printed(
        table: &mut Table,
        interval: Option<Duration>,
        snapshot: &Snapshot,
        keys: &[&str],
    ) -> String {
        let cells = keys.iter().map(|key| cell(snapshot, key)).collect();
        let time = std::time::UNIX_EPOCH;
        let line = Line { time, interval, files: 1, cells, progress: None, lanes_lost: 0 };
        let mut out = Vec::new();
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
        let [job, _] = snapshots(|job| {
            job.done.add(125);
            job.in_flight.sub(3);
        });
        let mut row = || printed(&mut table, None, &job, &["done", "in_flight", "odd"]);
        let header = "        done        |a_name_of_more_than…|        odd         \n";
        let expected = "                125 |                 -3 |                  - \n";
        assert_eq!(row(), format!("{header}{expected}"));
        assert_eq!(row(), expected);
        assert_eq!(row(), format!("{header}{expected}"));
    }

    #[test]
    fn rates_are_beside_counts_where_they_are_not_the_same() {
        let mut table = table(&["done"], true);
        table.lines = 0;
        let [job, _] = snapshots(|job| job.done.add(600));
        let mut row =
            |seconds| printed(&mut table, Some(Duration::from_secs(seconds)), &job, &["done"]);
        assert_eq!(row(5), "        600 (120/s) \n");
        assert_eq!(row(7), "       600 (85.7/s) \n");
    }

    #[test]
    fn a_timer_has_the_interval_or_for_how_long_it_runs() {
        let text =
            |snapshot| super::text(&cell(snapshot, "step"), Some(Duration::from_secs(4)), true);
        let [busy, _] = snapshots(|job| {
            (0..100).for_each(|_| job.step.record(Duration::from_millis(2)));
        });
        assert_eq!(text(&busy), "25/s × 2.0 ms p99 2.0 ms");
        let [live, ended] = snapshots(|job| std::mem::forget(job.step.start()));
        assert!(text(&live).starts_with("0/s, running "));
        assert_eq!(text(&ended), "0/s");
    }

    #[test]
    fn columns_grow_with_what_is_in_them() {
        let mut table = table(&["user", "big"], true);
        let [job, _] = snapshots(|job| {
            job.user.set("小林 さくら, who has a long name");
            job.done.add(u64::MAX);
        });
        let interval = Some(Duration::from_secs(1));
        let row = printed(&mut table, interval, &job, &["user", "none"]);
        assert!(row.ends_with("… |                  - \n"), "{row}");
        let mut row = || printed(&mut table, interval, &job, &["none", "done"]);
        let header = "        user        |             big              \n";
        let expected = "                  - |18446744073709551615 (18 E/s) \n";
        assert_eq!(row(), format!("{header}{expected}"), "the header moves with its columns");
        assert_eq!(row(), expected);
    }
}
