#![forbid(unsafe_code)]
//! Families whose keys are known at run time: each lane has members of its own.

use std::collections::BTreeMap;

use super::budget::{Budget, reserve};
use super::fields::Fields;
use super::source::Source;
use super::stat::{Name, Names, Reading};
use super::total::Total;
use crate::error::ReadErrorKind;
use crate::kind::word;
use crate::schema::{KeyBuf, OTHER, size_of_text};

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
    fn name(&self, names: &mut Names, key: &MemberKey) {
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

/// What a snapshot shows: the fields of the struct, and after the overflow of each family its members.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// The keys of each family.
    pub(super) keys: Vec<Vec<MemberKey>>,
    pub(super) names: std::sync::Arc<Names>,
    /// Which of them show times.
    pub(super) clocked: Vec<usize>,
}

impl Shown {
    /// Adds the members of families to the names of a file, of which the first `facts` are no fields.
    pub(super) fn new(
        names: &Names,
        facts: usize,
        fields: &Fields,
        families: &[Family],
        keys: Vec<Vec<MemberKey>>,
    ) -> Self {
        let mut shown = Names { text: names.text.clone(), names: names.names[..facts].to_vec() };
        let mut clocked = Vec::new();
        for (index, name) in names.names[facts..].iter().enumerate() {
            if fields.places[index].has_clock {
                clocked.push(shown.names.len() - facts);
            }
            shown.names.push(name.clone());
            for (family, keys) in
                families.iter().zip(&keys).filter(|(family, _)| family.field == index)
            {
                for key in keys {
                    let start = shown.names.len() - facts;
                    clocked.extend(family.fields.clocked().map(|index| start + index));
                    family.name(&mut shown, key);
                }
            }
        }
        Self { keys, names: std::sync::Arc::new(shown), clocked }
    }

    /// Adds the values of members to those of the struct's fields. A member that is missing is empty.
    pub(super) fn values(
        &self,
        fields: Vec<Reading>,
        families: &[Family],
        mut members: Vec<Members>,
    ) -> Vec<Reading> {
        let mut values = Vec::new();
        for (index, reading) in fields.into_iter().enumerate() {
            values.push(reading);
            for (number, family) in
                families.iter().enumerate().filter(|(_, family)| family.field == index)
            {
                for key in &self.keys[number] {
                    let total = members.get_mut(number).and_then(|members| members.remove(key));
                    values.extend(total.unwrap_or_default().readings(&family.fields.places));
                }
            }
        }
        values
    }
}
