#![forbid(unsafe_code)]
//! Reads the fields of a struct in a lane, each consistent.

use std::ops::Range;

use super::budget::{Budget, PER_VALUE, reserve};
use super::coalesce::{self, Copies};
use super::schema::Place;
use super::source::Source;
use crate::error::ReadErrorKind;
use crate::kind::{Stamped, Value};
use crate::seqlock::settle;

/// The fields of a struct, and how they are read.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) places: Vec<Place>,
    /// The places whose values show times.
    clocked: Vec<usize>,
    /// Runs of fields with a sequence lock.
    runs: Vec<Range<usize>>,
    units: Vec<Unit>,
    pieces: Vec<Piece>,
    /// What reading them costs.
    pub(super) cost: u64,
}

/// What is consistent as a whole: a field, or a group with its lock; or fields that are so anyway.
#[derive(Debug)]
struct Unit {
    /// The indexes of its fields.
    fields: Range<usize>,
    /// Its bytes in the struct.
    bytes: Range<usize>,
    lock: Lock,
}

/// What makes a unit consistent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lock {
    /// Its fields are single values.
    None,
    /// That of its only field.
    Field,
    Group,
}

/// Neighbouring units that are copied at once.
#[derive(Debug)]
struct Piece {
    /// The index after its last unit.
    end: usize,
    /// Its bytes in the struct.
    bytes: Range<usize>,
}

impl Fields {
    pub(super) fn new(places: Vec<Place>) -> Self {
        let units = units(&places);
        let pieces = pieces(&units);
        let locked = units.iter().filter(|unit| unit.lock != Lock::None);
        let runs = coalesce::find(locked.map(|unit| unit.bytes.clone()).collect());
        let bytes = pieces.iter().map(|piece| &piece.bytes).chain(&runs).chain(&runs);
        let bytes: usize = bytes.map(ExactSizeIterator::len).sum();
        let cost = bytes as u64 + PER_VALUE * places.len() as u64;
        let clocked = (0..places.len()).filter(|index| places[*index].has_clock).collect();
        Self { places, clocked, runs, units, pieces, cost }
    }

    /// Returns the indexes of the fields whose values show times.
    pub(super) fn clocked(&self) -> impl Iterator<Item = usize> {
        self.clocked.iter().copied()
    }

    /// Reads the fields of the struct at `at`, and has `take` each value in order, and whether it is torn. The
    /// buffer is used again.
    #[inline]
    pub(super) fn read(
        &self,
        source: &Source,
        at: u64,
        buffer: &mut Vec<u8>,
        budget: &mut Budget,
        mut take: impl FnMut(usize, &Place, Stamped<Value>, bool),
    ) -> Result<(), ReadErrorKind> {
        let copies = Copies::take(source, at, &self.runs)?;
        let mut units = self.units.iter();
        let mut done = 0;
        for piece in &self.pieces {
            budget.check_time()?;
            buffer.clear();
            reserve(buffer, piece.bytes.len())?;
            buffer.resize(piece.bytes.len(), 0);
            source.fill(at + piece.bytes.start as u64, buffer, "a lane")?;
            for unit in units.by_ref().take(piece.end - done) {
                let start = unit.bytes.start - piece.bytes.start;
                let bytes = &mut buffer[start..start + unit.bytes.len()];
                let is_whole = match unit.lock {
                    Lock::None => true,
                    Lock::Field => false,
                    Lock::Group => {
                        let fill = copies.of(&unit.bytes, true);
                        settle(bytes, bytes.len(), fill, &mut budget.patience)?
                    }
                };
                for index in unit.fields.clone() {
                    let place = &self.places[index];
                    let start = place.bytes.start - unit.bytes.start;
                    let field = &mut bytes[start..start + place.bytes.len()];
                    let torn = !is_whole && {
                        let patience = &mut budget.patience;
                        // Copies are older than what was read for the group.
                        let fill = copies.of(&place.bytes, unit.lock == Lock::Field);
                        let is_torn =
                            place.locked > 0 && !settle(field, place.locked, fill, patience)?;
                        if is_torn {
                            // Not the number of the last try, but a mark for `decode`.
                            field[0] |= 1;
                        }
                        is_torn || unit.lock == Lock::Group
                    };
                    let part = place.decode(field);
                    take(index, place, part, torn);
                }
            }
            done = piece.end;
        }
        Ok(())
    }
}

/// The maximum length of a copy of more than one field or group.
const LONGEST: usize = 1 << 18;

/// Puts the fields of a group together, and those without any lock.
fn units(places: &[Place]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for (index, place) in places.iter().enumerate() {
        let (lock, start) = match place.group {
            Some(start) => (Lock::Group, start),
            None if place.locked > 0 => (Lock::Field, place.bytes.start),
            None => (Lock::None, place.bytes.start),
        };
        let (bytes, end) = (start..place.bytes.end, index + 1);
        let joined = units.last_mut().and_then(|last| {
            let both = union(&last.bytes, &bytes);
            let belongs = match lock {
                Lock::None => last.lock == lock && both.len() <= LONGEST,
                Lock::Field => false,
                Lock::Group => last.lock == lock && last.bytes.start == start,
            };
            belongs.then(|| (last.fields.end, last.bytes) = (end, both))
        });
        if joined.is_none() {
            units.push(Unit { fields: index..end, bytes, lock });
        }
    }
    units
}

/// Returns the shortest range that holds both.
fn union(a: &Range<usize>, b: &Range<usize>) -> Range<usize> {
    a.start.min(b.start)..a.end.max(b.end)
}

/// Divides the units, in their order, into pieces that are copied at once.
fn pieces(units: &[Unit]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (index, Unit { bytes, .. }) in units.iter().enumerate() {
        let end = index + 1;
        if let Some(last) = pieces.last_mut() {
            let both = union(&last.bytes, bytes);
            if both.len() <= LONGEST {
                (last.bytes, last.end) = (both, end);
                continue;
            }
        }
        pieces.push(Piece { end, bytes: bytes.clone() });
    }
    pieces
}
