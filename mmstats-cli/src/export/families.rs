//! The series that Prometheus scrapes, whatever the format.
//!
//! A series is a statistic of a program: what its processes counted is added up, that of the ended ones
//! included, so that no series begins or ends with a process and no sum falls because one did. Gauges are
//! those of the live processes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::time::SystemTime;

use mmstats_core::{Role, Samples, Scalar, Snapshot, Stat, State, Summary, Work};

use super::File;
use crate::watch::merge::{Share, merge};

/// What a series is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Per {
    /// Of all processes of a program.
    #[default]
    Program,
    /// Of one process. Such a series begins and ends with it: what it counted before the first scrape is
    /// part of a rate only if the server takes times of creation.
    Process,
}

/// Returns the snapshots that belong together, by their program, and the process if that matters.
fn programs<'a>(
    files: &'a [File<'_>],
    per: Per,
) -> BTreeMap<(&'a str, Option<u32>), Vec<&'a Snapshot>> {
    let mut programs: BTreeMap<_, Vec<&Snapshot>> = BTreeMap::new();
    for file in files {
        let writer = file.snapshot.writer();
        let pid = writer.pid().filter(|_| per == Per::Process);
        let program = (writer.command().unwrap_or("unknown"), pid);
        programs.entry(program).or_default().push(file.snapshot);
    }
    programs
}

/// All families, by name.
#[derive(Debug, Default)]
pub(super) struct Families(BTreeMap<String, Family>);

#[derive(Debug)]
pub(super) struct Family {
    pub(super) kind: Type,
    pub(super) unit: String,
    pub(super) help: String,
    pub(super) series: Vec<Series>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Counter,
    Gauge,
    Summary,
    Histogram,
    Info,
    Unknown,
}

#[derive(Debug)]
pub(super) struct Series {
    pub(super) labels: Labels,
    pub(super) created: Option<SystemTime>,
    pub(super) points: Points,
}

#[derive(Debug)]
pub(super) enum Points {
    /// A number, and the factor to the base unit.
    Number(Scalar, f64),
    Samples(Distribution),
}

/// The distribution of samples, in the base unit.
#[derive(Debug)]
pub(super) struct Distribution {
    pub(super) count: u64,
    pub(super) sum: f64,
    /// The bounds that all histograms of a unit have, and how many samples are below each. The last one
    /// is infinite. Empty if there are no buckets.
    pub(super) below: Vec<(f64, u64)>,
    /// The buckets of mmstats that have samples: where each begins and ends, and how many.
    pub(super) buckets: Vec<(f64, f64, u64)>,
}

impl Families {
    /// Puts the statistics of files together.
    pub(super) fn of(files: &[File<'_>], per: Per) -> Self {
        let mut families = Self::default();
        for ((program, pid), snapshots) in programs(files, per) {
            families.add_program(&Labels::of(program, pid), &snapshots);
        }
        families
    }

    /// Returns the families by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Family)> {
        self.0.iter().map(|(name, family)| (name.as_str(), family))
    }

    fn add_program(&mut self, program: &Labels, snapshots: &[&Snapshot]) {
        let mut shares: HashMap<&str, Vec<Share<'_>>> = HashMap::new();
        let mut order = Vec::new();
        let mut created: HashMap<&str, SystemTime> = HashMap::new();
        for snapshot in snapshots {
            let mut known = HashSet::new();
            for stat in snapshot.stats().filter(|stat| !stat.is_fact()) {
                let key = stat.key().as_str();
                if !known.insert(key) {
                    continue;
                }
                let of_key = shares.entry(key).or_default();
                if of_key.is_empty() {
                    order.push(key);
                }
                of_key.push(Share::new(stat, snapshot));
                if let Some(born) = snapshot.writer().created() {
                    let first = created.entry(key).or_insert(born);
                    *first = born.min(*first);
                }
            }
            self.add_process(program, snapshot);
        }
        for key in order {
            let Some(merged) = shares.remove(key).and_then(|shares| merge(shares, None)) else {
                continue;
            };
            let summary = merged.summary();
            let created = created.get(key).copied();
            self.add(program, &merged.stat, &summary, merged.live, created);
        }
    }

    /// Adds the identity of a live process.
    fn add_process(&mut self, program: &Labels, snapshot: &Snapshot) {
        let (State::Live, Some(pid)) = (snapshot.state(), snapshot.writer().pid()) else { return };
        let mut labels = program.clone();
        labels.set("pid", &pid.to_string());
        if let Some(id) = snapshot.writer().file_id() {
            let id: String = id.iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            });
            labels.push("file", &id);
        }
        let help = "Processes that write statistics.";
        let points = Points::Number(Scalar::Integer(1), 1.0);
        self.push("mmstats_process", Type::Info, "", help, labels, None, points);
    }

    fn add(
        &mut self,
        program: &Labels,
        stat: &Stat<'_>,
        summary: &Summary<'_>,
        live: bool,
        created: Option<SystemTime>,
    ) {
        let mut labels = program.clone();
        for (key, value) in stat.labels() {
            labels.push(key, &value);
        }
        let (unit, factor) = base_unit(summary.unit.unwrap_or(stat.unit()));
        let name = family_name(stat.name(), &unit);
        if let Some(running) = &summary.running
            && live
        {
            let name = format!("{}_running", family_name(stat.name(), ""));
            let points = Points::Number(running.count.into(), 1.0);
            self.push(&name, Type::Gauge, "", stat.help(), labels.clone(), None, points);
        }
        if let Some(total) = summary.progress.and_then(Work::total).filter(|_| live) {
            let name = format!("{}_expected", family_name(stat.name(), ""));
            let points = Points::Number(total.into(), 1.0);
            self.push(&name, Type::Gauge, "", stat.help(), labels.clone(), None, points);
        }
        let (kind, points) = match (summary.role, &summary.samples) {
            (_, Some(samples)) if samples.sum.is_some() => samples_of(samples, &unit),
            (Role::Samples | Role::UpDown | Role::Gauge, _) if !live => return,
            (Role::Constant | Role::Text | Role::Unknown, _) => return,
            (role, _) => {
                let Some(number) = summary.headline.number() else { return };
                let kind = match role {
                    Role::Counter => Type::Counter,
                    Role::Untyped => Type::Unknown,
                    _ => Type::Gauge,
                };
                (kind, Points::Number(number, factor))
            }
        };
        self.push(&name, kind, &unit, stat.help(), labels, created, points);
    }

    #[expect(clippy::too_many_arguments, reason = "all that a line shows")]
    fn push(
        &mut self,
        name: &str,
        kind: Type,
        unit: &str,
        help: &str,
        labels: Labels,
        created: Option<SystemTime>,
        points: Points,
    ) {
        let family = self.0.entry(name.to_owned()).or_insert_with(|| Family {
            kind,
            unit: unit.to_owned(),
            help: help.to_owned(),
            series: Vec::new(),
        });
        // A name has one type and one unit; a program that differs is shown as refused.
        if family.kind != kind || family.unit != unit {
            if name != REFUSED {
                let name = ("name".to_owned(), name.to_owned());
                let labels = Labels(std::iter::once(name).chain(labels.0).collect());
                let help = "Statistics that are not shown: another program has one of this name \
                            and another type or unit.";
                let points = Points::Number(Scalar::Integer(1), 1.0);
                self.push(REFUSED, Type::Gauge, "", help, labels, None, points);
            }
            return;
        }
        // Two names may be the same once they are sanitized.
        if family.series.iter().all(|series| series.labels != labels) {
            family.series.push(Series { labels, created, points });
        }
    }
}

const REFUSED: &str = "mmstats_refused";

/// Returns a histogram, or a summary of samples without buckets.
fn samples_of(samples: &Samples<'_>, unit: &str) -> (Type, Points) {
    let sum = samples.sum.unwrap_or(0.0);
    if !samples.has_quantiles() {
        let (below, buckets) = (Vec::new(), Vec::new());
        let samples = Distribution { count: samples.count, sum, below, buckets };
        return (Type::Summary, Points::Samples(samples));
    }
    let counted: Vec<_> = samples.buckets().collect();
    let (mut bounded, mut next, mut below) = (Vec::new(), 0, 0_u64);
    for bound in bounds(unit) {
        while let Some(bucket) = counted.get(next)
            && bucket.end.is_some_and(|end| end <= bound)
        {
            below = below.saturating_add(bucket.count);
            next += 1;
        }
        bounded.push((bound, below));
    }
    // The buckets may have been copied a moment after the totals.
    let all = counted.iter().fold(0_u64, |all, bucket| all.saturating_add(bucket.count));
    let count = samples.count.max(all);
    bounded.push((f64::INFINITY, count));
    let buckets = counted
        .iter()
        .map(|bucket| (bucket.start, bucket.end.unwrap_or(bucket.start), bucket.count));
    let buckets = buckets.collect();
    (Type::Histogram, Points::Samples(Distribution { count, sum, below: bounded, buckets }))
}

/// Returns the bounds of the buckets, the same for all histograms of a unit, so that they can be added
/// up: two an octave, where mmstats has bounds of its own. The bucket of a bound ends just below it.
fn bounds(unit: &str) -> impl Iterator<Item = f64> {
    // Of durations, from a microsecond to a minute; otherwise up to a terabyte.
    let (octaves, scale) = if unit == "seconds" { (10..=36, 1e9) } else { (0..=40, 1.0) };
    octaves.flat_map(move |octave| {
        let bound = f64::from(octave).exp2();
        // 1.5 is no integer.
        let half = (octave > 0).then_some(1.5 * bound / scale);
        [Some(bound / scale), half].into_iter().flatten()
    })
}

/// Returns the unit in the plural that Prometheus prescribes, and the factor to it.
fn base_unit(unit: &str) -> (String, f64) {
    let (unit, factor) = match unit {
        "s" | "second" | "seconds" => ("seconds", 1.0),
        "ms" | "milliseconds" => ("seconds", 1e-3),
        "us" | "µs" | "microseconds" => ("seconds", 1e-6),
        "ns" | "nanoseconds" => ("seconds", 1e-9),
        "B" | "byte" | "bytes" => ("bytes", 1.0),
        "KiB" => ("bytes", 1024.0),
        "MiB" => ("bytes", 1024.0 * 1024.0),
        "%" | "percent" => ("ratio", 1e-2),
        other => return (sanitized(other), 1.0),
    };
    (unit.into(), factor)
}

/// Returns the name of a family: sanitized, with the unit at its end, and without what a counter's lines
/// add.
fn family_name(name: &str, unit: &str) -> String {
    let name = sanitized(name);
    let name = name.strip_suffix("_total").unwrap_or(&name);
    let name = if name.starts_with(|first: char| first.is_ascii_digit()) || name.is_empty() {
        format!("_{name}")
    } else {
        name.to_owned()
    };
    if unit.is_empty() || name == unit || name.ends_with(&format!("_{unit}")) {
        name
    } else {
        format!("{name}_{unit}")
    }
}

/// Replaces what a name cannot have.
fn sanitized(name: &str) -> String {
    let fits = |char: char| char.is_ascii_alphanumeric() || char == '_';
    name.chars().map(|char| if fits(char) { char } else { '_' }).collect()
}

/// Labels, in the order in which they are shown.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Labels(pub(super) Vec<(String, String)>);

impl Labels {
    fn of(program: &str, pid: Option<u32>) -> Self {
        let mut labels = Self(Vec::new());
        labels.push("program", program);
        if let Some(pid) = pid {
            labels.push("pid", &pid.to_string());
        }
        labels
    }

    /// Adds a label, if there is none of this key.
    fn set(&mut self, key: &str, value: &str) {
        if self.0.iter().all(|(taken, _)| taken != key) {
            self.push(key, value);
        }
    }

    fn push(&mut self, key: &str, value: &str) {
        let mut key = sanitized(key);
        if key.starts_with(|first: char| first.is_ascii_digit()) || key.is_empty() {
            key.insert(0, '_');
        }
        // These have a meaning of their own, and so has what begins with two underscores.
        if matches!(key.as_str(), "le" | "quantile") || key.starts_with("__") {
            key = format!("exported_{}", key.trim_start_matches('_'));
        }
        while self.0.iter().any(|(taken, _)| *taken == key) {
            key = format!("exported_{key}");
        }
        self.0.push((key, value.to_owned()));
    }
}
