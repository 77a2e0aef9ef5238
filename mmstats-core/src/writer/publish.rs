#![forbid(unsafe_code)]
//! From a temporary name to a file that appears complete, locked and live, or not at all.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Relaxed, Release};
use std::thread;
use std::time::Duration;

use rustix::fs::{FallocateFlags, FlockOperation, OFlags};
use rustix::io::Errno;
use rustix::process::Resource;
use zerocopy::IntoBytes;
use zerocopy::little_endian::{U32, U64};

use super::extent::Extent;
use crate::error::{CreateError, CreateErrorKind};
use crate::format::header::{Header, StateWord};
use crate::format::lane::LaneState;
use crate::format::layout::Layout;
use crate::format::{MAGIC, MIN_PAGE};
use crate::process::{self, Identity};
use crate::{clock, liveness};

/// How often a name that is taken gets another number.
const MAX_NUMBER: u32 = 1000;

/// A reader looks whether a file's writer lives by locking it for a moment.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(1);

/// A file with all of its sections, which its writer holds locked.
#[derive(Debug)]
pub(super) struct Published {
    /// Locked for as long as the writer lives; the kernel unlocks it whatever ends the process.
    file: File,
    path: PathBuf,
    head: Extent<()>,
    lanes_offset: u64,
    lane_stride: u64,
    remove_on_drop: bool,
    removed: AtomicBool,
}

/// What a file is called and who may read it.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) directory: PathBuf,
    pub(super) filename: String,
    /// Whether a name that a live writer has may get a number.
    pub(super) numbered: bool,
    pub(super) mode: Option<u32>,
    pub(super) remove_on_drop: bool,
}

impl Published {
    /// Builds the file and, once `prepare` has set what its first lane starts with, lets it appear.
    pub(super) fn create<S>(
        name: &Name,
        layout: Layout,
        prepare: impl FnOnce(&Extent<S>),
    ) -> Result<(Self, Extent<S>), CreateError> {
        let at = |kind| CreateError::new(name.directory.join(&name.filename), kind);
        let temporary = Temporary::create(name)?;
        let (mut published, lane) = temporary.fill(name, layout).map_err(at)?;
        prepare(&lane);
        lane.lane_words().state.store(LaneState::Free.code(), Relaxed);
        published.head.vitals().lanes.store(1, Relaxed);
        // The last store of all, and Release: whoever sees it live sees all of the above.
        published.head.vitals().state.store(StateWord::Live.code(), Release);
        published.path = temporary.appear(name)?;
        Ok((published, lane))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes room for the lane at `index`, and maps it; counts it as lost if there is none.
    pub(super) fn lane<S>(&self, index: usize) -> Option<Extent<S>> {
        let vitals = self.head.vitals();
        let offset = self.lanes_offset + index as u64 * self.lane_stride;
        let extent = allocate(&self.file, offset, self.lane_stride)
            .and_then(|()| map(&self.file, offset, self.lane_stride));
        if extent.is_ok() {
            vitals.lanes.fetch_max(index as u64 + 1, Relaxed);
        } else {
            vitals.lanes_lost.fetch_add(1, Relaxed);
        }
        extent.ok()
    }

    /// Notes when this was, in the world's time and in the writer's.
    pub(super) fn stamp_flush(&self) {
        let vitals = self.head.vitals();
        vitals.flushed_realtime_ns.store(clock::realtime_ns(), Relaxed);
        let (clock_ns, boottime_ns) = clock::anchor();
        vitals.anchor_clock_ns.store(clock_ns, Relaxed);
        vitals.anchor_boottime_ns.store(boottime_ns, Relaxed);
    }

    pub(super) fn flush(&self, wait: bool) -> io::Result<()> {
        self.head.flush(wait)
    }

    /// Deletes the file, unless its name has come to be another's.
    pub(super) fn remove(&self) -> io::Result<()> {
        if !self.removed.load(Relaxed) && is_named(&self.file, &self.path) {
            fs::remove_file(&self.path)?;
        }
        self.removed.store(true, Relaxed);
        Ok(())
    }

    /// Says how the writer ended.
    pub(super) fn end(&self, state: StateWord) {
        self.stamp_flush();
        self.head.vitals().state.store(state.code(), Release);
    }

    /// Deletes the file if the program wants none to stay.
    pub(super) fn remove_if_asked(&self) {
        if self.remove_on_drop {
            // Nobody is left who could be told, and a file too many does no harm.
            let _ = self.remove();
        }
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        // A child that was forked and lives on, or has not come to be another program yet, shares
        // the lock, and would hold it. If this fails there is nothing to be done about it.
        let _ = rustix::fs::flock(&self.file, FlockOperation::Unlock);
    }
}

/// A file that has no name of its own yet; deleted when dropped.
struct Temporary {
    file: File,
    path: PathBuf,
}

impl Temporary {
    fn create(name: &Name) -> Result<Self, CreateError> {
        let mut random = [0u8; 8];
        // Not random enough is a name that is taken, which is an error.
        let _ = rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty());
        let random = u64::from_le_bytes(random);
        let path = name.directory.join(format!(".{random:016x}.mmstats.tmp"));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            // Without the umask's bits: the kernel sees to it.
            .mode(name.mode.map_or(0o666, |_| 0o600))
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(&path);
        match file {
            Ok(file) => Ok(Self { file, path }),
            Err(error) => {
                let kind = CreateErrorKind::Io { doing: "create a file here", error };
                Err(CreateError::new(&name.directory, kind))
            }
        }
    }

    /// Writes all but the state word, and locks the file.
    fn fill<S>(
        &self,
        name: &Name,
        layout: Layout,
    ) -> Result<(Published, Extent<S>), CreateErrorKind> {
        let file = self.file.try_clone().map_err(io("duplicate a file handle"))?;
        let schema = layout.schema();
        let header = signed(layout.header);
        let (lanes_offset, lane_stride) = (header.lanes_offset.get(), header.lane_stride.get());
        let needed = lanes_offset + lane_stride;
        allocate(&file, 0, needed).map_err(|error| match error.raw_os_error() {
            Some(code) if [Errno::NOSPC, Errno::DQUOT].map(Errno::raw_os_error).contains(&code) => {
                CreateErrorKind::NoSpace { needed, error }
            }
            _ => CreateErrorKind::Io { doing: "allocate the file", error },
        })?;
        if let Some(mode) = name.mode {
            file.set_permissions(Permissions::from_mode(mode)).map_err(io("set its mode"))?;
        }
        file.write_all_at(header.as_bytes(), 0).map_err(io("write the header"))?;
        let records_offset = header.records_offset.get();
        file.write_all_at(&schema, records_offset).map_err(io("write the schema"))?;
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)
            .map_err(|error| CreateErrorKind::Io { doing: "lock the file", error: error.into() })?;
        let head = map(&file, 0, MIN_PAGE).map_err(io("map the header"))?;
        let lane = map(&file, lanes_offset, lane_stride).map_err(io("map the first lane"))?;
        let published = Published {
            file,
            path: self.path.clone(),
            head,
            lanes_offset,
            lane_stride,
            remove_on_drop: name.remove_on_drop,
            removed: AtomicBool::new(false),
        };
        Ok((published, lane))
    }

    /// Gives the file its name, in one step.
    fn appear(&self, name: &Name) -> Result<PathBuf, CreateError> {
        let last = if name.numbered { MAX_NUMBER } else { 1 };
        for number in 1..=last {
            let path = name.directory.join(numbered(&name.filename, number));
            match self.appear_as(&path, name.numbered) {
                Ok(()) => return Ok(path),
                Err(CreateErrorKind::InUse) if number < last => {}
                Err(kind) => return Err(CreateError::new(path, kind)),
            }
        }
        unreachable!("the last number returns")
    }

    fn appear_as(&self, path: &Path, numbered: bool) -> Result<(), CreateErrorKind> {
        // Whatever has the name may vanish while it is looked at: then it is tried again.
        for _ in 0..LOCK_TRIES {
            match fs::hard_link(&self.path, path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                result => return result.map_err(io("give the file its name")),
            }
            match open_dead(path) {
                Ok(Some(dead)) if is_named(&dead, path) => {
                    // `dead` stays locked until its name is ours, so that no one else takes it.
                    return fs::rename(&self.path, path).map_err(io("replace an old file"));
                }
                Ok(Some(_)) => {}
                Ok(None) => thread::sleep(LOCK_PAUSE),
                // Perhaps only somebody who removes it. A name with a number does as well.
                Err(CreateErrorKind::InUse) if !numbered => thread::sleep(LOCK_PAUSE),
                Err(CreateErrorKind::Io { error, .. })
                    if error.kind() == io::ErrorKind::NotFound => {}
                Err(kind) => return Err(kind),
            }
        }
        Err(CreateErrorKind::InUse)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Gone already if it was renamed; otherwise its other name is the one that counts.
        let _ = fs::remove_file(&self.path);
    }
}

/// Opens and locks a file that a dead writer left behind; `None` if a reader is looking at it.
fn open_dead(path: &Path) -> Result<Option<File>, CreateErrorKind> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let mut file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            return Err(CreateErrorKind::Symlink);
        }
        // What open(2) says of a socket.
        Err(error) if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => {
            return Err(CreateErrorKind::Foreign);
        }
        other => other.map_err(io("look at what has this name"))?,
    };
    let regular = file.metadata().is_ok_and(|found| found.is_file());
    let mut magic = [0; MAGIC.len()];
    if !regular || file.read_exact(&mut magic).is_err() || magic != MAGIC {
        return Err(CreateErrorKind::Foreign);
    }
    match liveness::try_lock_exclusive(&file) {
        Ok(true) => Ok(Some(file)),
        // Readers share the lock, writers do not.
        Ok(false) if liveness::is_locked(&file).is_ok_and(|locked| !locked) => Ok(None),
        Ok(false) => Err(CreateErrorKind::InUse),
        Err(error) => Err(CreateErrorKind::Io { doing: "lock an old file", error }),
    }
}

/// Says who writes the file, and since when.
fn signed(mut header: Header) -> Header {
    let own = Identity::own();
    let (uid, gid) = process::user();
    let command = process::command();
    let command = &command[..command.floor_char_boundary(header.command.len())];
    // If it fails, the file has no id: 0.
    let _ = rustix::rand::getrandom(&mut header.file_id, rustix::rand::GetRandomFlags::empty());
    header.created_realtime_ns = U64::new(clock::realtime_ns());
    header.created_boottime_ns = U64::new(clock::boottime_ns());
    header.pid = U32::new(own.pid);
    header.tid = U32::new(process::tid());
    header.process_start_ticks = U64::new(own.start_ticks);
    header.pid_namespace = U64::new(own.pid_namespace);
    header.boot_id = own.boot_id;
    header.uid = U32::new(uid);
    header.gid = U32::new(gid);
    header.command_size.set(command.len().try_into().unwrap_or(u16::MAX));
    header.command[..command.len()].copy_from_slice(command.as_bytes());
    let (clock_ns, boottime_ns) = clock::anchor();
    header.vitals.anchor_clock_ns = U64::new(clock_ns);
    header.vitals.anchor_boottime_ns = U64::new(boottime_ns);
    header
}

/// Allocates the range, so that writing to it cannot fail later.
fn allocate(file: &File, offset: u64, len: u64) -> io::Result<()> {
    // Beyond this limit the kernel would not only refuse: it would send a signal that kills.
    let limit = rustix::process::getrlimit(Resource::Fsize).current;
    if limit.is_some_and(|limit| offset + len > limit) {
        return Err(Errno::FBIG.into());
    }
    let allocated = rustix::io::retry_on_intr(|| {
        rustix::fs::fallocate(file, FallocateFlags::empty(), offset, len)
    });
    match allocated {
        // A file system that cannot promise room gets zeros, which take it.
        Err(Errno::OPNOTSUPP) => file.write_all_at(&vec![0; usize_of(len)?], offset),
        result => Ok(result?),
    }
}

fn map<S>(file: &File, offset: u64, len: u64) -> io::Result<Extent<S>> {
    Extent::of_file(file, offset, usize_of(len)?)
}

fn usize_of(len: u64) -> io::Result<usize> {
    len.try_into().map_err(|_| io::ErrorKind::OutOfMemory.into())
}

/// Whether `path` is a name of this very file.
fn is_named(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(file), Ok(named)) => (file.dev(), file.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// `web.mmstats`, `web.2.mmstats`, `web.3.mmstats` …
fn numbered(filename: &str, number: u32) -> String {
    match filename.rsplit_once('.') {
        _ if number == 1 => filename.to_owned(),
        Some((stem, extension)) => format!("{stem}.{number}.{extension}"),
        None => format!("{filename}.{number}"),
    }
}

fn io(doing: &'static str) -> impl FnOnce(io::Error) -> CreateErrorKind {
    move |error| CreateErrorKind::Io { doing, error }
}
