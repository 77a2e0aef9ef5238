#![forbid(unsafe_code)]
//! Serializes snapshots and changes. `docs/json.md` describes the result in JSON.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Delta, Lane, Snapshot, Stat};

impl Serialize for Snapshot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.serialize_into(&mut map)?;
        map.end()
    }
}

impl Snapshot {
    /// Writes all entries of a snapshot into a map that may have others.
    ///
    /// # Errors
    /// If the serializer fails.
    pub fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let writer = self.writer();
        map.serialize_entry("path", &self.path().to_string_lossy())?;
        map.serialize_entry("version", &self.version())?;
        map.serialize_entry("state", self.state().as_str())?;
        map.serialize_entry("created", &writer.created.map(seconds))?;
        map.serialize_entry("ended", &writer.ended.map(seconds))?;
        map.serialize_entry("last_seen", &self.written().map(seconds))?;
        map.serialize_entry("pid", &writer.pid)?;
        map.serialize_entry("command", &writer.command)?;
        serialize_stats(map, self.stats())?;
        if self.lanes_lost() > 0 {
            map.serialize_entry("lanes_lost", &self.lanes_lost())?;
        }
        Ok(())
    }
}

/// A map from key to the value of the interval.
impl Serialize for Delta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stats(self.stats()).serialize(serializer)
    }
}

impl Serialize for Lane {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("tid", &self.tid())?;
        map.serialize_entry("claimed", &self.is_claimed())?;
        serialize_stats(&mut map, self.stats())?;
        map.end()
    }
}

/// `stats`, and the keys of those that are `torn`, if there are any.
fn serialize_stats<'a, M: SerializeMap>(
    map: &mut M,
    stats: impl ExactSizeIterator<Item = Stat<'a>> + Clone,
) -> Result<(), M::Error> {
    map.serialize_entry("stats", &Stats(stats.clone()))?;
    let torn: Vec<&str> = stats.filter(Stat::is_torn).map(|stat| stat.key().as_str()).collect();
    if torn.is_empty() { Ok(()) } else { map.serialize_entry("torn", &torn) }
}

/// A map from key to value, in the order of the file.
struct Stats<I>(I);

impl<'a, I: Iterator<Item = Stat<'a>> + Clone> Serialize for Stats<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.clone().map(|stat| (stat.key().as_str(), stat.value())))
    }
}

/// Returns seconds since 1970.
fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
