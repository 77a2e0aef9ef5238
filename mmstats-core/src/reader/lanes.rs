#![forbid(unsafe_code)]
//! Reads and merges the lanes of a version 2 file.

use std::mem::offset_of;
use std::sync::Arc;

use super::budget::{Budget, reserve};
use super::family::{Family, Members};
use super::fields::Fields;
use super::schema::Place;
use super::snapshot::Lane;
use super::source::{self, Source};
use super::stat::{Names, Reading};
use super::total::Total;
use crate::error::ReadErrorKind;
use crate::format::header::{Header, VITALS_OFFSET, VitalsBytes};
use crate::format::lane::{LANE_HEADER_SIZE, LaneState};
use crate::format::limits::MAX_LANES;
use crate::format::{Bytes as _, LaneHeader};

/// The place of the lanes, and how they are read.
#[derive(Debug)]
pub(super) struct Lanes {
    offset: u64,
    stride: u64,
    header_size: u64,
    body_size: u64,
    pub(super) fields: Fields,
    pub(super) families: Vec<Family>,
}

/// What lanes have, merged.
#[derive(Debug)]
pub(super) struct Merged {
    pub(super) fields: Total,
    /// The members of each family.
    pub(super) members: Vec<Members>,
    /// The same for each lane.
    pub(super) of_lanes: Vec<Vec<Members>>,
}

impl Merged {
    /// Returns the latest time in any lane, in the writer's clock.
    pub(super) fn last_ns(&self) -> u64 {
        let members = self.members.iter().flat_map(Members::values);
        members.map(|member| member.last_ns).fold(self.fields.last_ns, u64::max)
    }
}

impl Lanes {
    pub(super) fn new(header: &Header, places: Vec<Place>, families: Vec<Family>) -> Self {
        Self {
            offset: header.lanes_offset.get(),
            stride: header.lane_stride.get(),
            header_size: header.lane_header_size.get().into(),
            body_size: header.lane_body_size.get(),
            fields: Fields::new(places),
            families,
        }
    }

    /// Reads `count` lanes of a file of `file_size` bytes, whose last flush was at `last_ns`.
    pub(super) fn read(
        &self,
        source: &Source,
        file_size: u64,
        count: u64,
        names: &Arc<Names>,
        last_ns: u64,
        budget: &mut Budget,
    ) -> Result<(Vec<Lane>, Merged), ReadErrorKind> {
        if count > MAX_LANES {
            let at = (VITALS_OFFSET + offset_of!(VitalsBytes, lanes)) as u64;
            return Err(ReadErrorKind::invalid(at, "at most 1,048,576 lanes", count));
        }
        let mut merged = Merged {
            fields: Total::new(last_ns),
            members: self.families.iter().map(|_| Members::new()).collect(),
            of_lanes: Vec::new(),
        };
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
            budget.spend(self.fields.cost + LANE_HEADER_SIZE as u64)?;
            let total = &mut merged.fields;
            total.last_ns = total.last_ns.max(header.claimed_at_ns.get());
            let at = at + self.header_size;
            let mut values = Vec::new();
            reserve(&mut values, self.fields.places.len())?;
            total.reserve(self.fields.places.len())?;
            self.fields.read(source, at, &mut buffer, budget, |index, place, part, torn| {
                values.push(Reading { value: part.value.clone(), torn });
                total.add(index, place, part, torn);
            })?;
            if !self.families.is_empty() {
                let families = self.families.iter().zip(&mut merged.members);
                let members =
                    families.map(|(family, all)| family.read(source, at, &mut buffer, budget, all));
                merged.of_lanes.push(members.collect::<Result<_, _>>()?);
            }
            lanes.push(Lane {
                tid: u32::try_from(header.tid.get()).unwrap_or(0),
                claimed: header.state.get() == LaneState::Claimed.code(),
                values,
                names: names.clone(),
            });
        }
        Ok((lanes, merged))
    }
}
