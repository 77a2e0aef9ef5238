//! Snapshots of version 1 files, which have no separate schema and are parsed each time.

use std::fs;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::budget::Budget;
use super::files::status;
use super::snapshot::{Origin, Snapshot};
use super::source::{self, Inode, Source};
use super::stat::{Names, Reading};
use super::writer_info::WriterInfo;
use crate::error::ReadErrorKind;
use crate::format::limits::{MAX_V1_BYTES, MAX_V1_FIELDS};
use crate::format::v1;
use crate::kind::Scalar;
use crate::liveness::{self, State};
use crate::process;

/// An open version 1 file.
#[derive(Debug, Default)]
pub(super) struct File {
    /// The last writer checked and whether it maps the file, cached because the check is expensive.
    mapped: Mutex<Option<(u32, bool)>>,
}

impl File {
    pub(super) fn snapshot(&self, source: &Source) -> Result<Snapshot, ReadErrorKind> {
        let (file, fields) = read(source)?;
        let mut names = Names::default();
        let mut values = Vec::new();
        for field in fields {
            let key = names.add(&v1::text(&file[field.label]));
            names.names.push(key);
            values.push(Reading::from(field.value));
        }
        let taken = SystemTime::now();
        let mut writer = writer(&names, &values);
        let state = state(source, &writer);
        let found = source.metadata()?;
        let mut origin =
            Origin { inode: Some(Inode::of(&found)), mapped: None, declared: writer.created };
        if let Some(pid) = writer.pid.filter(|_| state == State::Live) {
            origin.mapped = self.is_mapped(pid, status::id(&found).1);
            // Another user's memory map is unreadable, but a copy rarely has the program's owner.
            if origin.mapped.unwrap_or_else(|| is_owned(pid, status::owner(&found))) {
                let born = found.created().ok();
                writer.created =
                    writer.created.map(|declared| born.map_or(declared, |born| born.max(declared)));
            }
        }
        let as_of = match (origin.mapped, origin.declared) {
            (Some(true), _) => Some((taken, taken)),
            (_, Some(declared)) => {
                source::as_of(&found, source::is_copy(&found, declared), declared, taken)
            }
            (_, None) => None,
        };
        Ok(Snapshot {
            path: source.path.clone(),
            version: 1,
            state,
            taken,
            written: writer.created.max(found.modified().ok()).map(|written| written.min(taken)),
            as_of,
            read_at: Instant::now(),
            writer,
            origin,
            names: Arc::new(names),
            values,
            lanes: Vec::new(),
            lanes_lost: 0,
        })
    }

    /// Returns whether anybody may still write the file. Clocks are adjusted, so a late start does
    /// not prove that the process is another.
    pub(super) fn verdict(&self, source: &Source) -> Result<State, ReadErrorKind> {
        Ok(match self.snapshot(source)?.writer.pid {
            None | Some(0) => State::Unknown,
            Some(pid) if process::exists(pid) => State::Live,
            Some(pid) => liveness::of_absent_pid(&source.file, pid, Duration::ZERO),
        })
    }

    /// Returns whether the process maps the file with this inode, or `None` if its map is
    /// unreadable.
    fn is_mapped(&self, pid: u32, inode: u64) -> Option<bool> {
        let mut known = self.mapped.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, mapped)) = known.filter(|(known, _)| *known == pid) {
            return Some(mapped);
        }
        let mapped = maps(pid, inode).ok()?;
        *known = Some((pid, mapped));
        Some(mapped)
    }
}

/// Returns whether the process maps a file with this inode. Devices are not compared, since
/// `/proc` and `stat` name them differently on some file systems.
fn maps(pid: u32, inode: u64) -> io::Result<bool> {
    let maps = fs::read(format!("/proc/{pid}/maps"))?;
    if maps.is_empty() {
        return Err(io::ErrorKind::NotFound.into()); // a zombie
    }
    let inode = inode.to_string();
    // address, permissions, offset, device, inode, path
    let mut inodes = maps.split(|byte| *byte == b'\n').filter_map(|line| {
        line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).nth(4)
    });
    Ok(inodes.any(|mapped| mapped == inode.as_bytes()))
}

fn is_owned(pid: u32, uid: u32) -> bool {
    fs::metadata(format!("/proc/{pid}")).is_ok_and(|process| status::owner(&process) == uid)
}

/// Reads the part of the file that holds fields, which may be far less than its size.
fn read(source: &Source) -> Result<(Vec<u8>, Vec<v1::Field>), ReadErrorKind> {
    const FIRST: u64 = 1 << 20;
    /// What a field takes in memory; in the file it has at least eight bytes.
    const PER_FIELD: u64 = 320;
    const LEAST_FIELD: u64 = 8;
    let mut len = FIRST;
    loop {
        let found = source.metadata()?;
        let size = found.len();
        let read = size.min(len);
        let fields = (read / LEAST_FIELD).min(MAX_V1_FIELDS as u64);
        Budget::of(&found).spend(2 * read + PER_FIELD * fields)?;
        let file = source.bytes(0, read, "the file")?;
        let goes_on = len < size;
        match v1::parse(&file, goes_on) {
            Err(ReadErrorKind::Truncated { .. }) if goes_on && len < MAX_V1_BYTES => len *= 2,
            result => return Ok((file, result?)),
        }
    }
}

/// Finds the fields that Python's mmstats adds to each struct, whose names may have a prefix.
fn writer(names: &Names, values: &[Reading]) -> WriterInfo {
    let find = |name: &str| {
        let mut stats = names.stats(values);
        stats
            .find(|stat| stat.key().as_str().ends_with(name))
            .and_then(|stat| stat.value().as_scalar())
    };
    let id = |name| u32::try_from(find(name)?.as_integer()?).ok();
    let created = find("sys.created").map(Scalar::as_f64);
    let created = created.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    WriterInfo {
        pid: id("sys.pid"),
        tid: id("sys.tid"),
        uid: id("sys.uid"),
        gid: id("sys.gid"),
        created: created.and_then(|since| UNIX_EPOCH.checked_add(since)),
        ..WriterInfo::default()
    }
}

fn state(source: &Source, writer: &WriterInfo) -> State {
    let pid = writer.pid.filter(|pid| *pid != 0); // not set yet
    pid.map_or(State::Unknown, |pid| liveness::of_pid(&source.file, pid, writer.created))
}
