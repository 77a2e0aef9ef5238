#![forbid(unsafe_code)]
//! Families whose keys are known at run time: each lane has members of its own.

use std::collections::BTreeMap;
use std::ops::Range;

use super::budget::{Budget, reserve};
use super::claims::Claims;
use super::fields::Fields;
use super::schema::Place;
use super::source::Source;
use super::stat::{Name, Names};
use super::total::Total;
use crate::error::ReadErrorKind;
use crate::format::FieldRecord;
use crate::kind::{Overflow, word};
use crate::schema::{KeyBuf, OTHER, Shape, size_of_text};

/// The most labels of a family.
const MAX_LABELS: usize = 4;

/// The values of the labels of a member.
pub(super) type MemberKey = Vec<String>;

/// The members of a family, in one lane or in all.
pub(super) type Members = BTreeMap<MemberKey, Total>;

/// The place of a family in a lane, and of its members.
#[derive(Debug)]
pub(super) struct Family {
    /// Which field of the struct is its overflow. Its members follow that.
    pub(super) field: usize,
    /// Where it lies in the struct.
    pub(super) at: u64,
    pub(super) capacity: u64,
    /// Where its keys begin in it, and how many bytes each takes.
    pub(super) keys: (u64, usize),
    /// How many bytes a member takes. The first one is where its fields are, and stands for all keys
    /// without a member.
    pub(super) stride: u64,
    /// The keys of the labels.
    pub(super) labels: Vec<String>,
    pub(super) fields: Fields,
    pub(super) names: Vec<Name>,
}

impl Family {
    /// Reads the members in the struct at `at`, and adds them to those of other lanes.
    pub(super) fn read(
        &self,
        source: &Source,
        at: u64,
        buffer: &mut Vec<u8>,
        budget: &mut Budget,
        merged: &mut Members,
    ) -> Result<Members, ReadErrorKind> {
        let mut members = Members::new();
        let mut head = [0; 24];
        source.fill(at + self.at, &mut head, "a family")?;
        let (taken, uses_other) = (word(&head, 0).min(self.capacity), word(&head, 16) != 0);
        let mut keys = Vec::new();
        let (keys_at, each) = self.keys;
        let size = usize::try_from(taken).unwrap_or(usize::MAX).saturating_mul(each);
        budget.spend(size as u64)?;
        reserve(&mut keys, size)?;
        keys.resize(size, 0);
        // Before the members, which were there before their keys.
        source.fill(at + self.at + keys_at, &mut keys, "the keys of a family")?;
        let other = uses_other.then(|| vec![OTHER.to_owned(); self.labels.len()]);
        let keys = keys.chunks_exact(each).map(|stored| self.key(stored));
        for (number, key) in std::iter::once(other).chain(keys).enumerate() {
            let Some(key) = key else { continue };
            budget.spend(self.fields.cost)?;
            let total = merged.entry(key.clone()).or_default();
            let own = members.entry(key).or_default();
            let member = at + number as u64 * self.stride;
            self.fields.read(source, member, buffer, budget, |index, place, part, torn| {
                own.add(index, place, part.clone(), torn);
                total.add(index, place, part, torn);
            })?;
        }
        Ok(members)
    }

    /// Returns a key, if there is one.
    fn key(&self, stored: &[u8]) -> Option<MemberKey> {
        let (sizes, mut rest) = stored.split_first_chunk()?;
        let sizes = u64::from_le_bytes(*sizes);
        if sizes == 0 {
            return None;
        }
        let texts = (0..self.labels.len()).map(|index| {
            let size = size_of_text(sizes, index);
            let (text, after) = rest.split_at(size.next_multiple_of(8).min(rest.len()));
            rest = after;
            String::from_utf8_lossy(&text[..size.min(text.len())]).into_owned()
        });
        Some(texts.collect())
    }

    /// Adds the names of a member's statistics.
    pub(super) fn name(&self, names: &mut Names, key: &MemberKey) {
        for name in &self.names {
            let label = |text: KeyBuf, (label, value): (&String, &String)| text.with(label, value);
            let without = KeyBuf::new(&names.text[name.key.clone()]);
            let text = self.labels.iter().zip(key).fold(without, label);
            let start = names.text.len();
            names.text.push_str(text.as_str());
            let key = start..names.text.len();
            names.names.push(Name { key, ..name.clone() });
        }
    }
}

/// A family whose records have not all been read.
pub(super) struct FamilyDraft {
    /// The index of its overflow.
    field: usize,
    /// Its bytes in the lane.
    bytes: Range<u64>,
    shape: Shape,
    /// Where the member is that stands for the others.
    other: Range<u64>,
    labels: Vec<String>,
    pub(super) claims: Claims,
    pub(super) places: Vec<Place>,
    pub(super) names: Vec<Name>,
}

impl FamilyDraft {
    pub(super) fn new(
        field: usize,
        shape: &Shape,
        bytes: &Range<u64>,
        labels: Vec<String>,
        at: u64,
    ) -> Result<Self, ReadErrorKind> {
        if labels.len() > MAX_LABELS || labels.iter().any(String::is_empty) {
            let found = labels.join(",");
            return Err(ReadErrorKind::invalid(at + 8, "the keys of one to four labels", found));
        }
        let (capacity, stride) = (u64::from(shape.capacity), u64::from(shape.buckets));
        let (keys_at, each) = Overflow::keys(shape);
        let table = keys_at as u64 + capacity * (each as u64 + 16);
        let members = (capacity + 1) * stride;
        if table + members > bytes.end - bytes.start {
            let found = format!("{} bytes, of which {table} are keys", bytes.end - bytes.start);
            let expected = "a family that holds its keys and its members";
            return Err(ReadErrorKind::invalid(at + 32, expected, found));
        }
        let other = bytes.end - members..bytes.end - members + stride;
        let (claims, places, names) = (Claims::default(), Vec::new(), Vec::new());
        let (bytes, shape) = (bytes.clone(), *shape);
        Ok(Self { field, bytes, shape, other, labels, claims, places, names })
    }

    /// Returns whether a record describes a field of its members.
    pub(super) fn is_of(&self, record: &FieldRecord, field: &Range<u64>) -> bool {
        let start = match record.group.get() {
            0 => field.start,
            lock => u64::from(lock) - 1,
        };
        u64::from(record.family.get()) == self.bytes.start + 1
            && start >= self.other.start
            && field.end <= self.other.end
    }

    pub(super) fn finish(self, at: u64) -> Result<Family, ReadErrorKind> {
        self.claims.check(at)?;
        let (keys_at, each) = Overflow::keys(&self.shape);
        Ok(Family {
            field: self.field,
            at: self.bytes.start,
            capacity: self.shape.capacity.into(),
            keys: (keys_at as u64, each),
            stride: self.shape.buckets.into(),
            labels: self.labels,
            fields: Fields::new(self.places),
            names: self.names,
        })
    }
}
