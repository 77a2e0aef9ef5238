#![forbid(unsafe_code)]
//! What a snapshot shows: the fields of the struct, and the members of its families.

use std::sync::Arc;

use super::family::{Family, MemberKey, Members};
use super::fields::Fields;
use super::stat::{Names, Reading};

/// What a snapshot shows: the fields of the struct, and after the overflow of each family its members.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// The keys of each family.
    pub(super) keys: Vec<Vec<MemberKey>>,
    pub(super) names: Arc<Names>,
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
        Self { keys, names: Arc::new(shown), clocked }
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
