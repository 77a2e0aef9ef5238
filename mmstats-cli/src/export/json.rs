//! An array with an object a file, streamed: for programs.

use std::io::{self, Write};
use std::time::{Duration, UNIX_EPOCH};

use mmstats_core::{Kind, Lane, Mean, Scalar, Stat, Timing, Value, Window};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::ser::Formatter;

use super::{Detail, Export, File, Interval};
use crate::show::human::per_second;
use crate::show::terminal::is_harmful;

pub(crate) struct Json {
    pub(crate) detail: Detail,
    /// Whether there was a file yet.
    pub(crate) any: bool,
}

impl Export for Json {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"[")
    }

    fn file(&mut self, out: &mut dyn Write, file: &File<'_>) -> io::Result<()> {
        out.write_all(if self.any { b",\n " } else { b"" })?;
        self.any = true;
        let mut json = serde_json::Serializer::with_formatter(out, Harmless);
        Object { file, detail: self.detail }.serialize(&mut json)?;
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"]\n")
    }
}

struct Object<'a> {
    file: &'a File<'a>,
    detail: Detail,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let snapshot = self.file.snapshot;
        let writer = snapshot.writer();
        let created = writer.created.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let mut file = serializer.serialize_map(None)?;
        file.serialize_entry("path", &snapshot.path().to_string_lossy())?;
        file.serialize_entry("version", &snapshot.version())?;
        file.serialize_entry("state", snapshot.state().as_str())?;
        file.serialize_entry("created", &created.map(|since| since.as_secs_f64()))?;
        file.serialize_entry("pid", &writer.pid)?;
        file.serialize_entry("command", &writer.command)?;
        let stats: Vec<_> = snapshot.stats().collect();
        statistics(&mut file, &stats)?;
        if self.detail.help {
            file.serialize_entry("schema", &Schema(&stats))?;
        }
        if let Some(interval) = &self.file.interval {
            let stats: Vec<_> = interval.delta.stats().collect();
            let elapsed = interval.elapsed.map(|elapsed| Float(elapsed.as_secs_f64()));
            file.serialize_entry("interval", &elapsed)?;
            file.serialize_entry("changes", &Stats(&stats))?;
            file.serialize_entry("rates", &Rates(interval))?;
        }
        if snapshot.lanes_lost() > 0 {
            file.serialize_entry("lanes_lost", &snapshot.lanes_lost())?;
        }
        if self.detail.lanes {
            file.serialize_entry("lanes", &Lanes(snapshot.lanes()))?;
        }
        file.end()
    }
}

/// What the statistics are.
struct Schema<'a>(&'a [Stat<'a>]);

impl Serialize for Schema<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|stat| (stat.label(), Description::of(stat))))
    }
}

#[derive(serde::Serialize)]
struct Description<'a> {
    kind: Option<String>,
    unit: Option<&'a str>,
    help: Option<&'a str>,
}

impl<'a> Description<'a> {
    fn of(stat: &Stat<'a>) -> Self {
        let said = |text: &'a str| Some(text).filter(|text| !text.is_empty());
        Self {
            kind: stat.kind().map(|kind| format!("{kind:?}")),
            // A file has nanoseconds, and this prints seconds.
            unit: if stat.kind() == Some(Kind::Timer) { Some("s") } else { said(stat.unit()) },
            help: said(stat.help()),
        }
    }
}

struct Lanes<'a>(&'a [Lane]);

impl Serialize for Lanes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Thread))
    }
}

struct Thread<'a>(&'a Lane);

impl Serialize for Thread<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut lane = serializer.serialize_map(None)?;
        lane.serialize_entry("tid", &self.0.tid())?;
        lane.serialize_entry("claimed", &self.0.is_claimed())?;
        statistics(&mut lane, &self.0.stats().collect::<Vec<_>>())?;
        lane.end()
    }
}

/// `stats`, and `torn` with the labels of those that are.
fn statistics<M: SerializeMap>(map: &mut M, stats: &[Stat<'_>]) -> Result<(), M::Error> {
    map.serialize_entry("stats", &Stats(stats))?;
    let torn = stats.iter().filter(|stat| stat.is_torn()).map(Stat::label);
    let torn: Vec<&str> = torn.collect();
    if torn.is_empty() { Ok(()) } else { map.serialize_entry("torn", &torn) }
}

/// In the order of the file, which a map of `serde_json` would not keep.
struct Stats<'a>(&'a [Stat<'a>]);

impl Serialize for Stats<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|stat| (stat.label(), Measured(stat.value()))))
    }
}

/// Of what counts, and where the time is known.
struct Rates<'a>(&'a Interval<'a>);

impl Serialize for Rates<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rates = self.0.delta.stats().filter_map(|stat| {
            let rate = per_second(stat.value().count()?, self.0.elapsed?)?;
            Some((stat.label(), Float(rate)))
        });
        serializer.collect_map(rates)
    }
}

/// A scalar, or an object for a compound value.
pub(crate) struct Measured<'a>(pub(crate) &'a Value);

impl Serialize for Measured<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Counter(count) => serializer.serialize_u64(*count),
            Value::UpDown(count) => serializer.serialize_i64(*count),
            Value::Number(Scalar::Unsigned(value)) => serializer.serialize_u64(*value),
            Value::Number(Scalar::Signed(value)) => serializer.serialize_i64(*value),
            Value::Number(Scalar::Bool(value)) => serializer.serialize_bool(*value),
            Value::Number(float) => Float(float.as_f64()).serialize(serializer),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Average(mean) => Compound::from(mean).serialize(serializer),
            Value::MovingAverage(window) => Compound::from(window).serialize(serializer),
            Value::Timer(timing) => Compound::from(&**timing).serialize(serializer),
            // Of a kind that is newer than this program.
            _ => serializer.serialize_unit(),
        }
    }
}

/// What is known of many samples; null is what their field does not keep.
#[derive(Default, serde::Serialize)]
struct Compound {
    count: u64,
    sum: Option<Float>,
    mean: Option<Float>,
    moving_average: Option<Float>,
    min: Option<Float>,
    max: Option<Float>,
    last: Option<Float>,
    p50: Option<Float>,
    p90: Option<Float>,
    p99: Option<Float>,
    #[serde(skip_serializing_if = "Option::is_none")]
    running: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    running_for: Option<Float>,
}

impl From<&Mean> for Compound {
    fn from(mean: &Mean) -> Self {
        Self {
            count: mean.count,
            sum: Some(Float(mean.sum)),
            mean: Some(Float(mean.mean())),
            ..Self::default()
        }
    }
}

impl From<&Window> for Compound {
    fn from(window: &Window) -> Self {
        Self { count: window.count, moving_average: Some(Float(window.mean())), ..Self::default() }
    }
}

impl From<&Timing> for Compound {
    fn from(timing: &Timing) -> Self {
        let seconds = |duration: Duration| Some(Float(duration.as_secs_f64()));
        Self {
            count: timing.count(),
            sum: seconds(timing.sum()),
            mean: seconds(timing.mean()),
            moving_average: seconds(timing.moving_average()),
            min: seconds(timing.min()),
            max: seconds(timing.max()),
            last: seconds(timing.last()),
            p50: seconds(timing.quantile(0.5)),
            p90: seconds(timing.quantile(0.9)),
            p99: seconds(timing.quantile(0.99)),
            running: Some(timing.running()).filter(|running| *running > 0),
            running_for: timing.running_for().and_then(seconds),
        }
    }
}

/// A number, or where JSON has none the string `NaN`, `inf` or `-inf`.
pub(crate) struct Float(pub(crate) f64);

impl Serialize for Float {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() {
            serializer.serialize_f64(self.0)
        } else {
            serializer.collect_str(&self.0)
        }
    }
}

/// Compact, and with `\u009b` in place of what a terminal would obey; to a parser it is the same.
pub(crate) struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W>(&mut self, out: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        for part in fragment.split_inclusive(is_harmful) {
            let harmful = part.chars().next_back().filter(|char| is_harmful(*char));
            let harmless = part.len() - harmful.map_or(0, char::len_utf8);
            out.write_all(&part.as_bytes()[..harmless])?;
            for unit in harmful.iter().flat_map(|char| char.encode_utf16(&mut [0; 2]).to_vec()) {
                write!(out, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}
