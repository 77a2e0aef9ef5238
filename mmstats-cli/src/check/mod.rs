//! `mmstats check`: a plugin for Nagios, Icinga and all that run such.

mod answer;
mod args;
mod range;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use clap::error::ErrorKind;
use mmstats_core::{Reader, Snapshot, State, Value};

use crate::files::select::select_distinct;
use crate::report::Report;
use crate::show::human;
use crate::watch::measure::{Amount, Measure};
use crate::watch::total::{most_telling, shares, total};
use answer::Answer;
use answer::Status;
pub(crate) use args::Check;
use range::Range;

/// More files than this are not named on the first line.
const NAMED: usize = 3;

pub(crate) fn run(options: &Check) -> ExitCode {
    let mut answer = Answer::new();
    let earlier = options.rate.then(|| {
        let earlier = (Instant::now(), read(options, &mut Answer::new()));
        thread::sleep(options.interval);
        earlier
    });
    let now = Instant::now();
    let snapshots = read(options, &mut answer);
    if !snapshots.is_empty() {
        if let Some(label) = &options.field {
            let earlier = earlier.map(|(then, snapshots)| (now - then, snapshots));
            value(label, options, &snapshots, earlier.as_ref(), &mut answer);
        }
        if let Some(limit) = options.stale {
            stale(limit, options, &snapshots, &mut answer);
        }
        states(options, &snapshots, &mut answer);
    }
    if options.verbose {
        for snapshot in &snapshots {
            answer.detail(detail(snapshot, options));
        }
    }
    answer.give()
}

/// Help, a version, or what is wrong with the arguments: nothing is known in any case.
pub(crate) fn usage(unusual: &clap::Error) -> ExitCode {
    let text = unusual.render().to_string();
    let text = match unusual.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => text,
        _ => format!("MMSTATS UNKNOWN - {}", text.trim_start_matches("error: ").replace('|', "/")),
    };
    // There is nobody left to tell if this fails.
    let _ = write!(io::stdout(), "{text}");
    Status::Unknown.exit_code()
}

/// All that can be read; of what cannot, it is told.
fn read(options: &Check, answer: &mut Answer) -> Vec<Snapshot> {
    let mut report = Report::quiet();
    let selected = select_distinct(&options.targets, &mut report);
    let status = if report.failures() > 0 { Status::Unknown } else { options.missing };
    report.lines().into_iter().for_each(|line| answer.finding(status, line));
    let mut snapshots = Vec::new();
    for selected in selected {
        match Reader::open(&selected.path).and_then(|reader| reader.snapshot()) {
            Ok(snapshot) => snapshots.push(snapshot),
            Err(error) if selected.expects(&error) => {}
            Err(error) if error.is_not_found() => {
                let path = selected.path.display();
                answer.finding(options.missing, format!("{path} is missing"));
            }
            Err(error) => answer.finding(Status::Unknown, error.to_string()),
        }
    }
    snapshots
}

/// Looks at the statistic with this label.
fn value(
    label: &str,
    options: &Check,
    snapshots: &[Snapshot],
    earlier: Option<&(Duration, Vec<Snapshot>)>,
    answer: &mut Answer,
) {
    let measure = options.measure();
    let shares = shares(snapshots, label);
    let Some((total, stat)) = total(&shares, options.merge).zip(most_telling(&shares)) else {
        let place = match snapshots {
            [only] => only.path().display().to_string(),
            several => format!("{} files", several.len()),
        };
        return answer.finding(options.missing, format!("no field {label} in {place}"));
    };
    let amount = match earlier {
        Some((elapsed, earlier)) => rate(label, earlier, snapshots, *elapsed),
        None => measure.of(&total),
    };
    let amount = match amount {
        Ok(amount) => amount,
        Err(why) => return answer.finding(Status::Unknown, format!("{label} {why}")),
    };
    let (unit, uom) = measure.unit(stat.value(), stat.unit());
    let [warning, critical] = [&options.warning, &options.critical]
        .map(|range| range.as_ref().map(ToString::to_string).unwrap_or_default());
    answer.data(&measure.name(label, '_'), &amount.digits(), uom, [&warning, &critical, "", ""]);
    let name = measure.name(label, ' ');
    let torn = if shares.iter().any(|share| share.stat.is_torn()) { " (torn)" } else { "" };
    match amount.as_f64() {
        None => answer.finding(Status::Ok, format!("{name}: no samples yet")),
        Some(number) if number.is_nan() => {
            answer.finding(Status::Unknown, format!("{name} is not a number{torn}"));
        }
        Some(number) => {
            let short = number.is_finite() && number.abs() < human::HUGE;
            let digits = if short { amount.digits() } else { human::float(number) };
            let (status, alarm) = judge(number, options);
            answer.finding(status, format!("{name} = {digits}{unit}{alarm}{torn}"));
        }
    }
}

/// How bad a value is, and why.
fn judge(number: f64, options: &Check) -> (Status, String) {
    let alarm = |range: &Option<Range>| {
        range
            .as_ref()
            .filter(|range| range.alarms(number))
            .map(|range| format!(" ({})", range.place()))
    };
    match (alarm(&options.critical), alarm(&options.warning)) {
        (Some(why), _) => (Status::Critical, why),
        (None, Some(why)) => (Status::Warning, why),
        (None, None) => (Status::Ok, String::new()),
    }
}

/// The change a second, over all files. What a writer counted that was started meanwhile began at
/// zero.
fn rate(
    label: &str,
    earlier: &[Snapshot],
    now: &[Snapshot],
    elapsed: Duration,
) -> Result<Amount, &'static str> {
    let mut change = 0.0;
    for snapshot in now {
        let Some(value) = snapshot.get(label) else { continue };
        let before = earlier.iter().find(|earlier| is_same(earlier, snapshot));
        change += match before.and_then(|before| before.get(label)) {
            Some(before) => difference(before, value)?,
            // How a gauge came to be what it is has no rate.
            None if snapshot.stat(label).is_some_and(is_gauge) => 0.0,
            None => Measure::Rate.of(value)?.as_f64().unwrap_or(0.0),
        };
    }
    Ok(Amount::Float(change / elapsed.as_secs_f64()))
}

fn is_gauge(stat: mmstats_core::Stat<'_>) -> bool {
    matches!(stat.value(), Value::Number(_)) && stat.merge().is_some()
}

/// Whether both are of the same file, and not of one that has replaced it.
fn is_same(a: &Snapshot, b: &Snapshot) -> bool {
    let identity = |snapshot: &Snapshot| {
        let writer = snapshot.writer();
        (writer.file_id, writer.pid, writer.created)
    };
    a.path() == b.path() && identity(a) == identity(b)
}

fn difference(before: &Value, now: &Value) -> Result<f64, &'static str> {
    let restarts = matches!(now, Value::Counter(_));
    match (Measure::Rate.of(before)?, Measure::Rate.of(now)?) {
        (Amount::Integer(before), Amount::Integer(now)) if restarts && now < before => {
            Ok(Amount::Integer(now).as_f64().unwrap_or(0.0))
        }
        (Amount::Integer(before), Amount::Integer(now)) => {
            Ok(Amount::Integer(now - before).as_f64().unwrap_or(0.0))
        }
        (before, now) => Ok(now.as_f64().unwrap_or(0.0) - before.as_f64().unwrap_or(0.0)),
    }
}

/// Tells of writers that do not live, and how bad that is where they should.
fn states(options: &Check, snapshots: &[Snapshot], answer: &mut Answer) {
    let wanted = options.live || options.field.is_none() && options.stale.is_none();
    let of = |state| snapshots.iter().filter(move |found| found.state() == state);
    let live = of(State::Live).count();
    if wanted {
        answer.finding(Status::Ok, format!("{live} live"));
        answer.data("live", &live.to_string(), "", ["", "", "0", &snapshots.len().to_string()]);
    }
    for (state, status) in [
        (State::Dead, Status::Critical),
        (State::Panicked, Status::Critical),
        (State::Closed, if options.allow_closed { Status::Ok } else { Status::Warning }),
        (State::Unknown, Status::Unknown),
    ] {
        let paths: Vec<String> =
            of(state).map(|found| found.path().display().to_string()).collect();
        if !paths.is_empty() {
            let status = if wanted { status } else { Status::Ok };
            answer.finding(status, format!("{} {state}: {}", paths.len(), listed(&paths)));
        }
    }
}

/// Tells of writers that left no trace for too long.
fn stale(limit: Duration, options: &Check, snapshots: &[Snapshot], answer: &mut Answer) {
    let ended = |found: &&Snapshot| options.allow_closed && found.state() == State::Closed;
    let running = snapshots.iter().filter(|found| !ended(found));
    let ages = running.map(|found| (age(found), found.path().display().to_string()));
    let ages: Vec<_> = ages.collect();
    let oldest = ages.iter().map(|(age, _)| *age).max().unwrap_or_default();
    let limit_text = Amount::Float(limit.as_secs_f64()).digits();
    let oldest_text = Amount::Float(oldest.as_secs_f64()).digits();
    answer.data("age", &oldest_text, "s", ["", &limit_text, "0", ""]);
    let stale = ages.into_iter().filter(|(age, _)| *age > limit);
    let paths: Vec<String> = stale.map(|(_, path)| path).collect();
    let oldest = human::duration(oldest);
    if paths.is_empty() {
        answer.finding(Status::Ok, format!("last written {oldest} ago"));
    } else {
        let listed = listed(&paths);
        answer.finding(Status::Critical, format!("not written for {oldest}: {listed}"));
    }
}

/// Since the last trace of its writer.
fn age(snapshot: &Snapshot) -> Duration {
    let written = snapshot.written();
    written.and_then(|at| snapshot.taken().duration_since(at).ok()).unwrap_or_default()
}

fn listed(paths: &[String]) -> String {
    match paths.len().checked_sub(NAMED) {
        None | Some(0) => paths.join(" "),
        Some(more) => format!("{} and {more} more", paths[..NAMED].join(" ")),
    }
}

fn detail(snapshot: &Snapshot, options: &Check) -> String {
    let (path, state) = (snapshot.path().display(), snapshot.state());
    let written = human::duration(age(snapshot));
    let mut detail = format!("{path}: {state}, last written {written} ago");
    if let Some(label) = &options.field
        && let Some(value) = snapshot.get(label)
        && let Ok(amount) = options.measure().of(value)
        && !options.rate
    {
        let name = options.measure().name(label, ' ');
        let _ = write!(detail, ", {name} = {}", amount.digits());
    }
    detail
}

impl Check {
    fn measure(&self) -> Measure {
        match self.quantile {
            Some(quantile) => Measure::Quantile(quantile),
            None if self.rate => Measure::Rate,
            None if self.mean => Measure::Mean,
            None => Measure::Value,
        }
    }
}

#[cfg(test)]
mod tests {
    use mmstats::{Counter, Gauge, Mapped, MmStats, Timer};

    use super::*;

    #[derive(MmStats)]
    struct Job {
        done: Counter,
        free: Gauge<u64>,
        step: Timer,
    }

    fn create(directory: &tempfile::TempDir, name: &str) -> Mapped<Job> {
        Job::builder().path(directory.path()).filename(name).create().unwrap()
    }

    fn snapshot(job: &Mapped<Job>) -> Snapshot {
        Reader::open(job.path().unwrap()).unwrap().snapshot().unwrap()
    }

    fn rate_of(label: &str, earlier: &[Snapshot], now: &[Snapshot]) -> Amount {
        rate(label, earlier, now, Duration::from_secs(2)).unwrap()
    }

    #[test]
    fn a_rate_is_the_change_a_second_over_all_files() {
        let directory = tempfile::tempdir().unwrap();
        let jobs = [create(&directory, "a"), create(&directory, "b")];
        jobs[0].done.add(7);
        jobs[0].free.set(100);
        let earlier = jobs.each_ref().map(snapshot);
        jobs[0].done.add(20);
        jobs[1].done.add(3);
        jobs[0].free.set(90);
        jobs[1].step.record(Duration::from_secs(1));
        let now = jobs.each_ref().map(snapshot);
        assert_eq!(rate_of("done", &earlier, &now), Amount::Float(11.5));
        assert_eq!(rate_of("free", &earlier, &now), Amount::Float(-5.0));
        assert_eq!(rate_of("step", &earlier, &now), Amount::Float(0.5));
    }

    #[test]
    fn a_writer_that_was_started_again_began_at_zero() {
        let directory = tempfile::tempdir().unwrap();
        let job = create(&directory, "a");
        job.done.add(1_000);
        job.free.set(100);
        let earlier = [snapshot(&job)];
        drop(job);
        let job = create(&directory, "a");
        job.done.add(6);
        job.free.set(90);
        let now = [snapshot(&job)];
        assert_eq!(rate_of("done", &earlier, &now), Amount::Float(3.0));
        assert_eq!(rate_of("free", &earlier, &now), Amount::Float(0.0));
        assert_eq!(rate_of("done", &[], &now), Amount::Float(3.0));
        assert_eq!(rate_of("done", &earlier, &[]), Amount::Float(0.0));
    }
}
