#![forbid(unsafe_code)]
//! Reads and merges the lanes of a version 2 file.

use std::mem::offset_of;
use std::ops::Range;
use std::sync::Arc;

use super::budget::{Budget, PER_VALUE, reserve};
use super::coalesce::{self, Copies};
use super::schema::Place;
use super::snapshot::Lane;
use super::source::{self, Source};
use super::stat::{Names, Reading};
use crate::error::ReadErrorKind;
use crate::format::header::{Header, VITALS_OFFSET, VitalsBytes};
use crate::format::lane::{LANE_HEADER_SIZE, LaneState};
use crate::format::limits::MAX_LANES;
use crate::format::{Bytes as _, LaneHeader};
use crate::kind::{Stamped, Value};
use crate::seqlock::settle;

/// The place of the lanes, and how they are read.
#[derive(Debug)]
pub(super) struct Lanes {
    offset: u64,
    stride: u64,
    header_size: u64,
    body_size: u64,
    places: Vec<Place>,
    /// The places whose values show times.
    clocked: Vec<usize>,
    /// Runs of fields with a sequence lock.
    runs: Vec<Range<usize>>,
    units: Vec<Unit>,
    pieces: Vec<Piece>,
    /// What a lane costs.
    cost: u64,
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

impl Lanes {
    pub(super) fn new(header: &Header, places: Vec<Place>) -> Self {
        let units = units(&places);
        let pieces = pieces(&units);
        let is_locked = |unit: &&Unit| unit.lock != Lock::None;
        let runs =
            coalesce::find(units.iter().filter(is_locked).map(|unit| unit.bytes.clone()).collect());
        let bytes = pieces.iter().map(|piece| &piece.bytes).chain(&runs).chain(&runs);
        let bytes: usize = bytes.map(ExactSizeIterator::len).sum();
        let cost = bytes as u64 + PER_VALUE * places.len() as u64 + LANE_HEADER_SIZE as u64;
        Self {
            offset: header.lanes_offset.get(),
            stride: header.lane_stride.get(),
            header_size: header.lane_header_size.get().into(),
            body_size: header.lane_body_size.get(),
            clocked: (0..places.len()).filter(|index| places[*index].has_clock).collect(),
            places,
            runs,
            units,
            pieces,
            cost,
        }
    }

    /// Returns the number of fields.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Returns the indexes of the fields whose values show times.
    pub(super) fn clocked(&self) -> impl Iterator<Item = usize> {
        self.clocked.iter().copied()
    }

    /// Reads `count` lanes of a file of `file_size` bytes and adds them to the total.
    pub(super) fn read(
        &self,
        source: &Source,
        file_size: u64,
        count: u64,
        names: &Arc<Names>,
        total: &mut Total,
        budget: &mut Budget,
    ) -> Result<Vec<Lane>, ReadErrorKind> {
        if count > MAX_LANES {
            let at = (VITALS_OFFSET + offset_of!(VitalsBytes, lanes)) as u64;
            return Err(ReadErrorKind::invalid(at, "at most 1,048,576 lanes", count));
        }
        let mut lanes = Vec::new();
        let mut buffer = Vec::new();
        for index in 0..count {
            let at = index
                .checked_mul(self.stride)
                .and_then(|offset| offset.checked_add(self.offset))
                .unwrap_or(u64::MAX);
            source::expect(file_size, at, self.header_size + self.body_size, "a lane")?;
            // A lane that is not there yet may be a hole of any size.
            let mut header = [0; LANE_HEADER_SIZE];
            source.fill(at, &mut header, "a lane")?;
            let Ok(header) = LaneHeader::read_from_bytes(&header) else { continue };
            if header.state.get() == LaneState::Absent.code() {
                budget.check_time()?;
                continue;
            }
            budget.spend(self.cost)?;
            total.last_ns = total.last_ns.max(header.claimed_at_ns.get());
            let values = self.values(source, at + self.header_size, &mut buffer, total, budget)?;
            lanes.push(Lane {
                tid: u32::try_from(header.tid.get()).unwrap_or(0),
                claimed: header.state.get() == LaneState::Claimed.code(),
                values,
                names: names.clone(),
            });
        }
        Ok(lanes)
    }

    /// Reads the struct at `at`. The buffer is used for all lanes.
    fn values(
        &self,
        source: &Source,
        at: u64,
        buffer: &mut Vec<u8>,
        total: &mut Total,
        budget: &mut Budget,
    ) -> Result<Vec<Reading>, ReadErrorKind> {
        let copies = Copies::take(source, at, &self.runs)?;
        let mut values = Vec::new();
        reserve(&mut values, self.places.len())?;
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
                    values.push(Reading { value: part.value.clone(), torn });
                    total.add(index, place, part, torn);
                }
            }
            done = piece.end;
        }
        Ok(values)
    }

    /// Returns the merged values; those of an empty lane if the file has no lanes.
    pub(super) fn merged(&self, total: Total) -> impl Iterator<Item = Reading> {
        let empty = if total.parts.is_empty() { &*self.places } else { &[] };
        let parts = total.parts.into_iter();
        let parts = parts.map(|(part, torn)| Reading { value: part.value, torn });
        parts.chain(empty.iter().map(|place| place.empty().into()))
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

/// The merged values of the lanes read so far.
pub(super) struct Total {
    /// The latest time in any of them, in the writer's clock.
    pub(super) last_ns: u64,
    parts: Vec<(Stamped<Value>, bool)>,
}

impl Total {
    pub(super) fn new(last_ns: u64) -> Self {
        Self { last_ns, parts: Vec::new() }
    }

    /// Adds a lane's value of the field at `index`.
    fn add(&mut self, index: usize, place: &Place, part: Stamped<Value>, torn: bool) {
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
            None => self.parts.push((part, torn)), // the first lane adds its fields in order
        }
    }
}
