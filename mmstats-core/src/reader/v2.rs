//! Snapshots of version 2 files.

use std::mem::offset_of;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::budget::Budget;
use super::declared;
use super::lanes::{Lanes, Merged};
use super::schema;
use super::shown::Shown;
use super::snapshot::{Lane, Origin, Snapshot};
use super::source::{self, Source};
use super::stat::{Names, Reading};
use super::writer_info::WriterInfo;
use crate::clock;
use crate::error::ReadErrorKind;
use crate::format::header::{
    FLAG_CHECKPOINT, FLAGS_REQUIRED, Header, StateWord, VITALS_OFFSET, VitalsBytes,
};
use crate::format::lane::LANE_HEADER_SIZE;
use crate::format::layout::HEADER_FACTS;
use crate::format::limits::{MAX_HEADER, MAX_LANE_HEADER, MAX_PREFIX, MAX_STRIDE, MAX_STRUCT};
use crate::format::{Bytes as _, MIN_PAGE};
use crate::kind::Scalar;
use crate::liveness::{self, Process, Sight, State};
use crate::process;

/// The parts of a file that do not change, and the schema.
#[derive(Debug)]
pub(super) struct File {
    header: Header,
    /// Changes only if a statistic is declared at run time.
    schema: Mutex<Arc<Schema>>,
    writer: WriterInfo,
    sight: Sight,
}

/// What a file has.
#[derive(Debug)]
struct Schema {
    /// The names of the header's facts and of the fields.
    names: Arc<Names>,
    lanes: Lanes,
    /// What the latest snapshot showed.
    shown: Mutex<Arc<Shown>>,
    /// How many fields were declared at run time.
    declared: u64,
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
        let schema = Mutex::new(Arc::new(Schema::read(source, &header)?));
        let writer = writer(&header);
        Ok(Self { header, schema, writer, sight: Sight::default() })
    }

    /// Returns the schema, which is read again if statistics were declared meanwhile.
    fn schema(&self, source: &Source) -> Result<Arc<Schema>, ReadErrorKind> {
        let mut latest = self.schema.lock().unwrap_or_else(PoisonError::into_inner);
        if self.header.extension_offset.get() != 0
            && declared::count(source, &self.header)? != latest.declared
        {
            *latest = Arc::new(Schema::read(source, &self.header)?);
        }
        Ok(latest.clone())
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
        // Read after the count of lanes: each lane is in the file before it is counted.
        let found = source.metadata()?;
        let mut budget = Budget::of(&found);
        if state != State::Live {
            budget.patience = 0;
        }
        let count = vitals.lanes.get();
        let schema = self.schema(source)?;
        let names = &schema.names;
        let anchor_ns = vitals.anchor_clock_ns.get();
        let (mut lanes, merged) =
            schema.lanes.read(source, found.len(), count, names, anchor_ns, &mut budget)?;
        let last_ns = merged.last_ns();
        let seen = self.seen(&vitals, last_ns).min(taken);
        let created = unix_time(self.header.created_realtime_ns.get());
        // A copy was not modified by the writer.
        let is_copy = source::is_copy(&found, created);
        let modified = found.modified().ok().filter(|_| !is_copy);
        let written = modified.map_or(seen, |modified| modified.max(seen)).min(taken);
        let mut now_ns = now_ns(state, self.header.boot_id, &vitals, last_ns);
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
            None => source::as_of(&found, is_copy, seen, taken),
        };
        let mut values = self.facts(schema.lanes.fields.places.len());
        let facts = values.len();
        let shown = schema.arrange(&mut lanes, merged, &mut values, &mut budget)?;
        for index in shown.clocked.iter().copied() {
            let in_lanes = lanes.iter_mut().filter_map(|lane| lane.values.get_mut(index));
            for reading in values.get_mut(facts + index).into_iter().chain(in_lanes) {
                reading.value.set_now_ns(now_ns);
                if state.has_ended() {
                    reading.value.set_ended();
                }
            }
        }
        if vitals.lanes_lost.get() > 0 {
            for reading in &mut values {
                reading.value.lanes_are_missing();
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
            names: shown.names.clone(),
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
            Some(word) => liveness::of_file(&source.file, word, &self.header, &self.sight),
            None => State::Unknown,
        }
    }

    /// Returns whether anybody may still write the file, or how its writer ended.
    pub(super) fn verdict(&self, source: &Source, held: bool) -> Result<State, ReadErrorKind> {
        let word = StateWord::from_code(self.vitals(source)?.state.get());
        let lock = liveness::of_lock(held, &source.file, &self.header);
        let process = liveness::process(&source.file, &self.header);
        let judged = liveness::judge(lock, process);
        Ok(match word {
            // Its handle lives on.
            Some(StateWord::Closed | StateWord::Panicked) if held && judged == State::Live => {
                State::Live
            }
            Some(StateWord::Closed) => State::Closed,
            Some(StateWord::Panicked) => State::Panicked,
            // It may have closed the file's descriptor by accident.
            Some(StateWord::Live) if process == Process::Alive => State::Live,
            Some(StateWord::Live) => judged,
            Some(StateWord::Incomplete) | None => State::Unknown,
        })
    }

    /// Returns the latest time that the file shows; `last_ns` is the latest in the lanes.
    fn seen(&self, vitals: &VitalsBytes, last_ns: u64) -> SystemTime {
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

    /// Returns the facts of the header, in the order of `HEADER_FACTS`, with room for this many fields.
    fn facts(&self, fields: usize) -> Vec<Reading> {
        let header = &self.header;
        let ids = [header.pid, header.tid, header.uid, header.gid];
        let ids = ids.map(|id| Scalar::Integer(id.get().into()));
        let created_ns = Duration::from_nanos(header.created_realtime_ns.get());
        let created = Scalar::Double(created_ns.as_secs_f64());
        let mut facts = Vec::with_capacity(HEADER_FACTS.len() + fields);
        facts.extend(ids.into_iter().chain([created]).map(Reading::from));
        facts
    }
}

impl Schema {
    fn read(source: &Source, header: &Header) -> Result<Self, ReadErrorKind> {
        let mut budget = Budget::of(&source.metadata()?);
        let schema::Schema { mut names, places, families, declared } =
            schema::read(source, header, &mut budget)?;
        add_facts(&mut names, header)?;
        let names = Arc::new(names);
        let lanes = Lanes::new(header, places, families);
        let clocked = lanes.fields.clocked().collect();
        let shown = Shown { names: names.clone(), clocked, ..Shown::default() };
        Ok(Self { names, lanes, shown: Mutex::new(Arc::new(shown)), declared })
    }

    /// Arranges the values of all lanes, and of each, by what the snapshot shows, and returns that. It
    /// changes only when a family has a new member.
    fn arrange(
        &self,
        lanes: &mut [Lane],
        merged: Merged,
        values: &mut Vec<Reading>,
        budget: &mut Budget,
    ) -> Result<Arc<Shown>, ReadErrorKind> {
        let Merged { fields, members, of_lanes } = merged;
        let fields = fields.readings(&self.lanes.fields.places);
        let mut latest = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let families = &self.lanes.families;
        if families.is_empty() {
            values.extend(fields);
            return Ok(latest.clone());
        }
        let is_as_before = latest.keys.len() == families.len()
            && members.iter().zip(&latest.keys).all(|(now, before)| now.keys().eq(before));
        if !is_as_before {
            let keys = members.iter().map(|members| members.keys().cloned().collect()).collect();
            let (names, all) = (&self.names, &self.lanes.fields);
            budget.spend(names.text.len() as u64)?;
            *latest = Arc::new(Shown::new(names, HEADER_FACTS.len(), all, families, keys));
        }
        let shown = latest.clone();
        for (lane, members) in lanes.iter_mut().zip(of_lanes) {
            let values = std::mem::take(&mut lane.values);
            lane.values = shown.values(values, families, members);
            lane.names = shown.names.clone();
        }
        values.extend(shown.values(fields.collect(), families, members));
        Ok(shown)
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
    let within = |at: usize, found: u64, least: u64, most: u64, expected| {
        let invalid = || ReadErrorKind::invalid(at as u64, expected, found);
        if (least..=most).contains(&found) { Ok(()) } else { Err(invalid()) }
    };
    within(
        offset_of!(Header, header_size),
        header.header_size.get().into(),
        size_of::<Header>() as u64,
        MAX_HEADER.into(),
        "a header of 512 to 4096 bytes",
    )?;
    within(
        offset_of!(Header, lane_header_size),
        header.lane_header_size.get().into(),
        LANE_HEADER_SIZE as u64,
        MAX_LANE_HEADER.into(),
        "a lane header of 64 to 4096 bytes",
    )?;
    within(
        offset_of!(Header, lane_body_size),
        header.lane_body_size.get(),
        0,
        MAX_STRUCT,
        "a struct of at most 256 MiB",
    )?;
    let lane = u64::from(header.lane_header_size.get()) + header.lane_body_size.get();
    within(
        offset_of!(Header, lane_stride),
        header.lane_stride.get(),
        lane.max(MIN_PAGE),
        MAX_STRIDE,
        "a stride that holds a lane, of at most 512 MiB",
    )
}

/// Inserts the names of the header's facts before the fields.
fn add_facts(names: &mut Names, header: &Header) -> Result<(), ReadErrorKind> {
    if header.prefix_size.get() > MAX_PREFIX {
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
