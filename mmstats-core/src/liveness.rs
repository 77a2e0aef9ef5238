#![forbid(unsafe_code)]
//! Determines whether a writer is alive: by its lock, or by pid and start time where locks fail.

use std::fmt;
use std::fs::File;
use std::io;
use std::thread;
use std::time::{Duration, SystemTime};

use rustix::fs::FlockOperation;
use rustix::io::Errno;

use crate::format::header::StateWord;
use crate::process::{self, Identity};

/// The state of a file's writer. All tools use these words.
///
/// # Examples
/// ```
/// use mmstats::{Reader, State};
/// # use mmstats::{Counter, MmStats};
///
/// # #[derive(MmStats)]
/// # struct Job { done: Counter }
/// # let directory = tempfile::tempdir()?;
/// # let job = Job::builder().directory(&directory).file("job.mmstats").create()?;
/// # let path = job.path().ok_or("no file")?;
/// let reader = Reader::open(path)?;
/// assert_eq!(reader.snapshot()?.state(), State::Live);
/// drop(job);
/// assert_eq!(reader.snapshot()?.state(), State::Closed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// It is running.
    Live,
    /// It ended normally.
    Closed,
    /// It ended with a panic.
    Panicked,
    /// It ended without a trace: it was killed, or its machine crashed, or its handle was in a
    /// `static` that the program did not [`close`](crate::Mapped::close).
    Dead,
    /// Its state cannot be determined.
    Unknown,
}

impl State {
    /// Returns whether the writer is known to have ended.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Closed | Self::Panicked | Self::Dead)
    }

    /// Returns `live`, `closed`, `panicked`, `dead` or `unknown`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Closed => "closed",
            Self::Panicked => "panicked",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Takes the writer's lock if it is free.
fn try_lock_exclusive(file: &File) -> io::Result<bool> {
    try_lock(file, FlockOperation::NonBlockingLockExclusive)
}

/// Returns the state of a version 2 file's writer.
pub(crate) fn of_file(file: &File, word: StateWord, writer: Identity) -> State {
    match word {
        StateWord::Closed => State::Closed,
        StateWord::Panicked => State::Panicked,
        StateWord::Live | StateWord::Incomplete => match is_locked(file) {
            Ok(true) => State::Live,
            // A copy of a file whose writer still runs, or a file whose descriptor the writer
            // closed by accident: the lock says nothing about either.
            Ok(false) if of_process(writer) == State::Live => State::Unknown,
            Ok(false) => State::Dead,
            Err(_) => of_process(writer),
        },
    }
}

/// Returns the state of a process that is known only by its identity.
pub(crate) fn of_process(writer: Identity) -> State {
    if writer.boot_id != process::boot_id() {
        return State::Dead;
    }
    match process::pid_namespace() {
        Ok(own) if own == writer.pid_namespace => {}
        _ => return State::Unknown,
    }
    match process::runs_since_ticks(writer.pid) {
        Ok(ticks) if ticks == Some(writer.start_ticks) => State::Live,
        Ok(_) => State::Dead,
        Err(error) => of_hidden(writer.pid, &error),
    }
}

/// Returns the state of a version 1 file, which stores a pid and its creation time: it is live if
/// a process with that pid had been started by then.
pub(crate) fn of_pid(pid: u32, created: Option<SystemTime>) -> State {
    /// Covers the kernel's tick resolution and small clock adjustments.
    const GRACE: Duration = Duration::from_secs(1);
    match process::start_time(pid) {
        Ok(started) if created.is_some_and(|created| started > created + GRACE) => State::Dead,
        Ok(_) => State::Live,
        Err(error) => of_hidden(pid, &error),
    }
}

/// Returns the state of a process that `/proc` does not show: it may hide other users' processes.
fn of_hidden(pid: u32, error: &io::Error) -> State {
    match error.kind() {
        io::ErrorKind::NotFound if !process::exists(pid) => State::Dead,
        _ => State::Unknown,
    }
}

/// Takes the writer's lock unless a writer holds it, even while readers probe it.
pub(crate) fn lock_if_abandoned(file: &File) -> io::Result<bool> {
    /// Each probe takes a few microseconds.
    const TRIES: u32 = 20;
    const PAUSE: Duration = Duration::from_millis(1);
    for _ in 0..TRIES {
        if try_lock_exclusive(file)? {
            return Ok(true);
        }
        if is_locked(file)? {
            return Ok(false);
        }
        thread::sleep(PAUSE);
    }
    Ok(false)
}

/// Returns whether a writer holds the lock. Probing readers share it for a moment.
fn is_locked(file: &File) -> io::Result<bool> {
    let free = try_lock(file, FlockOperation::NonBlockingLockShared)?;
    if free {
        rustix::fs::flock(file, FlockOperation::Unlock)?;
    }
    Ok(!free)
}

fn try_lock(file: &File, operation: FlockOperation) -> io::Result<bool> {
    match rustix::fs::flock(file, operation) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
