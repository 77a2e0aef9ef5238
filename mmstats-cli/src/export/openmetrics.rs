//! The text formats of Prometheus (0.0.4) and OpenMetrics (1.0).
//!
//! A series is a statistic of a program: what its processes counted is added up, that of the ended ones
//! included, so that no series begins or ends with a process and no sum falls because one did. Gauges are
//! those of the live processes.
//!
//! Source: the OpenMetrics specification 1.0.0, and Prometheus' "Exposition formats".

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use mmstats_core::{Role, Samples, Scalar, Snapshot, Stat, State, Summary, Work};

use super::{Export, File};
use crate::watch::merge::{Share, merge};

/// A text format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exposition {
    Prometheus,
    OpenMetrics,
}

impl Exposition {
    /// Returns the one that the `Accept` headers of a request prefer.
    pub(crate) fn preferred<'a>(accept: impl Iterator<Item = &'a str>) -> Self {
        let ranges = accept.flat_map(|value| value.split(',')).filter_map(range);
        // Of equal ones, the first.
        let best = ranges.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map_or(Self::Prometheus, |(exposition, _)| exposition)
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// Returns the format of a media range, and its weight in thousandths; `None` if it is not known.
fn range(text: &str) -> Option<(Exposition, u32)> {
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next()?.to_ascii_lowercase();
    let (mut version, mut weight) = (None, 1000);
    for (key, value) in parts.filter_map(|part| part.split_once('=')) {
        match key.trim() {
            "version" => version = Some(value.trim()),
            "q" => weight = weight_of(value.trim())?,
            _ => {}
        }
    }
    let exposition = match (kind.as_str(), version) {
        ("application/openmetrics-text", None | Some("1.0.0" | "0.0.1")) => Exposition::OpenMetrics,
        ("text/plain", None | Some("0.0.4")) | ("*/*" | "text/*", _) => Exposition::Prometheus,
        _ => return None,
    };
    (weight > 0).then_some((exposition, weight))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
fn weight_of(text: &str) -> Option<u32> {
    let weight: f64 = text.parse().ok()?;
    Some((weight.clamp(0.0, 1.0) * 1000.0).round() as u32)
}

impl Export for Exposition {
    fn export(&self, out: &mut dyn Write, files: &[File<'_>]) -> io::Result<()> {
        let mut families = Families::default();
        for (program, snapshots) in programs(files) {
            families.add_program(program, &snapshots);
        }
        let mut text = String::new();
        families.print(*self, &mut text);
        out.write_all(text.as_bytes())
    }
}

/// Returns the snapshots of each program.
fn programs<'a>(files: &'a [File<'_>]) -> BTreeMap<&'a str, Vec<&'a Snapshot>> {
    let mut programs: BTreeMap<&str, Vec<&Snapshot>> = BTreeMap::new();
    for file in files {
        let command = file.snapshot.writer().command().unwrap_or("unknown");
        programs.entry(command).or_default().push(file.snapshot);
    }
    programs
}

/// All families, by name.
#[derive(Debug, Default)]
struct Families(BTreeMap<String, Family>);

#[derive(Debug)]
struct Family {
    kind: Type,
    unit: String,
    help: String,
    series: Vec<Series>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Counter,
    Gauge,
    Summary,
    Histogram,
    Info,
    Unknown,
}

#[derive(Debug)]
struct Series {
    /// As they are printed, with commas.
    labels: String,
    created: Option<SystemTime>,
    points: Points,
}

#[derive(Debug)]
enum Points {
    Number(String),
    Samples { count: u64, sum: f64, buckets: Vec<(f64, u64)> },
}

impl Families {
    fn add_program(&mut self, program: &str, snapshots: &[&Snapshot]) {
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
    fn add_process(&mut self, program: &str, snapshot: &Snapshot) {
        let (State::Live, Some(pid)) = (snapshot.state(), snapshot.writer().pid()) else { return };
        let mut labels = Labels::of(program);
        labels.push("pid", &pid.to_string());
        if let Some(id) = snapshot.writer().file_id() {
            let id: String = id.iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            });
            labels.push("file", &id);
        }
        let help = "Processes that write statistics.";
        let points = Points::Number("1".into());
        self.push("mmstats_process", Type::Info, "", help, labels, None, points);
    }

    fn add(
        &mut self,
        program: &str,
        stat: &Stat<'_>,
        summary: &Summary<'_>,
        live: bool,
        created: Option<SystemTime>,
    ) {
        let mut labels = Labels::of(program);
        for (key, value) in stat.labels() {
            labels.push(key, &value);
        }
        let (unit, factor) = base_unit(summary.unit.unwrap_or(stat.unit()));
        let name = family_name(stat.name(), &unit);
        if let Some(running) = &summary.running
            && live
        {
            let name = format!("{}_running", family_name(stat.name(), ""));
            let points = Points::Number(running.count.to_string());
            self.push(&name, Type::Gauge, "", stat.help(), labels.clone(), None, points);
        }
        if let Some(total) = summary.progress.and_then(Work::total).filter(|_| live) {
            let name = format!("{}_expected", family_name(stat.name(), ""));
            let points = Points::Number(total.to_string());
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
                (kind, Points::Number(scaled(number, factor)))
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
        let labels = labels.text;
        // A name has one type and one unit; a program that differs is shown as refused.
        if family.kind != kind || family.unit != unit {
            if name != REFUSED {
                let mut refused = Labels { text: String::new(), keys: HashSet::new() };
                refused.push("name", name);
                if !labels.is_empty() {
                    let _ = write!(refused.text, ",{labels}");
                }
                let help = "Statistics that are not shown: another program has one of this name \
                            and another type or unit.";
                let points = Points::Number("1".into());
                self.push(REFUSED, Type::Gauge, "", help, refused, None, points);
            }
            return;
        }
        // Two names may be the same once they are sanitized.
        if family.series.iter().all(|series| series.labels != labels) {
            family.series.push(Series { labels, created, points });
        }
    }

    fn print(&self, exposition: Exposition, text: &mut String) {
        for (name, family) in &self.0 {
            family.print(name, exposition, text);
        }
        if exposition == Exposition::OpenMetrics {
            text.push_str("# EOF\n");
        }
    }
}

const REFUSED: &str = "mmstats_refused";

impl Family {
    fn print(&self, name: &str, exposition: Exposition, text: &mut String) {
        let open = exposition == Exposition::OpenMetrics;
        let (kind, suffix) = match self.kind {
            Type::Counter => ("counter", "_total"),
            Type::Gauge => ("gauge", ""),
            Type::Summary => ("summary", ""),
            Type::Histogram => ("histogram", ""),
            Type::Info if open => ("info", "_info"),
            Type::Info => ("gauge", "_info"),
            Type::Unknown if open => ("unknown", ""),
            Type::Unknown => ("untyped", ""),
        };
        // Prometheus names the lines, OpenMetrics the family.
        let family = if open { name.to_owned() } else { format!("{name}{suffix}") };
        if !self.help.is_empty() {
            let _ = writeln!(text, "# HELP {family} {}", escaped(&self.help, open));
        }
        let _ = writeln!(text, "# TYPE {family} {kind}");
        if open && !self.unit.is_empty() {
            let _ = writeln!(text, "# UNIT {family} {}", self.unit);
        }
        for series in &self.series {
            series.print(name, suffix, text);
            let has_created = matches!(self.kind, Type::Counter | Type::Summary | Type::Histogram);
            if let (true, true, Some(created)) = (open, has_created, series.created) {
                let since = created.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
                line(text, &format!("{name}_created"), &series.labels, "", &float(since));
            }
        }
    }
}

impl Series {
    fn print(&self, name: &str, suffix: &str, text: &mut String) {
        match &self.points {
            Points::Number(number) => {
                line(text, &format!("{name}{suffix}"), &self.labels, "", number);
            }
            Points::Samples { count, sum, buckets } => {
                let bucket = format!("{name}_bucket");
                for (bound, count) in buckets {
                    let bound = format!("le=\"{}\"", float(*bound));
                    line(text, &bucket, &self.labels, &bound, &count.to_string());
                }
                line(text, &format!("{name}_count"), &self.labels, "", &count.to_string());
                line(text, &format!("{name}_sum"), &self.labels, "", &float(*sum));
            }
        }
    }
}

fn line(text: &mut String, name: &str, labels: &str, last: &str, value: &str) {
    let comma = if labels.is_empty() || last.is_empty() { "" } else { "," };
    let _ = if labels.is_empty() && last.is_empty() {
        writeln!(text, "{name} {value}")
    } else {
        writeln!(text, "{name}{{{labels}{comma}{last}}} {value}")
    };
}

/// Returns a histogram, or a summary of samples without buckets.
fn samples_of(samples: &Samples<'_>, unit: &str) -> (Type, Points) {
    let sum = samples.sum.unwrap_or(0.0);
    if !samples.has_quantiles() {
        return (Type::Summary, Points::Samples { count: samples.count, sum, buckets: Vec::new() });
    }
    let counted: Vec<_> = samples.buckets().collect();
    let (mut buckets, mut next, mut below) = (Vec::new(), 0, 0_u64);
    for bound in bounds(unit) {
        while let Some(bucket) = counted.get(next)
            && bucket.end.is_some_and(|end| end <= bound)
        {
            below = below.saturating_add(bucket.count);
            next += 1;
        }
        buckets.push((bound, below));
    }
    // The buckets may have been copied a moment after the totals.
    let all = counted.iter().fold(0_u64, |all, bucket| all.saturating_add(bucket.count));
    let count = samples.count.max(all);
    buckets.push((f64::INFINITY, count));
    (Type::Histogram, Points::Samples { count, sum, buckets })
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

/// Labels, as they are printed.
#[derive(Debug, Clone)]
struct Labels {
    text: String,
    keys: HashSet<String>,
}

impl Labels {
    fn of(program: &str) -> Self {
        let mut labels = Self { text: String::new(), keys: HashSet::new() };
        labels.push("program", program);
        labels
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
        while !self.keys.insert(key.clone()) {
            key = format!("exported_{key}");
        }
        let comma = if self.text.is_empty() { "" } else { "," };
        let _ = write!(self.text, "{comma}{key}=\"{}\"", escaped(value, true));
    }
}

/// Escapes a help text or the value of a label.
fn escaped(text: &str, quotes: bool) -> Cow<'_, str> {
    if !text.contains(['\\', '\n', '"', '\r']) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        match char {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '"' if quotes => escaped.push_str("\\\""),
            other => escaped.push(other),
        }
    }
    escaped.into()
}

fn scaled(number: Scalar, factor: f64) -> String {
    match (number.as_bool(), number.as_integer()) {
        (Some(truth), _) => u8::from(truth).to_string(),
        (None, Some(integer)) if factor.to_bits() == 1_f64.to_bits() => integer.to_string(),
        _ => float(number.as_f64() * factor),
    }
}

/// Formats a number as Go does.
fn float(number: f64) -> String {
    if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        if number > 0.0 { "+Inf".into() } else { "-Inf".into() }
    } else {
        format!("{number:?}")
    }
}
