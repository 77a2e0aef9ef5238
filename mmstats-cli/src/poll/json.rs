//! An object a line: for programs.

use std::io::{self, Write};
use std::time::{Duration, UNIX_EPOCH};

use mmstats_core::Value;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::sum::Cell;
use super::{Line, Print};
use crate::export::json::{Float, Harmless, Measured};

#[derive(Debug)]
pub(super) struct Json {
    /// The labels of the cells.
    pub(super) labels: Vec<String>,
}

impl Print for Json {
    fn line(&mut self, out: &mut dyn Write, line: &Line) -> io::Result<()> {
        let mut json = serde_json::Serializer::with_formatter(&mut *out, Harmless);
        Object { line, labels: &self.labels }.serialize(&mut json)?;
        writeln!(out)
    }
}

struct Object<'a> {
    line: &'a Line,
    labels: &'a [String],
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = self.line;
        let seconds = |duration: Duration| Float(duration.as_secs_f64());
        let mut object = serializer.serialize_map(Some(4))?;
        let time = line.time.duration_since(UNIX_EPOCH).unwrap_or_default();
        object.serialize_entry("time", &seconds(time))?;
        object.serialize_entry("interval", &line.interval.map(seconds))?;
        object.serialize_entry("files", &line.files)?;
        object.serialize_entry("fields", &Fields(self))?;
        object.end()
    }
}

struct Fields<'a>(&'a Object<'a>);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Object { line, labels } = self.0;
        let fields = line.cells.iter().map(|cell| Field { cell, interval: line.interval });
        serializer.collect_map(labels.iter().zip(fields))
    }
}

/// `null` where no file has it; of what does not count, its value alone.
struct Field<'a> {
    cell: &'a Cell,
    interval: Option<Duration>,
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Cell { total, change, .. } = self.cell;
        let Some(any) = total.as_ref().or(change.as_ref()) else {
            return serializer.serialize_none();
        };
        let mut field = serializer.serialize_map(None)?;
        if any.count().is_none() {
            field.serialize_entry("value", &Measured(any))?;
            return field.end();
        }
        let change = change.as_ref().filter(|_| self.interval.is_some());
        field.serialize_entry("total", &total.as_ref().map(Count))?;
        field.serialize_entry("change", &change.map(Count))?;
        let rate = |(change, interval): (&Value, Duration)| {
            crate::show::human::per_second(change.count()?, interval).map(Float)
        };
        field.serialize_entry("rate", &change.zip(self.interval).and_then(rate))?;
        // What there is to say of samples: of the interval, or at first of all so far.
        let samples = if self.interval.is_some() { change } else { total.as_ref() };
        if !matches!(any, Value::Counter(_) | Value::UpDown(_)) {
            field.serialize_entry("samples", &samples.map(Measured))?;
        }
        field.end()
    }
}

struct Count<'a>(&'a Value);

impl Serialize for Count<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.count() {
            // In all kinds it has 64 bits.
            Some(count) => serializer.serialize_i128(count),
            None => serializer.serialize_none(),
        }
    }
}
