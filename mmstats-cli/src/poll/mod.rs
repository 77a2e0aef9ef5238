//! `pollstats`: how fields change, a line an interval, summed over files.

mod args;
pub(crate) mod follow;
mod json;
mod sum;
mod table;

use std::io::{self, BufWriter, Write};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use mmstats_core::Snapshot;

use crate::export::plain;
use crate::report::Report;
use crate::show::suggest;
use crate::show::terminal::Terminal;
use crate::watch::baseline::Baseline;
pub(crate) use args::Poll;
use args::PollFormat;
use follow::{Following, Seen};
use sum::Cell;

/// What there is to print at one look.
#[derive(Debug)]
struct Line {
    time: SystemTime,
    /// Since the look before; `None` at the first one.
    interval: Option<Duration>,
    /// How many files were summed.
    files: usize,
    /// One a field.
    cells: Vec<Cell>,
}

/// A layout.
trait Print {
    fn line(&mut self, out: &mut dyn Write, line: &Line) -> io::Result<()>;
}

pub(crate) fn run(options: &Poll, report: &mut Report) -> io::Result<()> {
    let names: Vec<&str> = options.fields.split(',').filter(|name| !name.is_empty()).collect();
    let labels: Vec<String> =
        names.iter().map(|name| format!("{}{name}", options.prefix)).collect();
    if labels.is_empty() {
        report.failure("no fields: name some, separated by commas");
        return Ok(());
    }
    let baseline = Baseline::read(&options.since, report);
    if report.failures() > 0 || baseline.is_empty() && !options.since.is_empty() {
        return Ok(());
    }
    let mut following = Following::new(options.targets.clone(), baseline);
    let mut print: Box<dyn Print> = match options.format {
        PollFormat::Plain => {
            let names = names.iter().map(|name| (*name).to_owned());
            let rates = options.interval != Duration::from_secs(1);
            let terminal = Terminal::new(options.color);
            Box::new(table::Table::new(names, options.headers, rates, terminal))
        }
        PollFormat::Json => Box::new(json::Json { labels: labels.clone() }),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let mut ticks = Ticks::new(options.interval);
    let mut before: Option<Instant> = None;
    for count in 1.. {
        let (time, now) = (SystemTime::now(), Instant::now());
        let seen = following.look(report);
        if before.is_none() && !is_any_meant(&seen, &labels, options, report) {
            break;
        }
        let meant: Vec<&Seen> =
            seen.iter().filter(|seen| is_meant(&seen.now, &labels, &options.filter)).collect();
        print.line(
            &mut out,
            &Line {
                time,
                interval: before.map(|before| now - before),
                files: meant.iter().filter(|seen| !seen.gone).count(),
                cells: labels.iter().map(|label| Cell::new(label, &meant)).collect(),
            },
        )?;
        out.flush()?;
        before = Some(now);
        if options.count == Some(count) {
            break;
        }
        ticks.wait();
    }
    Ok(())
}

/// Whether to begin: each field is in a file, and a file is not filtered out. Says why not.
fn is_any_meant(seen: &[Seen], labels: &[String], options: &Poll, report: &mut Report) -> bool {
    if seen.is_empty() {
        return false; // which was told
    }
    let has = |label: &str| seen.iter().any(|seen| seen.now.stat(label).is_some());
    let unknown: Vec<&String> = labels.iter().filter(|label| !has(label)).collect();
    for label in &unknown {
        let all = seen.iter().flat_map(|seen| seen.now.stats().map(|stat| stat.label()));
        report
            .failure(format_args!("no file has a field `{label}`: {}", suggest::hint(label, all)));
    }
    let any = seen.iter().any(|seen| is_meant(&seen.now, labels, &options.filter));
    if unknown.is_empty() && !any {
        report.failure(format_args!("none of {} files passes a filter", seen.len()));
    }
    unknown.is_empty() && any
}

/// Whether the file passes one of the filters; where there are none, whether it has a field.
fn is_meant(file: &Snapshot, labels: &[String], filters: &[String]) -> bool {
    let passes = |filter: &String| match filter.split_once('=') {
        Some((label, value)) => file.get(label).is_some_and(|found| plain::value(found) == value),
        None => file.stats().any(|stat| stat.label().starts_with(filter)),
    };
    match filters {
        [] => labels.iter().any(|label| file.stat(label).is_some()),
        filters => filters.iter().any(passes),
    }
}

/// Moments of one distance from each other, however long it takes what is done in between.
#[derive(Debug)]
struct Ticks {
    start: Instant,
    distance: Duration,
}

impl Ticks {
    fn new(distance: Duration) -> Self {
        Self { start: Instant::now(), distance }
    }

    /// Waits for the next one; those that were missed are left out.
    fn wait(&mut self) {
        thread::sleep(self.until_next(self.start.elapsed()));
    }

    fn until_next(&self, elapsed: Duration) -> Duration {
        let distance = self.distance.as_nanos();
        let rest = distance - elapsed.as_nanos() % distance;
        Duration::from_nanos(u64::try_from(rest).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_do_not_drift() {
        let ticks = Ticks::new(Duration::from_millis(500));
        let wait = |ms| ticks.until_next(Duration::from_millis(ms)).as_millis();
        assert_eq!([0, 1, 499, 500, 503, 1999].map(wait), [500, 499, 1, 500, 497, 1]);
    }
}
