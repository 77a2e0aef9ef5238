#![forbid(unsafe_code)]
//! Copies neighbouring fields together: two system calls for all of them, not two for each.

use std::ops::Range;

use super::source::Source;
use crate::error::ReadErrorKind;

/// The maximum length of a run: up to here, copying twice takes no longer than two system calls.
const LONGEST: usize = 4096;

/// Returns runs of neighbouring fields, of those that have a sequence lock, in the order of the struct.
pub(super) fn find(mut fields: Vec<Range<usize>>) -> Vec<Range<usize>> {
    fields.sort_by_key(|field| field.start);
    let mut runs: Vec<Range<usize>> = Vec::new();
    for field in fields {
        match runs.last_mut() {
            Some(run) if field.end - run.start <= LONGEST => run.end = field.end,
            _ => runs.push(field),
        }
    }
    // A longer run is a single field.
    runs.retain(|run| run.len() <= LONGEST);
    runs
}

/// Two copies of each run of a lane, made one after the other.
pub(super) struct Copies<'a> {
    source: &'a Source,
    /// The offset of the lane's struct in the file.
    at: u64,
    runs: &'a [Range<usize>],
    twice: Vec<[Vec<u8>; 2]>,
}

impl<'a> Copies<'a> {
    pub(super) fn take(
        source: &'a Source,
        at: u64,
        runs: &'a [Range<usize>],
    ) -> Result<Self, ReadErrorKind> {
        let copy = |run: &Range<usize>| {
            let mut copies = [vec![0; run.len()], vec![0; run.len()]];
            for copy in &mut copies {
                source.fill(at + run.start as u64, copy, "a field")?;
            }
            Ok(copies)
        };
        let twice = runs.iter().map(copy).collect::<Result<_, _>>()?;
        Ok(Self { source, at, runs, twice })
    }

    /// Returns a function that copies from a field: from the copies of its run first, if
    /// `with_copies`, then from the file.
    pub(super) fn of(
        &self,
        field: &Range<usize>,
        with_copies: bool,
    ) -> impl FnMut(usize, &mut [u8]) -> Result<(), ReadErrorKind> {
        let index = self.runs.partition_point(|run| run.end < field.end);
        let run = self.runs.get(index).filter(|run| with_copies && run.start <= field.start);
        let in_run = run.map(|run| field.start - run.start).into_iter();
        let mut copies =
            in_run.flat_map(move |start| self.twice[index].iter().map(move |copy| &copy[start..]));
        let at = self.at + field.start as u64;
        move |from, to| match copies.next() {
            Some(copy) => {
                to.copy_from_slice(&copy[from..][..to.len()]);
                Ok(())
            }
            None => self.source.fill(at + from as u64, to, "a field"),
        }
    }
}
