//! Snapshots of version 2 files.

use std::fs::Metadata;
use std::mem::offset_of;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use zerocopy::FromBytes;

use super::decode::Part;
use super::runs::{self, Copies};
use super::schema::{self, Place};
use super::snapshot::{Field, Labels, Lane, Origin, Reading, Snapshot, Writer};
use super::source::{self, Source};
use crate::clock;
use crate::error::ReadErrorKind;
use crate::format::header::{
    FLAG_CHECKPOINT, FLAGS_REQUIRED, Header, StateWord, VITALS_OFFSET, VitalsBytes,
};
use crate::format::lane::{LANE_HEADER_SIZE, LaneState};
use crate::format::layout::{HEADER_LABELS, MAX_PREFIX};
use crate::format::{LaneHeader, MIN_PAGE};
use crate::liveness::{self, State};
use crate::process::{self, Identity};
use crate::seqlock::{TRIES, settle};
use crate::value::{Scalar, Value};

/// More lanes than any program has threads; a file that claims more is not looked through.
const MAX_LANES: u64 = 1 << 20;

/// How many copies are tried again in all of a file, whose writer may be busy with all of it.
const MAX_RETRIES: usize = 64 * TRIES;

/// What does not change: header and schema.
#[derive(Debug)]
pub(super) struct File {
    header: Header,
    labels: Arc<Labels>,
    places: Vec<Place>,
    runs: Vec<Range<usize>>,
    /// Where the last field ends in the struct.
    fields_end: u64,
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
        let fields_end = places.iter().map(|place| place.bytes.end as u64).max().unwrap_or(0);
        let runs = runs::find(&places);
        Ok(Self { header, labels: Arc::new(labels), places, runs, fields_end, writer })
    }

    pub(super) fn snapshot(&self, source: &Source) -> Result<Snapshot, ReadErrorKind> {
        let (mut taken, mut read_at) = (SystemTime::now(), Instant::now());
        let mut vitals = self.vitals(source)?;
        let mut state = self.state(source, &vitals);
        if matches!(state, State::Dead | State::Unknown) {
            // It may have said that it ended, and let go of its lock, between the two looks.
            vitals = self.vitals(source)?;
            state = self.state(source, &vitals);
        }
        let mut total = Total {
            last_ns: vitals.anchor_clock_ns.get(),
            parts: Vec::with_capacity(self.places.len()),
            patience: if state == State::Live { MAX_RETRIES } else { 0 },
        };
        // Not sooner than the count of lanes: each was in the file before it was counted.
        let found = source.metadata()?;
        let mut lanes = self.lanes(source, found.len(), vitals.lanes.get(), &mut total)?;
        let written = self.written(&found, &vitals, total.last_ns).min(taken);
        let mut now_ns = now_ns(state, self.header.boot_id, &vitals, total.last_ns);
        let flushed = vitals.flushed_realtime_ns.get();
        let flushed = (flushed != 0).then(|| unix_time(flushed));
        if self.writer.checkpoint {
            // It says what was when it was made, and not what is now.
            now_ns = vitals.anchor_clock_ns.get();
            let age = clock::boottime_ns().saturating_sub(vitals.anchor_boottime_ns.get());
            taken = flushed.unwrap_or(taken);
            read_at = read_at.checked_sub(Duration::from_nanos(age)).unwrap_or(read_at);
        }
        let mut values = self.facts();
        values.extend(total.readings(&self.places));
        let in_lanes = lanes.iter_mut().flat_map(|lane| &mut lane.values);
        for reading in values.iter_mut().chain(in_lanes) {
            // Of a timer that does not run it means nothing, and would make equal values differ.
            if let Value::Timer(timing) = &mut reading.value
                && timing.running != 0
            {
                timing.now_ns = now_ns;
            }
        }
        Ok(Snapshot {
            path: source.path.clone(),
            version: 2,
            state,
            taken,
            written: Some(written),
            read_at,
            writer: Writer { ended: self.ended(state, &vitals), flushed, ..self.writer.clone() },
            origin: Origin::default(),
            labels: self.labels.clone(),
            values,
            lanes,
            lanes_lost: vitals.lanes_lost.get(),
        })
    }

    fn vitals(&self, source: &Source) -> Result<VitalsBytes, ReadErrorKind> {
        let mut bytes = [0; size_of::<VitalsBytes>()];
        source.fill(VITALS_OFFSET as u64, &mut bytes, "the vitals")?;
        Ok(VitalsBytes::read_from_bytes(&bytes).unwrap_or_else(|_| self.header.vitals.clone()))
    }

    fn state(&self, source: &Source, vitals: &VitalsBytes) -> State {
        match StateWord::from_code(vitals.state.get()) {
            Some(word) => liveness::of_file(&source.file, word, self.identity()),
            None => State::Unknown,
        }
    }

    /// The state of a writer that does not hold the lock, which the caller does.
    pub(super) fn state_unlocked(&self, source: &Source) -> Result<State, ReadErrorKind> {
        Ok(match StateWord::from_code(self.vitals(source)?.state.get()) {
            Some(StateWord::Closed) => State::Closed,
            Some(StateWord::Panicked) => State::Panicked,
            // Where locks do not reach the writer, or it closed the file behind its own back.
            Some(StateWord::Live) if liveness::of_process(self.identity()) == State::Live => {
                State::Live
            }
            Some(StateWord::Live) => State::Dead,
            Some(StateWord::Incomplete) | None => State::Unknown,
        })
    }

    fn identity(&self) -> Identity {
        let header = &self.header;
        Identity {
            pid: header.pid.get(),
            start_ticks: header.process_start_ticks.get(),
            pid_namespace: header.pid_namespace.get(),
            boot_id: header.boot_id,
        }
    }

    /// The latest trace of when the writer wrote; `last_ns` is that in the lanes.
    fn written(&self, found: &Metadata, vitals: &VitalsBytes, last_ns: u64) -> SystemTime {
        let flushed_ns = vitals.flushed_realtime_ns.get();
        // The anchor is what the writer's clock showed at that time.
        let base_ns =
            if flushed_ns == 0 { self.header.created_realtime_ns.get() } else { flushed_ns };
        let since_ns = last_ns.saturating_sub(vitals.anchor_clock_ns.get());
        let written = unix_time(base_ns.saturating_add(since_ns));
        found.modified().map_or(written, |modified| modified.max(written))
    }

    /// When its writer said that it ended, by the clock that the file was created by.
    fn ended(&self, state: State, vitals: &VitalsBytes) -> Option<SystemTime> {
        let lived =
            vitals.anchor_boottime_ns.get().checked_sub(self.header.created_boottime_ns.get());
        let ended = matches!(state, State::Closed | State::Panicked);
        let ended_ns = self.header.created_realtime_ns.get().checked_add(lived?)?;
        ended.then(|| unix_time(ended_ns))
    }

    /// All lanes, which are added to the total, of a file that has `file_size` bytes.
    fn lanes(
        &self,
        source: &Source,
        file_size: u64,
        count: u64,
        total: &mut Total,
    ) -> Result<Vec<Lane>, ReadErrorKind> {
        if count > MAX_LANES {
            let at = (VITALS_OFFSET + offset_of!(VitalsBytes, lanes)) as u64;
            return Err(ReadErrorKind::invalid(at, "at most 1,048,576 lanes", count));
        }
        let mut lanes = Vec::new();
        for index in 0..count {
            let at = index
                .checked_mul(self.header.lane_stride.get())
                .and_then(|offset| offset.checked_add(self.header.lanes_offset.get()));
            lanes.extend(self.lane(source, file_size, at.unwrap_or(u64::MAX), total)?);
        }
        Ok(lanes)
    }

    /// The lane at `at`, if there is anything in it yet.
    fn lane(
        &self,
        source: &Source,
        file_size: u64,
        at: u64,
        total: &mut Total,
    ) -> Result<Option<Lane>, ReadErrorKind> {
        let header_size = u64::from(self.header.lane_header_size.get());
        let size = header_size.saturating_add(self.header.lane_body_size.get());
        source::expect(file_size, at, size, "a lane")?;
        let read = usize::try_from(header_size + self.fields_end).unwrap_or(usize::MAX);
        let mut bytes = vec![0; read];
        source.fill(at, &mut bytes, "a lane")?;
        let Ok((header, _)) = LaneHeader::read_from_prefix(&bytes) else { return Ok(None) };
        if header.state.get() == LaneState::Absent.code() {
            return Ok(None);
        }
        total.last_ns = total.last_ns.max(header.claimed_at_ns.get());
        let body = usize::try_from(header_size).unwrap_or(LANE_HEADER_SIZE);
        let copies = Copies::take(source, at + header_size, &self.runs)?;
        let mut values = Vec::with_capacity(self.places.len());
        for (index, place) in self.places.iter().enumerate() {
            let field = &mut bytes[body..][place.bytes.clone()];
            let torn = place.locked > 0 && {
                let fill = copies.of(&place.bytes);
                !settle(field, place.locked, fill, &mut total.patience)?
            };
            let part = place.layout.decode(field);
            values.push(Reading { value: part.value.clone(), torn });
            total.add(index, place, part, torn);
        }
        Ok(Some(Lane {
            tid: u32::try_from(header.tid.get()).unwrap_or(0),
            claimed: header.state.get() == LaneState::Claimed.code(),
            values,
            labels: self.labels.clone(),
        }))
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

/// What the lanes say together, as far as they have been looked through.
struct Total {
    /// The latest time that any of them tells, in the writer's clock.
    last_ns: u64,
    parts: Vec<(Part, bool)>,
    /// How many copies may still be tried again: a file may be all sequence numbers that are odd.
    patience: usize,
}

impl Total {
    /// Adds what a lane says of the field at `index`.
    fn add(&mut self, index: usize, place: &Place, part: Part, torn: bool) {
        let told_ns = match &part.value {
            Value::Timer(timing) => timing.last_at_ns,
            _ => part.stamp_ns,
        };
        self.last_ns = self.last_ns.max(told_ns);
        match self.parts.get_mut(index) {
            Some((total, any_torn)) => {
                let sofar =
                    std::mem::replace(total, Part { stamp_ns: 0, value: Value::Counter(0) });
                *total = place.layout.merge(sofar, part);
                *any_torn |= torn;
            }
            None => self.parts.push((part, torn)), // the first lane: one field after the other
        }
    }

    /// What there is in all; of a file without lanes, what is in an empty one.
    fn readings(self, places: &[Place]) -> Vec<Reading> {
        if self.parts.is_empty() {
            return places.iter().map(|place| place.layout.empty().into()).collect();
        }
        let parts = self.parts.into_iter();
        parts.map(|(part, torn)| Reading { value: part.value, torn }).collect()
    }
}

/// What the writer's clock shows now; or showed when its writer said how it ended; or, where the
/// machine was started anew meanwhile, at the last sign of life.
fn now_ns(state: State, boot_id: [u8; 16], vitals: &VitalsBytes, last_ns: u64) -> u64 {
    let anchor_ns = vitals.anchor_clock_ns.get();
    match state {
        State::Closed | State::Panicked => anchor_ns,
        State::Live | State::Dead | State::Unknown if process::boot_id() == boot_id => {
            let since = clock::boottime_ns().saturating_sub(vitals.anchor_boottime_ns.get());
            anchor_ns.saturating_add(since)
        }
        State::Live | State::Dead | State::Unknown => last_ns,
    }
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
    if usize::from(header.label_prefix_size.get()) > MAX_PREFIX {
        let at = offset_of!(Header, label_prefix_size) as u64;
        let found = header.label_prefix_size.get();
        return Err(ReadErrorKind::invalid(at, "a prefix of at most 244 bytes", found));
    }
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
        checkpoint: header.flags.get() & FLAG_CHECKPOINT != 0,
        file_id: Some(header.file_id),
    }
}

fn unix_time(ns: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(ns)
}
