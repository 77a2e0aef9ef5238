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
    pieces: Vec<Piece>,
    /// What a lane costs.
    cost: u64,
}

/// Neighbouring fields that are copied at once.
#[derive(Debug)]
struct Piece {
    /// The index after its last field.
    end: usize,
    /// Its bytes in the struct.
    bytes: Range<usize>,
}

impl Lanes {
    pub(super) fn new(header: &Header, places: Vec<Place>) -> Self {
        let pieces = pieces(&places);
        let runs = coalesce::find(&places);
        let bytes = pieces.iter().map(|piece| &piece.bytes).chain(&runs).chain(&runs);
        let bytes: usize = bytes.map(ExactSizeIterator::len).sum();
        let cost = bytes as u64 + PER_VALUE * places.len() as u64 + LANE_HEADER_SIZE as u64;
        Self {
            offset: header.lanes_offset.get(),
            stride: header.lane_stride.get(),
            header_size: header.lane_header_size.get().into(),
            body_size: header.lane_body_size.get(),
            clocked: (0..places.len()).filter(|index| places[*index].has_clock()).collect(),
            places,
            runs,
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
        for piece in &self.pieces {
            budget.check_time()?;
            buffer.clear();
            reserve(buffer, piece.bytes.len())?;
            buffer.resize(piece.bytes.len(), 0);
            source.fill(at + piece.bytes.start as u64, buffer, "a lane")?;
            for index in values.len()..piece.end {
                let place = &self.places[index];
                let start = place.bytes.start - piece.bytes.start;
                let field = &mut buffer[start..start + place.bytes.len()];
                let torn = place.locked > 0 && {
                    let fill = copies.of(&place.bytes);
                    !settle(field, place.locked, fill, &mut budget.patience)?
                };
                if torn {
                    // Not the number of the last try, but a mark for `decode`.
                    field[0] |= 1;
                }
                let part = place.decode(field);
                values.push(Reading { value: part.value.clone(), torn });
                total.add(index, place, part, torn);
            }
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

/// Divides the fields, in their order, into pieces that are copied at once.
fn pieces(places: &[Place]) -> Vec<Piece> {
    /// The maximum length of a piece of more than one field.
    const LONGEST: usize = 1 << 18;
    let mut pieces: Vec<Piece> = Vec::new();
    for (index, Place { bytes, .. }) in places.iter().enumerate() {
        let end = index + 1;
        if let Some(last) = pieces.last_mut() {
            let both = last.bytes.start.min(bytes.start)..last.bytes.end.max(bytes.end);
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
        if place.has_clock() {
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
