//! Snapshots of version 2 files.

use std::mem::offset_of;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use zerocopy::FromBytes;

use super::decode::{Part, word};
use super::schema::{self, Place};
use super::snapshot::{Field, Labels, Lane, Reading, Snapshot, Writer};
use super::source::Source;
use crate::clock;
use crate::error::ReadErrorKind;
use crate::format::header::{FLAGS_REQUIRED, Header, StateWord, VITALS_OFFSET, VitalsBytes};
use crate::format::lane::{LANE_HEADER_SIZE, LaneState};
use crate::format::layout::HEADER_LABELS;
use crate::format::{LaneHeader, MIN_PAGE};
use crate::liveness::{self, State};
use crate::process::{self, Identity};
use crate::seqlock::{TRIES, is_intact};
use crate::value::{Scalar, Value};

/// More lanes than any program has threads; a file that claims more is not looked through.
const MAX_LANES: u64 = 1 << 20;

/// How often all of a field is copied before its totals alone have to do.
const WHOLE_TRIES: usize = 8;

/// What does not change: header and schema.
#[derive(Debug)]
pub(super) struct File {
    header: Header,
    labels: Arc<Labels>,
    places: Vec<Place>,
    writer: Writer,
}

impl File {
    /// Reads and checks header and schema.
    pub(super) fn parse(source: &Source) -> Result<Self, ReadErrorKind> {
        let bytes = source.bytes(0, size_of::<Header>() as u64, "the header")?;
        let header = Header::read_from_bytes(&bytes).map_err(|_| ReadErrorKind::Truncated {
            at: 0,
            what: "the header",
            needed: size_of::<Header>() as u64,
            found: bytes.len() as u64,
        })?;
        check(&header)?;
        let (mut labels, places) = schema::read(source, &header)?;
        add_facts(&mut labels, &header)?;
        let writer = writer(&header);
        Ok(Self { header, labels: Arc::new(labels), places, writer })
    }

    pub(super) fn snapshot(&self, source: &Source) -> Result<Snapshot, ReadErrorKind> {
        let (taken, read_at) = (SystemTime::now(), Instant::now());
        let vitals = self.vitals(source)?;
        let state = self.state(source, &vitals);
        let mut lanes = self.lanes(source, vitals.lanes.get())?;
        let now_ns = now_ns(state, self.header.boot_id, &vitals, &lanes);
        for part in lanes.iter_mut().flat_map(|lane| &mut lane.parts) {
            if let Value::Timer(timing) = &mut part.part.value {
                timing.now_ns = now_ns;
            }
        }
        let mut values = self.facts();
        values.extend(self.merged(&lanes));
        let flushed = vitals.flushed_realtime_ns.get();
        Ok(Snapshot {
            path: source.path.clone(),
            version: 2,
            state,
            taken,
            read_at,
            writer: Writer {
                ended: self.ended(state, &vitals),
                flushed: (flushed != 0).then(|| unix_time(flushed)),
                ..self.writer.clone()
            },
            labels: self.labels.clone(),
            values,
            lanes: lanes.into_iter().map(|lane| lane.into_public(&self.labels)).collect(),
            lanes_lost: vitals.lanes_lost.get(),
        })
    }

    fn vitals(&self, source: &Source) -> Result<VitalsBytes, ReadErrorKind> {
        let mut bytes = [0; size_of::<VitalsBytes>()];
        source.fill(VITALS_OFFSET as u64, &mut bytes)?;
        Ok(VitalsBytes::read_from_bytes(&bytes).unwrap_or_else(|_| self.header.vitals.clone()))
    }

    fn state(&self, source: &Source, vitals: &VitalsBytes) -> State {
        let header = &self.header;
        let writer = Identity {
            pid: header.pid.get(),
            start_ticks: header.process_start_ticks.get(),
            pid_namespace: header.pid_namespace.get(),
            boot_id: header.boot_id,
        };
        match StateWord::from_code(vitals.state.get()) {
            Some(word) => liveness::of_file(&source.file, word, writer),
            None => State::Unknown,
        }
    }

    /// When its writer said that it ended, by the clock that the file was created by.
    fn ended(&self, state: State, vitals: &VitalsBytes) -> Option<SystemTime> {
        let lived =
            vitals.anchor_boottime_ns.get().checked_sub(self.header.created_boottime_ns.get());
        let ended = matches!(state, State::Closed | State::Panicked);
        let ended_ns = self.header.created_realtime_ns.get().checked_add(lived?)?;
        ended.then(|| unix_time(ended_ns))
    }

    fn lanes(&self, source: &Source, count: u64) -> Result<Vec<LaneParts>, ReadErrorKind> {
        if count > MAX_LANES {
            let at = (VITALS_OFFSET + offset_of!(VitalsBytes, lanes)) as u64;
            return Err(ReadErrorKind::invalid(at, "at most 1,048,576 lanes", count));
        }
        let mut lanes = Vec::new();
        for index in 0..count {
            let at = index
                .checked_mul(self.header.lane_stride.get())
                .and_then(|offset| offset.checked_add(self.header.lanes_offset.get()));
            lanes.extend(self.lane(source, at.unwrap_or(u64::MAX))?);
        }
        Ok(lanes)
    }

    /// The lane at `at`, if there is anything in it yet.
    fn lane(&self, source: &Source, at: u64) -> Result<Option<LaneParts>, ReadErrorKind> {
        let header_size = u64::from(self.header.lane_header_size.get());
        let size = header_size.saturating_add(self.header.lane_body_size.get());
        let mut bytes = source.bytes(at, size, "a lane")?;
        let body = usize::try_from(header_size).unwrap_or(LANE_HEADER_SIZE);
        let header = LaneHeader::read_from_prefix(&bytes);
        let Ok((header, _)) = header else {
            return Ok(None);
        };
        if header.state.get() == LaneState::Absent.code() {
            return Ok(None);
        }
        let mut parts = Vec::with_capacity(self.places.len());
        for place in &self.places {
            let field_at = at + header_size + place.bytes.start as u64;
            let field = &mut bytes[body..][place.bytes.clone()];
            let torn = settle(source, field_at, place.layout.locked(), field)?;
            parts.push(LanePart { part: place.layout.decode(field), torn });
        }
        Ok(Some(LaneParts {
            tid: u32::try_from(header.tid.get()).unwrap_or(0),
            claimed: header.state.get() == LaneState::Claimed.code(),
            claimed_at_ns: header.claimed_at_ns.get(),
            parts,
        }))
    }

    /// What the lanes say together.
    fn merged(&self, lanes: &[LaneParts]) -> impl Iterator<Item = Reading> {
        self.places.iter().enumerate().map(|(index, place)| {
            let parts = lanes.iter().map(|lane| &lane.parts[index]);
            let torn = parts.clone().any(|part| part.torn);
            let merged =
                parts.map(|part| part.part.clone()).reduce(|a, b| place.layout.merge(a, b));
            let merged = merged.unwrap_or_else(|| place.layout.decode(&vec![0; place.bytes.len()]));
            Reading { value: merged.value, torn }
        })
    }

    /// What the header says, in the order of `HEADER_LABELS`.
    fn facts(&self) -> Vec<Reading> {
        let header = &self.header;
        let ids = [header.pid, header.tid, header.uid, header.gid];
        let ids = ids.map(|id| Scalar::Unsigned(id.get().into()));
        let created_ns = Duration::from_nanos(header.created_realtime_ns.get());
        let created = Scalar::Double(created_ns.as_secs_f64());
        ids.into_iter().chain([created]).map(Reading::from).collect()
    }
}

/// What the writer's clock shows now; or showed when its writer said how it ended; or, where the
/// machine was started anew meanwhile, at the last sign of life.
fn now_ns(state: State, boot_id: [u8; 16], vitals: &VitalsBytes, lanes: &[LaneParts]) -> u64 {
    let anchor_ns = vitals.anchor_clock_ns.get();
    match state {
        State::Closed | State::Panicked => anchor_ns,
        State::Live | State::Dead | State::Unknown if process::boot_id() == boot_id => {
            let since = clock::boottime_ns().saturating_sub(vitals.anchor_boottime_ns.get());
            anchor_ns.saturating_add(since)
        }
        State::Live | State::Dead | State::Unknown => {
            let parts = lanes.iter().flat_map(|lane| &lane.parts).map(|part| &part.part);
            let stamps = parts.map(|part| match &part.value {
                Value::Timer(timing) => timing.last_at_ns,
                _ => part.stamp_ns,
            });
            let claims = lanes.iter().map(|lane| lane.claimed_at_ns);
            stamps.chain(claims).fold(anchor_ns, u64::max)
        }
    }
}

/// What a lane says of all fields.
struct LaneParts {
    tid: u32,
    claimed: bool,
    claimed_at_ns: u64,
    parts: Vec<LanePart>,
}

struct LanePart {
    part: Part,
    torn: bool,
}

impl LaneParts {
    fn into_public(self, labels: &Arc<Labels>) -> Lane {
        let values = self.parts.into_iter();
        Lane {
            tid: self.tid,
            claimed: self.claimed,
            values: values
                .map(|LanePart { part, torn }| Reading { value: part.value, torn })
                .collect(),
            labels: labels.clone(),
        }
    }
}

/// Copies the field again until what must belong together was copied between two looks at the
/// same even sequence number, of which `field` holds the first; tells whether it never was.
///
/// The looks and the copies are separate system calls, so that none can be done out of order.
fn settle(
    source: &Source,
    at: u64,
    locked: usize,
    field: &mut [u8],
) -> Result<bool, ReadErrorKind> {
    if locked == 0 {
        return Ok(false);
    }
    let mut before = word(field, 0);
    for attempt in 0..TRIES {
        let len = if attempt < WHOLE_TRIES { field.len() } else { locked };
        source.fill(at, &mut field[..len])?;
        let mut after = [0; 8];
        source.fill(at, &mut after)?;
        let after = u64::from_le_bytes(after);
        if is_intact(before, after) {
            return Ok(false);
        }
        before = after;
    }
    Ok(true)
}

/// What a reader relies on.
fn check(header: &Header) -> Result<(), ReadErrorKind> {
    let flags = header.flags.get() & FLAGS_REQUIRED;
    if flags != 0 {
        return Err(ReadErrorKind::Flags { at: offset_of!(Header, flags) as u64, flags });
    }
    let state_at = (VITALS_OFFSET + offset_of!(VitalsBytes, state)) as u64;
    if header.vitals.state.get() == StateWord::Incomplete.code() {
        return Err(ReadErrorKind::Incomplete { at: state_at });
    }
    let at_least = |at: usize, found: u64, least: u64, expected| {
        let invalid = || ReadErrorKind::invalid(at as u64, expected, found);
        if found >= least { Ok(()) } else { Err(invalid()) }
    };
    at_least(
        offset_of!(Header, header_size),
        header.header_size.get().into(),
        size_of::<Header>() as u64,
        "a header of 512 bytes or more",
    )?;
    at_least(
        offset_of!(Header, lane_header_size),
        header.lane_header_size.get().into(),
        LANE_HEADER_SIZE as u64,
        "a lane header of 64 bytes or more",
    )?;
    let lane = u64::from(header.lane_header_size.get());
    at_least(
        offset_of!(Header, lane_stride),
        header.lane_stride.get(),
        lane.saturating_add(header.lane_body_size.get()).max(MIN_PAGE),
        "a stride that holds a lane",
    )
}

/// Puts the names of the header's facts in front of the fields.
fn add_facts(labels: &mut Labels, header: &Header) -> Result<(), ReadErrorKind> {
    let start = usize::try_from(header.label_prefix_offset.get()).unwrap_or(usize::MAX);
    let end = start.saturating_add(header.label_prefix_size.get().into());
    let Some(prefix) = labels.text.get(start..end).map(str::to_owned) else {
        let at = offset_of!(Header, label_prefix_offset) as u64;
        let found = format!("bytes {start} to {end} of {}", labels.text.len());
        return Err(ReadErrorKind::invalid(at, "a prefix in the string area", found));
    };
    let facts = HEADER_LABELS.map(|name| {
        let start = labels.text.len();
        labels.text.push_str(&prefix);
        labels.text.push_str(name);
        let label = start..labels.text.len();
        Field { label, help: 0..0, unit: 0..0, kind: None, merge: None }
    });
    labels.fields.splice(0..0, facts);
    Ok(())
}

fn writer(header: &Header) -> Writer {
    let size = usize::from(header.command_size.get()).min(header.command.len());
    Writer {
        pid: Some(header.pid.get()),
        tid: Some(header.tid.get()),
        uid: Some(header.uid.get()),
        gid: Some(header.gid.get()),
        command: Some(String::from_utf8_lossy(&header.command[..size]).into_owned()),
        created: Some(unix_time(header.created_realtime_ns.get())),
        ended: None,
        flushed: None,
        file_id: Some(header.file_id),
    }
}

fn unix_time(ns: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(ns)
}
