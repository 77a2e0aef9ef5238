//! An array with an object for each file, for programs. `docs/json.md` describes it.

use std::io::{self, Write};

use mmstats_core::{Snapshot, Stat, Work};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::ser::Formatter;

use super::{Detail, Export, File, Interval};
use crate::show::terminal::is_harmful;
use crate::watch::progress;
use crate::watch::rate::per_second;

pub(crate) struct Json {
    pub(crate) detail: Detail,
}

impl Export for Json {
    fn export(&self, out: &mut dyn Write, files: &[File<'_>]) -> io::Result<()> {
        out.write_all(b"[")?;
        for (index, file) in files.iter().enumerate() {
            out.write_all(if index == 0 { b"" } else { b",\n " })?;
            let mut json = serde_json::Serializer::with_formatter(&mut *out, Harmless);
            Object { file, detail: self.detail }.serialize(&mut json)?;
        }
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
        let mut file = serializer.serialize_map(None)?;
        snapshot.serialize_into(&mut file)?;
        if let Some(work) = progress::of(snapshot) {
            file.serialize_entry("progress", &Part::from(&work))?;
        }
        if self.detail.help {
            file.serialize_entry("schema", &Schema(snapshot))?;
        }
        if let Some(interval) = &self.file.interval {
            let elapsed = interval.elapsed.map(|elapsed| elapsed.as_secs_f64());
            file.serialize_entry("interval", &elapsed)?;
            file.serialize_entry("changes", &*interval.delta)?;
            file.serialize_entry("rates", &Rates(interval))?;
        }
        if self.detail.lanes {
            file.serialize_entry("lanes", snapshot.lanes())?;
        }
        file.end()
    }
}

/// The progress of a job.
#[derive(serde::Serialize)]
pub(crate) struct Part {
    done: u64,
    total: Option<u64>,
    /// The estimate of the time left, in seconds.
    left: Option<f64>,
}

impl From<&Work> for Part {
    fn from(work: &Work) -> Self {
        let left = work.left().map(|left| left.as_secs_f64());
        Self { done: work.done_in_all(), total: work.total(), left }
    }
}

/// The descriptions of the statistics.
struct Schema<'a>(&'a Snapshot);

impl Serialize for Schema<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stats = self.0.stats().map(|stat| (stat.key().as_str(), Description::from(stat)));
        serializer.collect_map(stats)
    }
}

#[derive(serde::Serialize)]
struct Description<'a> {
    kind: Option<String>,
    unit: Option<&'a str>,
    help: Option<&'a str>,
}

impl<'a> From<Stat<'a>> for Description<'a> {
    fn from(stat: Stat<'a>) -> Self {
        let given = |text: &'a str| Some(text).filter(|text| !text.is_empty());
        Self {
            kind: stat.kind().map(|kind| format!("{kind:?}")),
            unit: given(stat.unit()),
            help: given(stat.help()),
        }
    }
}

/// The rates of those statistics that count.
struct Rates<'a>(&'a Interval<'a>);

impl Serialize for Rates<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rates = self.0.delta.stats().filter_map(|stat| {
            let rate = per_second(stat.value().count()?, self.0.elapsed?)?;
            Some((stat.key().as_str(), rate))
        });
        serializer.collect_map(rates)
    }
}

/// Writes compact JSON with `\u009b` in place of characters that control a terminal, which is the
/// same to a parser.
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
