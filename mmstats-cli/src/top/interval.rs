//! From two snapshots of a file to what is shown of it.

use std::sync::Arc;
use std::time::Duration;

use mmstats_core::{Lane as ReadLane, Mean, Snapshot, Stat, Timing, Value as Read};

use super::sample::{Figure, Identity, Lane, Name, Process, Times, Value};

/// The facts about a process, which have a place of their own. The original puts them among the
/// fields, behind the prefix of the labels.
const FACTS: [&str; 5] = ["sys.pid", "sys.tid", "sys.uid", "sys.gid", "sys.created"];

fn is_fact(stat: &Stat<'_>) -> bool {
    stat.kind().is_none() && FACTS.iter().any(|fact| stat.label().ends_with(fact))
}

/// What is shown of a snapshot: values, and what happened since an earlier one, which may be of
/// another file that had the same name.
///
/// `known` are the names of the earlier one, which the two share if they are still the same.
pub(crate) fn process(
    snapshot: &Snapshot,
    device_and_inode: (u64, u64),
    earlier: Option<&Snapshot>,
    known: Option<&Arc<[Name]>>,
) -> Process {
    let delta = earlier.and_then(|earlier| Some((earlier, snapshot.since(earlier)?)));
    let elapsed = delta.as_ref().and_then(|(_, delta)| delta.elapsed());
    let mut since = delta.as_ref().map(|(_, delta)| delta.stats());
    let stats = snapshot.stats().map(|now| (now, since.as_mut().and_then(Iterator::next)));
    let stats = stats.filter(|(now, _)| !is_fact(now));
    let figures: Vec<Figure> =
        stats.map(|(now, since)| figure(&now, since.map(|stat| stat.value()), elapsed)).collect();
    let lanes = snapshot.lanes().iter().enumerate().map(|(index, now)| {
        // A lane that another thread took over begins anew: what it adds is not told apart.
        let before = delta.as_ref().and_then(|(earlier, _)| earlier.lanes().get(index));
        lane(now, before.filter(|before| before.tid() == now.tid()), elapsed)
    });
    Process {
        identity: identity(snapshot, device_and_inode),
        command: snapshot.writer().command.clone(),
        state: snapshot.state(),
        created: snapshot.writer().created,
        names: names(snapshot, known),
        figures,
        lanes: lanes.collect(),
        lanes_lost: snapshot.lanes_lost(),
    }
}

fn identity(snapshot: &Snapshot, device_and_inode: (u64, u64)) -> Identity {
    let writer = snapshot.writer();
    Identity { device_and_inode, file_id: writer.file_id, pid: writer.pid, created: writer.created }
}

fn names(snapshot: &Snapshot, known: Option<&Arc<[Name]>>) -> Arc<[Name]> {
    let stats = || snapshot.stats().filter(|stat| !is_fact(stat));
    let is_same = |known: &&Arc<[Name]>| {
        stats().map(|stat| stat.label()).eq(known.iter().map(|name| name.label.as_str()))
    };
    known.filter(is_same).cloned().unwrap_or_else(|| {
        let name = |stat: Stat<'_>| Name {
            label: stat.label().into(),
            help: stat.help().into(),
            unit: stat.unit().into(),
            kind: stat.kind(),
        };
        stats().map(name).collect()
    })
}

/// What a thread wrote. Of an interval its part is not told but for counts and means.
fn lane(now: &ReadLane, before: Option<&ReadLane>, elapsed: Option<Duration>) -> Lane {
    let mut earlier = before.map(ReadLane::stats);
    let figures = now.stats().map(|now| {
        let before = earlier.as_mut().and_then(Iterator::next);
        let mut figure = figure(&now, None, None);
        let counts =
            before.and_then(|before| Some((now.value().count()?, before.value().count()?)));
        // One that goes down was not read at one moment with the others.
        figure.rate = counts.and_then(|(now, before)| rate(now.saturating_sub(before), elapsed));
        figure
    });
    Lane { tid: now.tid(), claimed: now.is_claimed(), figures: figures.collect() }
}

fn figure(now: &Stat<'_>, since: Option<&Read>, elapsed: Option<Duration>) -> Figure {
    let count = since.and_then(Read::count);
    let value = match now.value() {
        Read::Counter(count) => Value::Counter(*count),
        Read::UpDown(count) => Value::UpDown(*count),
        Read::Number(number) => Value::Number(*number),
        Read::Text(text) => Value::Text(text.clone()),
        Read::Average(all) => mean(*all, since),
        // Its samples are the latest already.
        Read::MovingAverage(window) => {
            Value::Mean { count: window.count, mean: window.mean(), latest: true }
        }
        Read::Timer(timing) => Value::Timer(times(timing, since)),
        Read::Unknown { kind } => Value::Unknown { kind: *kind },
        _ => Value::Unknown { kind: 0 },
    };
    Figure { value, rate: count.and_then(|count| rate(count, elapsed)), torn: now.is_torn() }
}

#[expect(clippy::cast_precision_loss, reason = "a rate is not exact")]
fn rate(count: i128, elapsed: Option<Duration>) -> Option<f64> {
    let elapsed = elapsed.filter(|elapsed| !elapsed.is_zero())?;
    Some(count as f64 / elapsed.as_secs_f64())
}

fn times(all: &Timing, since: Option<&Read>) -> Times {
    let latest = match since {
        Some(Read::Timer(latest)) if latest.count() > 0 => Some(latest.as_ref()),
        _ => None,
    };
    let shown = latest.unwrap_or(all);
    Times {
        count: all.count(),
        mean: shown.mean(),
        p50: shown.quantile(0.5),
        p99: shown.quantile(0.99),
        latest: latest.is_some(),
        running: all.running(),
        running_for: all.running_for(),
    }
}

fn mean(all: Mean, since: Option<&Read>) -> Value {
    match since {
        Some(Read::Average(latest)) if latest.count > 0 => {
            Value::Mean { count: all.count, mean: latest.mean(), latest: true }
        }
        _ => Value::Mean { count: all.count, mean: all.mean(), latest: false },
    }
}
