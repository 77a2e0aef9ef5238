//! Checks a statistic, over all files that have it.

use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum as _;
use mmstats_core::{Role, Snapshot, State, Summary};

use super::answer::{Answer, Status};
use super::args::Check;
use super::range::Range;
use super::writers::listed;
use crate::show::human;
use crate::watch::measure::{Amount, Measure};
use crate::watch::merge::{Merged, Policy, Share, merge};
use crate::watch::rate::per_second;
use crate::watch::track::Track;

/// Checks the statistic with this key. With `elapsed`, the tracks are of a second look, so much later
/// than the first.
pub(super) fn check(
    key: &str,
    options: &Check,
    tracks: &[Arc<Track>],
    snapshots: &[&Snapshot],
    elapsed: Option<Duration>,
    answer: &mut Answer,
) {
    let having: Vec<&Snapshot> =
        snapshots.iter().copied().filter(|found| found.stat(key).is_some()).collect();
    let Some(total) = merge(Share::of(having.iter().copied(), key), options.merge) else {
        let place = match snapshots {
            [only] => only.path().display().to_string(),
            several => format!("{} files", several.len()),
        };
        return answer.finding(options.missing, format!("no field {key} in {place}"));
    };
    let interval = elapsed.map(|elapsed| Interval::of(key, options.merge, tracks, elapsed));
    check_value(key, options, &total, interval.as_ref(), &having, answer);
    if let Some(limit) = options.running {
        check_running(key, limit, &total.summary(), &having, answer);
    }
}

/// A statistic over all files, between two looks.
struct Interval<'a> {
    elapsed: Duration,
    /// The value at the first look.
    before: Option<Merged<'a>>,
    change: Option<Merged<'a>>,
}

impl<'a> Interval<'a> {
    fn of(key: &str, policy: Option<Policy>, tracks: &'a [Arc<Track>], elapsed: Duration) -> Self {
        let before = tracks.iter().filter_map(|track| track.before.as_deref());
        let changes = tracks.iter().filter_map(|track| {
            Some(Share::new(track.change.as_ref()?.stat(key)?, track.now.as_deref()?))
        });
        let before = merge(Share::of(before, key), policy);
        Self { elapsed, before, change: merge(changes.collect(), policy) }
    }

    /// Returns the number of the interval, or why the statistic has none.
    fn amount(&self, measure: Measure, total: &Summary<'_>) -> Result<Amount, &'static str> {
        let change = self.change.as_ref().map(Merged::summary);
        if measure != Measure::Rate {
            // A statistic that has no mean has none without a change, either.
            measure.of(total)?;
            return change.map_or(Ok(Amount::None), |change| measure.of(&change));
        }
        let rate = match total.headline.as_f64() {
            // A gauge has no count: its rate is the change of its value.
            Some(now) if total.count.is_none() && total.role != Role::Constant => {
                let before = self.before.as_ref();
                let before = before.and_then(|before| before.summary().headline.as_f64());
                before.map_or(0.0, |before| now - before) / self.elapsed.as_secs_f64()
            }
            _ => {
                measure.of(total)?;
                let count = change.and_then(|change| change.count).unwrap_or(0);
                per_second(count, self.elapsed).unwrap_or(0.0)
            }
        };
        Ok(Amount::Float(rate))
    }
}

fn check_value(
    key: &str,
    options: &Check,
    total: &Merged<'_>,
    interval: Option<&Interval<'_>>,
    having: &[&Snapshot],
    answer: &mut Answer,
) {
    let measure = options.measure();
    let summary = total.summary();
    let amount = match interval {
        Some(interval) => interval.amount(measure, &summary),
        None => measure.of(&summary),
    };
    let amount = match amount {
        Ok(amount) => amount,
        Err(why) => return answer.finding(Status::Unknown, format!("{key} {why}")),
    };
    let why = if options.allow_dead { None } else { why_outdated(total, measure, having) };
    let amount = if why.is_some() { Amount::None } else { amount };

    let policy = options.merge.filter(|_| summary.samples.is_none());
    let policy = policy.and_then(|policy| policy.to_possible_value());
    let name = |joint: char| {
        let name = measure.name(key, joint);
        policy.as_ref().map_or(name.clone(), |policy| format!("{name}{joint}{}", policy.get_name()))
    };
    let (unit, uom) = measure.unit(&summary, total.stat.unit());
    let [warning, critical] = [&options.warning, &options.critical]
        .map(|range| range.as_ref().map(ToString::to_string).unwrap_or_default());
    answer.data(&name('_'), &amount.digits(), uom, [&warning, &critical, "", ""]);

    let name = name(' ');
    if let Some(why) = why {
        return answer.finding(Status::Unknown, format!("{name}: {why}"));
    }
    let torn = if total.torn { " (torn)" } else { "" };
    match (amount.as_f64(), interval) {
        (None, Some(interval)) if measure != Measure::Rate => {
            let elapsed = human::duration(interval.elapsed);
            answer.finding(Status::Ok, format!("{name}: no samples in {elapsed}"));
        }
        (None, _) => answer.finding(Status::Ok, format!("{name}: no samples yet")),
        (Some(number), _) if number.is_nan() => {
            answer.finding(Status::Unknown, format!("{name} is not a number{torn}"));
        }
        (Some(number), _) => {
            let short = number.is_finite() && number.abs() < human::HUGE;
            let digits = if short { amount.digits() } else { human::float(number) };
            let (status, alarm) = judge(number, options);
            answer.finding(status, format!("{name} = {digits}{unit}{alarm}{torn}"));
        }
    }
}

/// Returns why the number is of no use: it shows the present, and no writer is live. A writer that
/// closed its file left it as it should be.
fn why_outdated(total: &Merged<'_>, measure: Measure, having: &[&Snapshot]) -> Option<String> {
    let summary = total.summary();
    let shows_present = match summary.role {
        Role::UpDown | Role::Gauge => true,
        Role::Samples => measure != Measure::Rate,
        Role::Untyped => summary.count.is_none(),
        _ => false,
    };
    let is_dead = |found: &&Snapshot| matches!(found.state(), State::Dead | State::Panicked);
    if total.live || !shows_present || !having.iter().any(is_dead) {
        return None;
    }
    Some(match having {
        [only] if only.state() == State::Panicked => "its writer panicked".into(),
        [only] => format!("its writer is {}", only.state()),
        several => format!("none of its {} writers is live", several.len()),
    })
}

/// Returns the status of a value, and why.
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

/// Reports files in which something has been running for longer than `limit`, on average.
///
/// Each live file is checked separately, so that busy processes do not hide a hanging one. Threads are
/// not, since a timer may start on one thread and end on another.
fn check_running(
    key: &str,
    limit: Duration,
    total: &Summary<'_>,
    having: &[&Snapshot],
    answer: &mut Answer,
) {
    if total.running.is_none() && total.unit != Some("s") {
        return answer.finding(Status::Unknown, format!("{key} measures no durations"));
    }
    let age = |found: &Snapshot| {
        let running = found.get(key)?.summary().running?;
        Some(running.mean_age).filter(|_| !found.state().has_ended())
    };
    let oldest = having.iter().filter_map(|found| age(found)).max();
    let seconds = |duration: Duration| Amount::Float(duration.as_secs_f64()).digits();
    let value = seconds(oldest.unwrap_or_default());
    answer.data(&format!("{key}_running"), &value, "s", ["", &seconds(limit), "0", ""]);
    let is_late = |found: &&Snapshot| age(found).is_some_and(|age| age > limit);
    let late: Vec<&Snapshot> = having.iter().copied().filter(is_late).collect();
    let oldest = match oldest {
        Some(oldest) => format!("running for {}", human::duration(oldest)),
        None => "nothing running".into(),
    };
    if late.is_empty() {
        answer.finding(Status::Ok, oldest);
    } else {
        answer.finding(Status::Critical, format!("{oldest}: {}", listed(&late)));
    }
}

#[cfg(test)]
mod tests {
    use mmstats::{Counter, Gauge, Mapped, MmStats, Timer};

    use super::*;
    use crate::report::Report;
    use crate::watch::watcher::Watcher;

    #[derive(MmStats)]
    struct Job {
        done: Counter,
        free: Gauge<u64>,
        step: Timer,
    }

    fn create(directory: &tempfile::TempDir, name: &str) -> Mapped<Job> {
        let name = format!("{name}.mmstats");
        Job::builder().directory(directory.path()).file(name).create().unwrap()
    }

    fn watch(directory: &tempfile::TempDir) -> Watcher {
        let mut watcher = Watcher::new(vec![directory.path().into()]);
        watcher.observe(&mut Report::quiet());
        watcher
    }

    /// Returns the rate over two seconds.
    fn rate(key: &str, watcher: &Watcher) -> Amount {
        let tracks = watcher.tracks();
        let snapshots = tracks.iter().filter_map(|track| track.present()).map(AsRef::as_ref);
        let total = merge(Share::of(snapshots, key), None).unwrap();
        let interval = Interval::of(key, None, tracks, Duration::from_secs(2));
        interval.amount(Measure::Rate, &total.summary()).unwrap()
    }

    #[test]
    fn a_rate_is_the_change_a_second_over_all_files() {
        let directory = tempfile::tempdir().unwrap();
        let jobs = [create(&directory, "a"), create(&directory, "b")];
        jobs[0].done.add(7);
        jobs[0].free.set(100);
        jobs[1].free.set(10);
        let mut watcher = watch(&directory);
        jobs[0].done.add(20);
        jobs[1].done.add(3);
        jobs[0].free.set(90);
        jobs[1].step.record(Duration::from_secs(1));
        watcher.observe(&mut Report::quiet());
        assert_eq!(rate("done", &watcher), Amount::Float(11.5));
        assert_eq!(rate("free", &watcher), Amount::Float(-5.0));
        assert_eq!(rate("step", &watcher), Amount::Float(0.5));
    }

    #[test]
    fn a_restarted_writer_counts_from_zero_and_its_gauge_takes_the_place_of_the_old_one() {
        let directory = tempfile::tempdir().unwrap();
        let job = create(&directory, "a");
        job.done.add(1_000);
        job.free.set(100);
        let mut watcher = watch(&directory);
        job.done.add(8); // read at the second look, from the file that is gone
        drop(job);
        let job = create(&directory, "a");
        job.done.add(6);
        job.free.set(90);
        watcher.observe(&mut Report::quiet());
        assert_eq!(rate("done", &watcher), Amount::Float(7.0));
        assert_eq!(rate("free", &watcher), Amount::Float(-5.0));
    }

    #[test]
    fn a_gauge_that_has_just_appeared_has_not_changed() {
        let directory = tempfile::tempdir().unwrap();
        let mut watcher = watch(&directory);
        let job = create(&directory, "a");
        job.done.add(6);
        job.free.set(90);
        watcher.observe(&mut Report::quiet());
        assert_eq!(rate("done", &watcher), Amount::Float(3.0));
        assert_eq!(rate("free", &watcher), Amount::Float(0.0));
    }
}
