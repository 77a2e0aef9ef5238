#![forbid(unsafe_code)]
//! The state that all clones of a handle share: the lanes and their file.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::detached::Detached;
use super::extent::Extent;
use super::lanes::Lanes;
use super::list::List;
use super::os::{Published, fork, thread_end, thread_id};
use super::registry::Registered;
use super::settings::Settings;
use super::thread_slot::HasLanes;
use super::turn::{Busy, Turn};
use super::unwinding::Unwinding;
use crate::clock::Deadline;
use crate::error::{CreateError, CreateErrorKind, FlushError};
use crate::format::header::StateWord;
use crate::schema::Field;

/// The location of the lanes.
#[derive(Debug)]
enum Backing {
    /// A file that others can read, while this process is the one that created it.
    File {
        file: Box<Published>,
        /// That of the process that created it.
        generation: u32,
    },
    /// This process's memory.
    Detached(Detached),
}

/// What a handle shares, whatever its struct.
#[derive(Debug)]
pub(super) struct Core {
    // Dropped first: after that, nothing refers to the file.
    lanes: Registered,
    /// The latest one is used. Others stay, since users may hold their paths.
    backings: List<Backing>,
    unwinding: Unwinding,
    reopening: Turn,
    /// The time when `flush_every` flushes next.
    flush_due: Deadline,
}

#[derive(Debug)]
pub(super) struct Shared<S: Field> {
    pub(super) core: Core,
    settings: Settings<S>,
}

impl<S: Field> Shared<S> {
    /// Starts with a first lane, in the file or, if there is none, in memory.
    pub(super) fn new(
        settings: Settings<S>,
        first: Extent,
        file: Result<Published, Detached>,
        lane_size: usize,
    ) -> io::Result<Self> {
        fork::watch();
        thread_end::prepare();
        let lanes = Lanes::new(&S::CONTENT, first, lane_size, file.as_ref().ok())?;
        let core = Core {
            lanes: Registered::new(lanes),
            backings: List::new(),
            unwinding: Unwinding::now(),
            reopening: Turn::default(),
            flush_due: Deadline::default(),
        };
        core.backings.push(Backing::new(file));
        Ok(Self { core, settings })
    }

    /// Returns what all names begin with.
    pub(super) fn prefix(&self) -> &str {
        &self.settings.prefix
    }

    /// Returns the struct in each lane.
    pub(super) fn all(&self) -> impl Iterator<Item = &S> {
        self.core.lanes.iter().map(Extent::stats)
    }

    /// Returns the struct in the first lane.
    pub(super) fn first(&self) -> &S {
        self.core.lanes.first().stats()
    }

    /// Creates a file for a handle that has none, and moves the lanes to it.
    pub(super) fn reopen(&self) -> Result<(), CreateError> {
        let core = &self.core;
        let is_needed = || matches!(core.detached(), Some(Detached::Forked | Detached::Failed(_)));
        let opened = core.reopening.run(fork::generation(), is_needed, || {
            let published = self.settings.publish(&|first| core.lanes.copy_constants(first));
            published.map(|(file, _)| {
                let backing = core.backings.push(Backing::new(Ok(file)));
                if let Backing::File { file, .. } = backing {
                    core.lanes.move_all(thread_id::current(), file);
                }
            })
        });
        match opened {
            Ok(None) => return Ok(()),
            Ok(Some(opened)) => opened?,
            Err(Busy) => {
                let error = io::ErrorKind::ResourceBusy.into();
                let doing = "open it again while another thread does";
                let kind = CreateErrorKind::Io { doing, error };
                return Err(CreateError::new(core.last_path(), kind));
            }
        }
        core.file().map_or(Ok(()), |file| file.checkpoint().map(drop))
    }
}

impl Backing {
    fn new(file: Result<Published, Detached>) -> Self {
        match file {
            Ok(file) => Self::File { generation: fork::generation(), file: Box::new(file) },
            Err(why) => Self::Detached(why),
        }
    }
}

impl Core {
    /// Returns a small number that few other handles have.
    pub(super) fn number(&self) -> usize {
        self.lanes.number()
    }

    /// Returns the file, if it belongs to this process.
    pub(super) fn file(&self) -> Option<&Published> {
        self.file_or_reason().ok()
    }

    /// Returns why there is no file, if there is none.
    pub(super) fn detached(&self) -> Option<&Detached> {
        self.file_or_reason().err()
    }

    fn file_or_reason(&self) -> Result<&Published, &Detached> {
        fork::notice();
        match self.backing() {
            Backing::File { file, generation } if *generation == fork::generation() => Ok(file),
            Backing::File { .. } => Err(&Detached::Forked),
            Backing::Detached(why) => Err(why),
        }
    }

    fn backing(&self) -> &Backing {
        self.backings.iter().next().expect("the first one is there from the beginning")
    }

    /// Returns the path of the file, in whichever process, or the one where it could not be created.
    fn last_path(&self) -> &Path {
        match self.backing() {
            Backing::File { file, .. } => file.path(),
            Backing::Detached(Detached::Failed(error)) => error.path(),
            Backing::Detached(_) => Path::new(""),
        }
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.file().map(Published::path)
    }

    pub(super) fn checkpoint_path(&self) -> Option<PathBuf> {
        self.file()?.checkpoint_path()
    }

    pub(super) fn remove(&self) -> io::Result<()> {
        self.file().map_or(Ok(()), Published::remove)
    }

    pub(super) fn flush(&self, wait: bool) -> Result<(), FlushError> {
        let Some(file) = self.file() else { return Ok(()) };
        let failed = |error| FlushError::new(file.path(), "flush it", error);
        file.stamp_flush().map_err(failed)?;
        if !file.checkpoint()? && wait {
            file.sync().map_err(failed)?;
        }
        Ok(())
    }

    pub(super) fn close(&self) {
        if let Some(file) = self.file() {
            file.end(StateWord::Closed);
            // Callers that need the result call `flush` first.
            let _ = file.checkpoint();
        }
    }

    /// If two threads find it due at the same time, both flush.
    #[inline]
    pub(super) fn flush_every(&self, interval: Duration) -> Result<bool, FlushError> {
        let due = self.flush_due.has_passed();
        if due {
            self.flush_due.set(u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX));
            self.flush(true)?;
        }
        Ok(due)
    }
}

impl HasLanes for Core {
    fn lane(&self) -> (&Extent, bool) {
        let file = self.file();
        file.inspect(|file| file.restore_len());
        // After a look at the file, which may have noticed a fork.
        match self.lanes.claim(thread_id::current(), file) {
            Some(lane) => {
                thread_end::watch();
                (lane, true)
            }
            None => (self.lanes.shared(file), false),
        }
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        if let Some(file) = self.file() {
            file.end(if self.unwinding.has_begun() {
                StateWord::Panicked
            } else {
                StateWord::Closed
            });
            file.leave();
        }
    }
}
