#![forbid(unsafe_code)]
//! Determines whether a writer is alive: by its lock, which anyone who may read the file can hold,
//! and by its process, which not everyone can see.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::clock;
use crate::format::header::StateWord;
use crate::format::{Bytes as _, Header, MAGIC, U64};
use crate::process::{self, namespaces};
pub(crate) use crate::state::State;
use crate::system::{self, Errno};

/// What the lock of a file shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    /// A process holds it: the writer, or anybody who may read the file.
    Held,
    /// Nobody holds it.
    Free,
    /// Nobody holds it, but the writer locked another inode, or in another boot: the file is a copy,
    /// or is seen through another file system or from another machine than its writer sees it.
    Elsewhere,
    /// This file system has no locks.
    Unseen,
}

/// What the system shows of the process that a file names as its writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Process {
    Alive,
    Gone,
    /// It is in another pid namespace, on another machine, or hidden.
    OutOfSight,
}

/// Determines whether a writer that has not recorded its end still writes. `docs/format.md` § 2.2
/// has the same table, and says why.
pub(crate) fn judge(lock: Lock, process: Process) -> State {
    match (lock, process) {
        (_, Process::Gone) | (Lock::Free, Process::OutOfSight) => State::Dead,
        (Lock::Held, _) | (Lock::Unseen, Process::Alive) => State::Live,
        (Lock::Free | Lock::Elsewhere, Process::Alive)
        | (Lock::Elsewhere | Lock::Unseen, Process::OutOfSight) => State::Unknown,
    }
}

/// Remembers when a reader last saw the process of a writer: to look for it takes several times as
/// long as to look at the lock, which is free as soon as the process is gone, unless a stranger holds
/// it.
#[derive(Debug, Default)]
pub(crate) struct Sight {
    seen_ns: AtomicU64,
}

impl Sight {
    /// How long a file whose lock a stranger holds may be taken for live after its writer was killed.
    const KEPT_NS: u64 = 1_000_000_000;

    fn process(&self, lock: Lock, file: &File, header: &Header) -> Process {
        // Relaxed: no other memory depends on it.
        let seen_ns = self.seen_ns.load(Relaxed);
        let now_ns = clock::boottime_ns();
        if lock == Lock::Held && seen_ns != 0 && now_ns.saturating_sub(seen_ns) < Self::KEPT_NS {
            return Process::Alive;
        }
        let process = process(file, header);
        self.seen_ns.store(if process == Process::Alive { now_ns } else { 0 }, Relaxed);
        process
    }
}

/// Returns the state of a version 2 file's writer.
pub(crate) fn of_file(file: &File, word: StateWord, header: &Header, sight: &Sight) -> State {
    match word {
        StateWord::Closed => State::Closed,
        StateWord::Panicked => State::Panicked,
        StateWord::Live | StateWord::Incomplete => {
            let lock = is_locked(file).map_or(Lock::Unseen, |held| of_lock(held, file, header));
            judge(lock, sight.process(lock, file, header))
        }
    }
}

/// The result of taking a file from its writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seizure {
    /// The caller holds the lock.
    Locked,
    /// A process that is not the writer holds the lock, perhaps shared.
    Unlocked,
    /// Perhaps the writer holds the lock.
    Refused,
}

/// Takes the lock of a file unless its writer may hold it, even while readers probe it.
pub(crate) fn seize(file: &File) -> io::Result<Seizure> {
    /// Each probe takes a few microseconds.
    const TRIES: u32 = 5;
    const PAUSE: Duration = Duration::from_millis(1);
    for _ in 0..TRIES {
        if try_lock(file, system::Lock::Exclusive)? {
            return Ok(Seizure::Locked);
        }
        if is_locked(file)? {
            let process = header(file).map_or(Process::OutOfSight, |header| process(file, &header));
            return Ok(match judge(Lock::Held, process) {
                State::Dead => Seizure::Unlocked,
                _ => Seizure::Refused,
            });
        }
        thread::sleep(PAUSE);
    }
    // A writer's lock is not shared.
    Ok(Seizure::Unlocked)
}

/// Returns the header of a version 2 file.
fn header(file: &File) -> Option<Header> {
    let mut bytes = [0; size_of::<Header>()];
    file.read_exact_at(&mut bytes, 0).ok()?;
    Header::read_from_bytes(&bytes).ok().filter(|header| header.magic == MAGIC)
}

/// Returns what the lock of a file shows, given whether anybody holds it.
pub(crate) fn of_lock(held: bool, file: &File, header: &Header) -> Lock {
    if held {
        return Lock::Held;
    }
    // In another boot, the writer may be on another machine, which need not share its locks.
    match file.metadata() {
        Ok(found)
            if found.dev() == header.device.get()
                && found.ino() == header.inode.get()
                && header.boot_id == process::boot_id() =>
        {
            Lock::Free
        }
        _ => Lock::Elsewhere,
    }
}

/// Records in a new file's header which inode its writer locks.
pub(crate) fn record_place(header: &mut Header, file: &File) -> io::Result<()> {
    let found = file.metadata()?;
    (header.device, header.inode) = (U64::new(found.dev()), U64::new(found.ino()));
    Ok(())
}

/// Returns what the system shows of the process that a file names as its writer.
pub(crate) fn process(file: &File, header: &Header) -> Process {
    const UNKNOWN: [u8; 16] = [0; 16];
    let own_boot = process::boot_id();
    if own_boot == UNKNOWN || header.boot_id == UNKNOWN {
        return Process::OutOfSight;
    }
    if own_boot != header.boot_id {
        // The boot of another machine, unless the file is older than this boot of its own.
        let found = file.metadata().ok().filter(|found| found.ino() == header.inode.get());
        let born = found.and_then(|found| found.created().ok());
        return match born {
            Some(born) if is_before_boot(born) && is_local(file) => Process::Gone,
            _ => Process::OutOfSight,
        };
    }
    match process::pid_namespace() {
        Ok(own) if own == header.pid_namespace.get() => {}
        _ => return Process::OutOfSight,
    }
    let (pid, ticks) = (header.pid.get(), header.process_start_ticks.get());
    if !process::exists(pid) {
        return Process::Gone;
    }
    match process::runs_since_ticks(pid) {
        _ if ticks == 0 || !process::sees_own_namespace() => Process::OutOfSight,
        Ok(found) if found == Some(ticks) => Process::Alive,
        Ok(_) => Process::Gone,
        Err(_) => Process::OutOfSight,
    }
}

/// Returns the state of a version 1 file, which stores a pid and its creation time: it is live if
/// a process with that pid had been started by then.
pub(crate) fn of_pid(file: &File, pid: u32, created: Option<SystemTime>) -> State {
    /// Covers the kernel's tick resolution and small clock adjustments.
    const GRACE: Duration = Duration::from_secs(1);
    /// How long a new writer in another pid namespace may be overlooked.
    const PATIENCE: Duration = Duration::from_secs(1);
    let is_later = |started: SystemTime| created.is_some_and(|created| started > created + GRACE);
    match process::start_time(pid) {
        Ok(started) if process::sees_own_namespace() && !is_later(started) => State::Live,
        // `/proc` may hide other users' processes.
        Err(_) if process::exists(pid) => State::Unknown,
        _ => of_absent_pid(file, pid, PATIENCE),
    }
}

/// Returns the state of a version 1 file with the pid of no process in this namespace: its writer
/// may be in another one, or on another machine.
pub(crate) fn of_absent_pid(file: &File, pid: u32, patience: Duration) -> State {
    let Ok(found) = file.metadata() else { return State::Unknown };
    let time = |seconds: i64, ns: i64| {
        let since = Duration::new(u64::try_from(seconds).ok()?, u32::try_from(ns).ok()?);
        SystemTime::UNIX_EPOCH.checked_add(since)
    };
    let changed = time(found.ctime(), found.ctime_nsec()).max(found.modified().ok());
    let is_gone = changed.is_some_and(|changed| {
        is_before_boot(changed) || namespaces::has_no_process(pid, changed, patience)
    });
    if is_gone && is_local(file) { State::Dead } else { State::Unknown }
}

fn is_before_boot(time: SystemTime) -> bool {
    let up = Duration::from_nanos(clock::boottime_ns());
    SystemTime::now().checked_sub(up).is_some_and(|boot| time < boot)
}

/// Returns whether the file system belongs to this machine alone, so that no other one writes there.
/// The numbers are those of `linux/magic.h`, and of ZFS and bcachefs.
fn is_local(file: &File) -> bool {
    const LOCAL: [u32; 8] = [
        0x0102_1994, // tmpfs
        0x8584_58f6, // ramfs
        0xef53,      // ext2, ext3, ext4
        0x5846_5342, // xfs
        0x9123_683e, // btrfs
        0xf2f5_2010, // f2fs
        0x2fc1_2fc1, // zfs
        0xca45_1a4e, // bcachefs
    ];
    system::file_system(file).is_ok_and(|found| LOCAL.contains(&found))
}

/// Returns whether a process holds the lock. Probing readers share it for a moment.
fn is_locked(file: &File) -> io::Result<bool> {
    let free = try_lock(file, system::Lock::Shared)?;
    if free {
        system::flock(file, system::Lock::Unlock)?;
    }
    Ok(!free)
}

fn try_lock(file: &File, operation: system::Lock) -> io::Result<bool> {
    match system::flock(file, operation) {
        Ok(()) => Ok(true),
        Err(Errno(libc::EWOULDBLOCK)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
