//! Snapshots of version 2 files.

use std::mem::offset_of;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use zerocopy::FromBytes;

use super::coalesce::{self, Copies};
use super::schema::{self, Place};
use super::snapshot::{Lane, Origin, Snapshot};
use super::source::{self, Source};
use super::stat::{Names, Reading};
use super::writer_info::WriterInfo;
use crate::clock;
use crate::error::ReadErrorKind;
use crate::format::header::{
    FLAG_CHECKPOINT, FLAGS_REQUIRED, Header, StateWord, VITALS_OFFSET, VitalsBytes,
};
use crate::format::lane::{LANE_HEADER_SIZE, LaneState};
use crate::format::layout::{HEADER_FACTS, MAX_PREFIX};
use crate::format::{LaneHeader, MIN_PAGE};
use crate::kind::{Scalar, Stamped, Value};
use crate::liveness::{self, State};
use crate::process::{self, Identity};
use crate::seqlock::{TRIES, settle};

/// The maximum number of lanes, above any program's number of threads. Files with more are
/// rejected.
const MAX_LANES: u64 = 1 << 20;

/// The maximum number of retried copies per file, whose writer may be busy with every field.
const MAX_RETRIES: usize = 64 * TRIES;

/// The parts of a file that do not change: header and schema.
#[derive(Debug)]
pub(super) struct File {
    header: Header,
    names: Arc<Names>,
    places: Vec<Place>,
    runs: Vec<Range<usize>>,
    /// The end of the last field in the struct.
    fields_end: u64,
    writer: WriterInfo,
}

impl File {
    /// Reads and checks the header and the schema.
    pub(super) fn parse(source: &Source) -> Result<Self, ReadErrorKind> {
        let bytes = source.bytes(0, size_of::<Header>() as u64, "the header")?;
        let header = Header::read_from_bytes(&bytes).map_err(|_| ReadErrorKind::Truncated {
            at: 0,
            what: "the header",
            needed: size_of::<Header>() as u64,
            found: bytes.len() as u64,
        })?;
        check(&header)?;
        let (mut names, places) = schema::read(source, &header)?;
        add_facts(&mut names, &header)?;
        let writer = writer(&header);
        let fields_end = places.iter().map(|place| place.bytes.end as u64).max().unwrap_or(0);
        let runs = coalesce::find(&places);
        Ok(Self { header, names: Arc::new(names), places, runs, fields_end, writer })
    }

    pub(super) fn snapshot(&self, source: &Source) -> Result<Snapshot, ReadErrorKind> {
        let (mut taken, mut read_at) = (SystemTime::now(), Instant::now());
        let mut vitals = self.vitals(source)?;
        let mut state = self.state(source, &vitals);
        if matches!(state, State::Dead | State::Unknown) {
            // The writer may have recorded its end and released its lock between the two reads.
            vitals = self.vitals(source)?;
            state = self.state(source, &vitals);
        }
        let mut total = Total {
            last_ns: vitals.anchor_clock_ns.get(),
            parts: Vec::with_capacity(self.places.len()),
            patience: if state == State::Live { MAX_RETRIES } else { 0 },
        };
        // Read after the count of lanes: each lane is in the file before it is counted.
        let found = source.metadata()?;
        let mut lanes = self.lanes(source, found.len(), vitals.lanes.get(), &mut total)?;
        let shown = self.shown(&vitals, total.last_ns).min(taken);
        let created = unix_time(self.header.created_realtime_ns.get());
        // A copy was not modified by the writer.
        let is_copy = source::is_copy(&found, created);
        let modified = found.modified().ok().filter(|_| !is_copy);
        let written = modified.map_or(shown, |modified| modified.max(shown)).min(taken);
        let mut now_ns = now_ns(state, self.header.boot_id, &vitals, total.last_ns);
        let flushed = vitals.flushed_realtime_ns.get();
        let flushed = (flushed != 0).then(|| unix_time(flushed));
        if self.writer.checkpoint {
            // A checkpoint shows the state when it was made, not the current one.
            now_ns = vitals.anchor_clock_ns.get();
            let age = clock::boottime_ns().saturating_sub(vitals.anchor_boottime_ns.get());
            taken = flushed.unwrap_or(taken);
            read_at = read_at.checked_sub(Duration::from_nanos(age)).unwrap_or(read_at);
        }
        let ended = self.ended(state, &vitals);
        let as_of = match ended.or(flushed.filter(|_| self.writer.checkpoint)) {
            Some(exact) => Some((exact, exact)),
            None if state == State::Live => Some((taken, taken)),
            None => source::as_of(&found, is_copy, shown, taken),
        };
        let mut values = self.facts();
        values.extend(total.readings(&self.places));
        if vitals.lanes_lost.get() > 0 {
            for reading in &mut values {
                reading.value.lanes_are_missing();
            }
        }
        let in_lanes = lanes.iter_mut().flat_map(|lane| &mut lane.values);
        for reading in values.iter_mut().chain(in_lanes) {
            reading.value.set_now_ns(now_ns);
            if state.has_ended() {
                reading.value.set_ended();
            }
        }
        Ok(Snapshot {
            path: source.path.clone(),
            version: 2,
            state,
            taken,
            written: Some(written),
            as_of,
            read_at,
            writer: WriterInfo { ended, flushed, ..self.writer.clone() },
            origin: Origin::default(),
            names: self.names.clone(),
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

    /// Returns the writer's state, while the caller holds the lock in its place.
    pub(super) fn state_unlocked(&self, source: &Source) -> Result<State, ReadErrorKind> {
        Ok(match StateWord::from_code(self.vitals(source)?.state.get()) {
            Some(StateWord::Closed) => State::Closed,
            Some(StateWord::Panicked) => State::Panicked,
            // Locks may not reach the writer, or it closed the file's descriptor by accident.
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

    /// Returns the latest time that the file shows; `last_ns` is the latest in the lanes.
    fn shown(&self, vitals: &VitalsBytes, last_ns: u64) -> SystemTime {
        let flushed_ns = vitals.flushed_realtime_ns.get();
        // The anchor holds the writer's clock at that time.
        let base_ns =
            if flushed_ns == 0 { self.header.created_realtime_ns.get() } else { flushed_ns };
        let since_ns = last_ns.saturating_sub(vitals.anchor_clock_ns.get());
        unix_time(base_ns.saturating_add(since_ns))
    }

    /// Returns when the writer recorded its end, by the clock of the file's creation.
    fn ended(&self, state: State, vitals: &VitalsBytes) -> Option<SystemTime> {
        let lived =
            vitals.anchor_boottime_ns.get().checked_sub(self.header.created_boottime_ns.get());
        let ended = matches!(state, State::Closed | State::Panicked);
        let ended_ns = self.header.created_realtime_ns.get().checked_add(lived?)?;
        ended.then(|| unix_time(ended_ns))
    }

    /// Reads all lanes of a file of `file_size` bytes and adds them to the total.
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

    /// Reads the lane at `at`, unless nothing has been written to it yet.
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
            if torn {
                // Not the number of the last try, but a mark for `decode`.
                field[0] |= 1;
            }
            let part = place.decode(field);
            values.push(Reading { value: part.value.clone(), torn });
            total.add(index, place, part, torn);
        }
        Ok(Some(Lane {
            tid: u32::try_from(header.tid.get()).unwrap_or(0),
            claimed: header.state.get() == LaneState::Claimed.code(),
            values,
            names: self.names.clone(),
        }))
    }

    /// Returns the facts of the header, in the order of `HEADER_FACTS`.
    fn facts(&self) -> Vec<Reading> {
        let header = &self.header;
        let ids = [header.pid, header.tid, header.uid, header.gid];
        let ids = ids.map(|id| Scalar::Integer(id.get().into()));
        let created_ns = Duration::from_nanos(header.created_realtime_ns.get());
        let created = Scalar::Double(created_ns.as_secs_f64());
        ids.into_iter().chain([created]).map(Reading::from).collect()
    }
}

/// The merged values of the lanes read so far.
struct Total {
    /// The latest time in any of them, in the writer's clock.
    last_ns: u64,
    parts: Vec<(Stamped<Value>, bool)>,
    /// The number of retries left: a file may consist of odd sequence numbers.
    patience: usize,
}

impl Total {
    /// Adds a lane's value of the field at `index`.
    fn add(&mut self, index: usize, place: &Place, part: Stamped<Value>, torn: bool) {
        self.last_ns = self.last_ns.max(part.stamp_ns).max(part.value.seen_ns());
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

    /// Returns the merged values; those of an empty lane if the file has no lanes.
    fn readings(self, places: &[Place]) -> Vec<Reading> {
        if self.parts.is_empty() {
            return places.iter().map(|place| place.empty().into()).collect();
        }
        let parts = self.parts.into_iter();
        parts.map(|(part, torn)| Reading { value: part.value, torn }).collect()
    }
}

/// Returns the writer's clock: its current value; the value at the writer's recorded end; or, if
/// the machine has been rebooted since, the value at the last sign of life.
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

/// Checks the parts of the header that a reader relies on.
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
        "a header of at least 512 bytes",
    )?;
    at_least(
        offset_of!(Header, lane_header_size),
        header.lane_header_size.get().into(),
        LANE_HEADER_SIZE as u64,
        "a lane header of at least 64 bytes",
    )?;
    let lane = u64::from(header.lane_header_size.get());
    at_least(
        offset_of!(Header, lane_stride),
        header.lane_stride.get(),
        lane.saturating_add(header.lane_body_size.get()).max(MIN_PAGE),
        "a stride that holds a lane",
    )
}

/// Inserts the names of the header's facts before the fields.
fn add_facts(names: &mut Names, header: &Header) -> Result<(), ReadErrorKind> {
    if usize::from(header.prefix_size.get()) > MAX_PREFIX {
        let at = offset_of!(Header, prefix_size) as u64;
        let found = header.prefix_size.get();
        return Err(ReadErrorKind::invalid(at, "a prefix of at most 1013 bytes", found));
    }
    let start = usize::try_from(header.prefix_offset.get()).unwrap_or(usize::MAX);
    let end = start.saturating_add(header.prefix_size.get().into());
    let Some(prefix) = names.text.get(start..end).map(str::to_owned) else {
        let at = offset_of!(Header, prefix_offset) as u64;
        let found = format!("bytes {start} to {end} of {}", names.text.len());
        return Err(ReadErrorKind::invalid(at, "a prefix in the string area", found));
    };
    let facts = HEADER_FACTS.map(|name| names.add(&format!("{prefix}{name}")));
    names.names.splice(0..0, facts);
    Ok(())
}

fn writer(header: &Header) -> WriterInfo {
    let size = usize::from(header.command_size.get()).min(header.command.len());
    WriterInfo {
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
