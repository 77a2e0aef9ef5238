#![forbid(unsafe_code)]
//! The values of lanes, merged.

use super::budget::reserve;
use super::schema::Place;
use super::stat::Reading;
use crate::error::ReadErrorKind;
use crate::kind::{Stamped, Value};

/// The merged values of the structs read so far.
#[derive(Debug, Default)]
pub(super) struct Total {
    /// The latest time in any of them, in the writer's clock.
    pub(super) last_ns: u64,
    parts: Vec<(Stamped<Value>, bool)>,
}

impl Total {
    pub(super) fn new(last_ns: u64) -> Self {
        Self { last_ns, parts: Vec::new() }
    }

    /// Makes room for the values of a struct with this many fields.
    pub(super) fn reserve(&mut self, fields: usize) -> Result<(), ReadErrorKind> {
        if self.parts.is_empty() { reserve(&mut self.parts, fields) } else { Ok(()) }
    }

    /// Adds a struct's value of the field at `index`.
    #[inline]
    pub(super) fn add(&mut self, index: usize, place: &Place, part: Stamped<Value>, torn: bool) {
        self.last_ns = self.last_ns.max(part.stamp_ns);
        if place.has_clock {
            self.last_ns = self.last_ns.max(part.value.seen_ns());
        }
        match self.parts.get_mut(index) {
            Some((total, any_torn)) => {
                let nothing = Stamped { stamp_ns: 0, value: Value::Counter(0) };
                let so_far = std::mem::replace(total, nothing);
                *total = Value::merge(so_far, part, place.merge);
                *any_torn |= torn;
            }
            None => self.parts.push((part, torn)), // the first struct adds its fields in order
        }
    }

    /// Returns the merged values; those of an empty struct if there was none.
    pub(super) fn readings(self, places: &[Place]) -> impl Iterator<Item = Reading> {
        let empty = if self.parts.is_empty() { places } else { &[] };
        let parts = self.parts.into_iter();
        let parts = parts.map(|(part, torn)| Reading { value: part.value, torn });
        parts.chain(empty.iter().map(|place| place.empty().into()))
    }
}
