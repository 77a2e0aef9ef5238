#![forbid(unsafe_code)]
//! Checks that the fields of a lane do not overlap.

use std::ops::Range;

use crate::error::ReadErrorKind;

/// The size of the lock of a group.
pub(super) const LOCK: u64 = 8;

/// What a lane's fields and locks take of it.
#[derive(Default)]
pub(super) struct Claims {
    /// All fields, and the locks of groups.
    ranges: Vec<Range<u64>>,
    /// From the lock of a group to the end of its last field so far, and where the lock is.
    group: Option<(usize, Range<u64>)>,
    /// The groups, and the fields that are in none.
    apart: Vec<Range<u64>>,
}

impl Claims {
    /// Adds a field, of whose group the lock is at `lock`.
    pub(super) fn add(&mut self, field: Range<u64>, lock: Option<usize>) {
        self.ranges.push(field.clone());
        match (&mut self.group, lock) {
            (Some((last, group)), Some(lock)) if *last == lock => {
                group.end = group.end.max(field.end);
            }
            (_, Some(lock)) => {
                let at = lock as u64;
                self.ranges.push(at..at + LOCK);
                self.apart
                    .extend(self.group.replace((lock, at..field.end)).map(|(_, group)| group));
            }
            (_, None) => {
                self.apart.extend(self.group.take().map(|(_, group)| group));
                self.apart.push(field);
            }
        }
    }

    /// Checks that no fields overlap, since a small file could claim the same bytes many times, and
    /// that there is nothing else in a group.
    pub(super) fn check(mut self, at: u64) -> Result<(), ReadErrorKind> {
        self.apart.extend(self.group.take().map(|(_, group)| group));
        check_apart(self.ranges, at, "fields that do not overlap")?;
        check_apart(self.apart, at, "groups whose fields are together, behind their lock")
    }
}

fn check_apart(
    mut ranges: Vec<Range<u64>>,
    at: u64,
    expected: &'static str,
) -> Result<(), ReadErrorKind> {
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    match ranges.windows(2).find(|pair| pair[0].end > pair[1].start) {
        None => Ok(()),
        Some(pair) => {
            let found = format!("bytes {:?} and {:?} of the lane", pair[0], pair[1]);
            Err(ReadErrorKind::invalid(at, expected, found))
        }
    }
}
