//! `pollstats`: prints how fields change over all files together, a line per interval.

mod args;
mod json;
mod table;

use std::io::{self, BufWriter, Write};
use std::mem;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use mmstats_core::{Delta, Snapshot, Summary, Work};

use crate::export::plain;
use crate::report::Report;
use crate::show::terminal::Terminal;
use crate::show::{life, suggest};
use crate::watch::baseline::{Baseline, NoChange};
use crate::watch::merge::{Merged, Share, merge};
use crate::watch::progress;
use crate::watch::track::Track;
use crate::watch::watcher::Watcher;
pub(crate) use args::Poll;
use args::PollFormat;

/// A line of output.
#[derive(Debug)]
struct Line<'a> {
    time: SystemTime,
    /// The time since the look before; `None` at the first one.
    interval: Option<Duration>,
    /// The number of files that were added up.
    files: usize,
    /// One for each field.
    cells: Vec<Cell<'a>>,
    /// The progress of the job, if there is a single file.
    progress: Option<Work>,
    /// The number of threads whose counts are missing.
    lanes_lost: u64,
}

/// A field at one look, over all files that have it; `None` if none has.
#[derive(Debug)]
struct Cell<'a> {
    /// Since creation, or since the copy that was saved.
    total: Option<Merged<'a>>,
    /// Since the look before.
    change: Option<Merged<'a>>,
}

/// A file at one look.
struct Seen<'a> {
    track: &'a Track,
    now: &'a Snapshot,
    total: Arc<Delta>,
}

/// A layout.
trait Print {
    fn line(&mut self, out: &mut dyn Write, line: &Line<'_>) -> io::Result<()>;
}

pub(crate) fn run(options: &Poll, report: &mut Report) -> io::Result<()> {
    let names: Vec<&str> = options.fields.split(',').filter(|name| !name.is_empty()).collect();
    let keys: Vec<String> = names.iter().map(|name| format!("{}{name}", options.prefix)).collect();
    if keys.is_empty() {
        report.failure("no fields: name some, separated by commas");
        return Ok(());
    }
    let baseline = Baseline::read(&options.since, report);
    if report.failures() > 0 || baseline.is_empty() && !options.since.is_empty() {
        return Ok(());
    }
    let mut watcher = Watcher::new(options.targets.clone());
    let mut print: Box<dyn Print> = match options.format {
        PollFormat::Plain => {
            let names = names.iter().map(|name| (*name).to_owned());
            let rates = options.interval != Duration::from_secs(1);
            let terminal = Terminal::new(options.color);
            Box::new(table::Table::new(names, options.headers, rates, terminal))
        }
        PollFormat::Json => Box::new(json::Json { keys: keys.clone() }),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let mut ticks = Ticks::new(options.interval);
    let mut before: Option<Instant> = None;
    let mut count = 0;
    let mut shown = Vec::new();
    loop {
        let (time, now) = (SystemTime::now(), Instant::now());
        let tracks = watcher.look(report);
        let seen: Vec<Seen<'_>> =
            tracks.iter().filter_map(|track| Seen::new(track, &baseline)).collect();
        if before.is_none()
            && !(begins_after(&seen, &baseline, report)
                && is_any_meant(&seen, &keys, options, report))
        {
            break;
        }
        let meant: Vec<&Seen<'_>> =
            seen.iter().filter(|seen| is_meant(seen.now, &keys, &options.filter)).collect();
        let there: Vec<&Snapshot> =
            meant.iter().filter(|seen| seen.is_there()).map(|seen| seen.now).collect();
        let line = Line {
            time,
            interval: before.map(|before| now - before),
            files: there.len(),
            cells: keys.iter().map(|key| Cell::new(key, &meant)).collect(),
            progress: if let [only] = there[..] { progress::of(only) } else { None },
            lanes_lost: there.iter().fold(0, |lost, now| lost.saturating_add(now.lanes_lost())),
        };
        for now in there.iter().filter(|now| now.lanes_lost() > 0) {
            let lost = life::threads_lost(now.lanes_lost());
            report.note(format_args!("{}: {lost}", now.path().display()));
        }
        before = Some(now);
        if !options.changes || has_changed(&line, &mut shown) {
            print.line(&mut out, &line)?;
            out.flush()?;
            count += 1;
            if options.count == Some(count) {
                break;
            }
        }
        ticks.wait();
    }
    Ok(())
}

/// Returns whether a line differs from the one before, whose values were `shown`.
fn has_changed(line: &Line<'_>, shown: &mut Vec<Option<String>>) -> bool {
    // What is counted is shown as it changed, and everything else as it is.
    let values = line.cells.iter().map(Cell::value).collect();
    let before = mem::replace(shown, values);
    before != *shown || line.cells.iter().any(Cell::has_counted)
}

impl<'a> Seen<'a> {
    fn new(track: &'a Track, baseline: &Baseline) -> Option<Self> {
        let now = track.now.as_deref()?;
        let change = baseline.change(now).map(|change| change.delta);
        Some(Self { track, now, total: change.unwrap_or_else(|_| Arc::new(now.since_creation())) })
    }

    /// Returns whether the file exists and can be read.
    fn is_there(&self) -> bool {
        !self.track.gone && self.track.error.is_none()
    }
}

impl<'a> Cell<'a> {
    fn new(key: &str, seen: &[&'a Seen<'a>]) -> Self {
        let share =
            |seen: &&Seen<'a>, delta: &'a Delta| Some(Share::new(delta.stat(key)?, seen.now));
        let there = seen.iter().filter(|seen| seen.is_there());
        let total = there.filter_map(|seen| share(seen, &seen.total)).collect();
        let change = seen.iter().filter_map(|seen| share(seen, seen.track.change.as_deref()?));
        Self { total: merge(total, None), change: merge(change.collect(), None) }
    }

    /// Returns whether something was counted since the look before.
    fn has_counted(&self) -> bool {
        let change = self.change.as_ref().and_then(|change| change.summary().count);
        change.is_some_and(|count| count != 0)
    }

    /// Returns the text of the value, if it counts nothing.
    fn value(&self) -> Option<String> {
        let summary = self.total.as_ref().map(Merged::summary)?;
        summary.count.is_none().then(|| plain::value(&summary.headline))
    }

    /// Returns what a line shows: the change in the interval, or the value if the field counts
    /// nothing; without an interval, the value so far.
    fn shown(&self, has_interval: bool) -> Option<Summary<'_>> {
        let total = self.total.as_ref().map(Merged::summary);
        let counts = total.as_ref().is_none_or(|total| total.count.is_some());
        if has_interval && counts { self.change.as_ref().map(Merged::summary) } else { total }
    }
}

/// Returns whether no file is earlier than its copy; reports those that are.
fn begins_after(seen: &[Seen<'_>], baseline: &Baseline, report: &mut Report) -> bool {
    let failures = report.failures();
    for now in seen.iter().map(|seen| seen.now) {
        if let Err(why @ NoChange::LaterCopy) = baseline.change(now) {
            report.failure(format_args!("{}: {why}", now.path().display()));
        }
    }
    report.failures() == failures
}

/// Returns whether there is something to print: some file has each field, and the filters leave a
/// file. Reports why there is not.
fn is_any_meant(seen: &[Seen<'_>], keys: &[String], options: &Poll, report: &mut Report) -> bool {
    if seen.is_empty() {
        return false; // reported already
    }
    let has = |key: &str| seen.iter().any(|seen| seen.now.stat(key).is_some());
    let unknown: Vec<&String> = keys.iter().filter(|key| !has(key)).collect();
    for key in &unknown {
        let stats = seen.iter().flat_map(|seen| seen.now.stats());
        let hint = suggest::hint(key, stats.map(|stat| stat.key().as_str()));
        report.failure(format_args!("no file has a field {}: {hint}", suggest::quoted(key)));
    }
    let any = seen.iter().any(|seen| is_meant(seen.now, keys, &options.filter));
    if unknown.is_empty() && !any {
        report.failure(format_args!("none of {} files passes a filter", seen.len()));
    }
    unknown.is_empty() && any
}

/// Returns whether the file passes one of the filters; if there are none, whether it has a field.
fn is_meant(file: &Snapshot, keys: &[String], filters: &[String]) -> bool {
    let is = |key: &str, value: &str| {
        file.get(key).is_some_and(|found| plain::value(&found.summary().headline) == value)
    };
    let passes = |filter: &String| match filter.split_once('=') {
        Some((key, value)) => is(key, value),
        None => file.stats().any(|stat| stat.key().as_str().starts_with(filter)),
    };
    match filters {
        [] => keys.iter().any(|key| file.stat(key).is_some()),
        filters => filters.iter().any(passes),
    }
}

/// Moments at one distance from each other, however long the work between them takes.
#[derive(Debug)]
struct Ticks {
    start: Instant,
    distance: Duration,
}

impl Ticks {
    fn new(distance: Duration) -> Self {
        Self { start: Instant::now(), distance }
    }

    /// Waits for the next one; skips those that were missed.
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
