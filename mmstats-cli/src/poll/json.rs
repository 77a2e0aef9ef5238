//! An object per line, for programs.

use std::io::{self, Write};
use std::time::{Duration, UNIX_EPOCH};

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Cell, Line, Print};
use crate::export::json::{Harmless, Part};
use crate::watch::merge::Merged;
use crate::watch::rate::per_second;

#[derive(Debug)]
pub(super) struct Json {
    /// The keys of the cells.
    pub(super) keys: Vec<String>,
}

impl Print for Json {
    fn line(&mut self, out: &mut dyn Write, line: &Line<'_>) -> io::Result<()> {
        let mut json = serde_json::Serializer::with_formatter(&mut *out, Harmless);
        Object { line, keys: &self.keys }.serialize(&mut json)?;
        writeln!(out)
    }
}

struct Object<'a> {
    line: &'a Line<'a>,
    keys: &'a [String],
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = self.line;
        let mut object = serializer.serialize_map(None)?;
        let time = line.time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let interval = line.interval.map(|interval| interval.as_secs_f64());
        object.serialize_entry("time", &time.as_secs_f64())?;
        object.serialize_entry("interval", &interval)?;
        object.serialize_entry("files", &line.files)?;
        object.serialize_entry("fields", &Fields(self))?;
        if let Some(work) = &line.progress {
            object.serialize_entry("progress", &Part::from(work))?;
        }
        if line.lanes_lost > 0 {
            object.serialize_entry("lanes_lost", &line.lanes_lost)?;
        }
        object.end()
    }
}

struct Fields<'a>(&'a Object<'a>);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Object { line, keys } = self.0;
        let fields = line.cells.iter().map(|cell| Field { cell, interval: line.interval });
        serializer.collect_map(keys.iter().zip(fields))
    }
}

/// Is `null` if no file has the field, and has only a `value` if the field counts nothing.
struct Field<'a> {
    cell: &'a Cell<'a>,
    interval: Option<Duration>,
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Cell { total, change } = self.cell;
        let total = total.as_ref().map(Merged::summary);
        let change = change.as_ref().map(Merged::summary);
        let Some(any) = total.as_ref().or(change.as_ref()) else {
            return serializer.serialize_none();
        };
        let mut field = serializer.serialize_map(None)?;
        if any.count.is_none() {
            field.serialize_entry("value", any)?;
            return field.end();
        }
        let has_samples = any.samples.is_some();
        let change = change.filter(|_| self.interval.is_some());
        let count = change.as_ref().and_then(|change| change.count);
        let rate = count.zip(self.interval).and_then(|(count, time)| per_second(count, time));
        field.serialize_entry("total", &total.as_ref().and_then(|total| total.count))?;
        field.serialize_entry("change", &count)?;
        field.serialize_entry("rate", &rate)?;
        // Those of the interval; in the first line, all so far.
        let samples = if self.interval.is_some() { change } else { total };
        if has_samples {
            field.serialize_entry("samples", &samples)?;
        }
        field.end()
    }
}
