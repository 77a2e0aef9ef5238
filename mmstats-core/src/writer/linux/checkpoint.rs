#![forbid(unsafe_code)]
//! Copies a file in memory to a disk.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::name::{Name, Named};
use super::room;
use super::temporary::Temporary;
use crate::error::{CreateError, CreateErrorKind};
use crate::format::Bytes as _;
use crate::format::header::{FLAG_CHECKPOINT, Header};
use crate::format::lane::LANE_HEADER_SIZE;
use crate::kind::Kind;
use crate::liveness;
use crate::process;
use crate::schema::Content;
use crate::seqlock::{LEAST_COPY, TRIES, settle};
use crate::system::Errno;
use crate::writer::extent::usize_of;

/// The destination of the copies. Each replaces the previous one in one step, once it is on disk.
#[derive(Debug)]
pub(super) struct Checkpoint {
    name: Name,
    /// The fields of a group come after it.
    locked: Vec<Locked>,
    latest: Mutex<Option<Named>>,
    /// The thread that is making a copy; 0 if none is.
    maker: AtomicU32,
}

/// Lanes are whole pages of at least this size.
const PAGE: usize = 4096;

/// A field or a group whose parts must be consistent.
#[derive(Debug)]
struct Locked {
    /// Its place in a lane.
    bytes: Range<usize>,
    locked: usize,
}

impl Checkpoint {
    pub(super) fn new(name: Name, content: &'static Content) -> Self {
        let mut fields: Vec<Locked> = Vec::new();
        let mut group: Option<usize> = None;
        content.visit(&mut |leaf| {
            let kind = Kind::from_code(leaf.shape.kind);
            let locked = kind.map_or(0, |kind| kind.locked(leaf.shape));
            let start = LANE_HEADER_SIZE + leaf.at.offset;
            let bytes = start..start + leaf.size;
            let lock = leaf.at.group.map(|lock| LANE_HEADER_SIZE + lock);
            match (lock, group.and_then(|index| fields.get_mut(index))) {
                (Some(lock), Some(group)) if group.bytes.start == lock => {
                    group.bytes.end = group.bytes.end.max(bytes.end);
                    group.locked = group.bytes.len();
                }
                (Some(lock), _) => {
                    group = Some(fields.len());
                    fields.push(Locked { bytes: lock..bytes.end, locked: bytes.end - lock });
                }
                (None, _) => group = None,
            }
            if locked > 0 {
                fields.push(Locked { bytes, locked });
            }
        });
        Self { name, locked: fields, latest: Mutex::new(None), maker: AtomicU32::new(0) }
    }

    /// Returns the path of the latest copy, if there is one.
    pub(super) fn path(&self) -> Option<PathBuf> {
        self.latest().as_ref().map(|named| named.path().to_owned())
    }

    /// Copies the current file, and waits until the copy is on disk under its name.
    pub(super) fn take(&self, live: &File) -> Result<(), CreateError> {
        let failed = |doing| self.failed(doing);
        // Relaxed: a thread only has to find its own id, which it stored itself.
        let tid = process::tid();
        if self.maker.load(Relaxed) == tid {
            // A signal handler, or an allocator, would wait for the thread that it interrupts.
            return Err(failed("make a checkpoint while making one")(Errno(libc::EDEADLK).into()));
        }
        let mut latest = self.latest();
        self.maker.store(tid, Relaxed);
        let made = self.make(live, &mut latest);
        self.maker.store(0, Relaxed);
        made
    }

    fn make(&self, live: &File, latest: &mut Option<Named>) -> Result<(), CreateError> {
        let failed = |doing| self.failed(doing);
        let copy = Temporary::create(&self.name)?;
        self.copy(live, copy.file()).map_err(failed("copy the statistics to a file here"))?;
        copy.file().sync_data().map_err(failed("sync a file here to disk"))?;
        let named = match latest.as_ref().filter(|named| named.has_name()) {
            Some(named) => copy.replace(named.path())?,
            None => copy.appear(&self.name)?,
        };
        *latest = Some(named);
        let directory = File::open(&self.name.directory);
        directory
            .and_then(|directory| directory.sync_all())
            .map_err(failed("sync this directory to disk"))
    }

    fn failed(&self, doing: &'static str) -> impl FnOnce(io::Error) -> CreateError {
        move |error| CreateError::new(&self.name.directory, CreateErrorKind::Io { doing, error })
    }

    /// Deletes the latest copy.
    pub(super) fn remove(&self) -> io::Result<()> {
        self.latest().as_ref().map_or(Ok(()), Named::remove)
    }

    /// Copies by system calls, like a reader, since other threads write meanwhile.
    fn copy(&self, live: &File, copy: &File) -> io::Result<()> {
        let mut header = [0; size_of::<Header>()];
        live.read_exact_at(&mut header, 0)?;
        let mut header =
            Header::read_from_bytes(&header).map_err(|_| io::ErrorKind::InvalidData)?;
        let mut head = vec![0; usize_of(header.lanes_offset.get())?];
        live.read_exact_at(&mut head, 0)?;
        header.flags.set(header.flags.get() | FLAG_CHECKPOINT);
        liveness::record_place(&mut header, copy)?;
        head[..size_of::<Header>()].copy_from_slice(&header.to_bytes());
        write_in_use(copy, &head, 0)?;

        let stride = header.lane_stride.get();
        let mut lane = vec![0; usize_of(stride)?];
        for index in 0..header.vitals.lanes.get() {
            let at = header.lanes_offset.get() + index * stride;
            live.read_exact_at(&mut lane, at)?;
            self.settle(live, at, &mut lane)?;
            write_in_use(copy, &lane, at)?;
        }
        Ok(())
    }

    fn settle(&self, live: &File, at: u64, lane: &mut [u8]) -> io::Result<()> {
        let mut patience = self.locked.len() * TRIES * LEAST_COPY;
        let mut consistent = 0..0;
        for Locked { bytes, locked } in &self.locked {
            if consistent.contains(&bytes.start) {
                continue;
            }
            let field_at = at + bytes.start as u64;
            let fill = |from: usize, to: &mut [u8]| live.read_exact_at(to, field_at + from as u64);
            let field = &mut lane[bytes.clone()];
            if settle(field, *locked, fill, &mut patience)? {
                consistent = bytes.clone();
            } else {
                // An odd sequence number shows readers that the value is torn.
                field[0] |= 1;
            }
        }
        Ok(())
    }

    fn latest(&self) -> MutexGuard<'_, Option<Named>> {
        // A copy that panicked left the previous one in place.
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes whole pages to a new file. What is zero stays a hole, apart from the last page, which gives the
/// file its length.
fn write_in_use(file: &File, pages: &[u8], at: u64) -> io::Result<()> {
    let in_use = |page: &[u8]| page.iter().any(|byte| *byte != 0);
    let mut rest = pages;
    while let Some((page, after)) = rest.split_at_checked(PAGE) {
        if !in_use(page) && !after.is_empty() {
            rest = after;
            continue;
        }
        let run = 1 + after.chunks(PAGE).take_while(|page| in_use(page)).count();
        let (run, after) = rest.split_at((run * PAGE).min(rest.len()));
        room::write_at(file, run, at + (pages.len() - rest.len()) as u64)?;
        rest = after;
    }
    Ok(())
}

/// Returns whether two paths lead to the same directory.
pub(super) fn is_same_directory(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
