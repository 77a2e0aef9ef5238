#![forbid(unsafe_code)]
//! Files whose writers are gone, removed without a race against a new writer.

use std::ffi::OsStr;

use super::lock::FileLock;
use super::refusal::Refusal;
use crate::error::{ReadError, ReadErrorKind};
use crate::liveness::State;
use crate::reader::Reader;

/// The result of [`Reader::claim`]: whether a file may be removed.
///
/// # Examples
/// ```
/// use mmstats::{Claim, Reader};
/// # use mmstats::{Counter, MmStats};
///
/// # #[derive(MmStats)]
/// # struct Job { done: Counter }
/// # let directory = tempfile::tempdir()?;
/// # let job = Job::builder().directory(&directory).file("job.mmstats").create()?;
/// # let path = job.path().ok_or("no file")?;
/// let reader = Reader::open(path)?;
/// assert!(matches!(reader.claim()?, Claim::Alive));
/// job.remove()?;
/// assert!(matches!(reader.claim()?, Claim::Moved));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Claim {
    /// Its writer is gone.
    Dead(Remains),
    /// The process that wrote it still exists, whatever the file says. For a version 1 file: any
    /// process with its pid exists.
    Alive,
    /// The state of the writer cannot be determined.
    Unknown,
    /// The path no longer leads to the file that was opened: it was removed or replaced, or is a
    /// symbolic link.
    Moved,
}

/// A file whose writer is gone. While this lives, no new writer can take the file's name, so it
/// should not live long.
///
/// # Examples
/// ```
/// use mmstats::{Claim, Reader, State};
/// # use mmstats::{Counter, MmStats};
///
/// # #[derive(MmStats)]
/// # struct Job { done: Counter }
/// # let directory = tempfile::tempdir()?;
/// # let job = Job::builder().directory(&directory).file("job.mmstats").create()?;
/// # let path = directory.path().join("job.mmstats");
/// drop(job);
/// let Claim::Dead(remains) = Reader::open(&path)?.claim()? else { panic!("still in use") };
/// assert_eq!(remains.state(), State::Closed);
/// assert!(remains.remove()?);
/// assert!(!path.exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Remains {
    lock: FileLock,
    path: std::path::PathBuf,
    state: State,
}

impl Remains {
    /// Returns how its writer ended: `closed`, `panicked` or `dead`.
    pub fn state(&self) -> State {
        self.state
    }

    /// Deletes the file, and returns whether it did: not if the name belongs to another file by now,
    /// or if a new writer has taken over a file of version 1.
    ///
    /// The file gets another name first, and is looked at again. So nobody's file is lost, even if
    /// somebody who does not ask for the lock renames a file to this name at the same time: that one
    /// is missing for a moment, and gets its name back.
    ///
    /// # Errors
    /// If that is not allowed.
    pub fn remove(self) -> Result<bool, ReadError> {
        let Self { lock, path, .. } = self;
        let is_dead = |aside: &OsStr| {
            let state =
                Reader::open(path.with_file_name(aside)).map(|reader| reader.verdict(false));
            matches!(state, Ok(Ok(state)) if state.has_ended())
        };
        let removed = lock.remove(is_dead);
        removed.map_err(|error| ReadError::new(path, io("remove it", error)))
    }
}

impl Reader {
    /// Claims the file that a writer left behind, to remove it.
    ///
    /// For a version 2 file it takes the lock that a writer holds for life, unless a process that is
    /// not the writer holds it: anyone who may read a file can. That is conclusive even if another
    /// program has the pid by now, or the writer is in another pid namespace. A version 1 file has
    /// nothing but a pid, which may be one of another pid namespace: it is dead only if no process of
    /// this machine can be its writer.
    ///
    /// # Errors
    /// If the file cannot be locked or read.
    ///
    /// # Examples
    /// ```
    /// use mmstats::{Claim, Reader};
    /// # use mmstats::{Counter, MmStats};
    ///
    /// # #[derive(MmStats)]
    /// # struct Job { done: Counter }
    /// # let directory = tempfile::tempdir()?;
    /// # let job = Job::builder().directory(&directory).file("job.mmstats").create()?;
    /// # let path = job.path().ok_or("no file")?;
    /// let reader = Reader::open(path)?;
    /// assert!(matches!(reader.claim()?, Claim::Alive));
    /// drop(job);
    /// if let Claim::Dead(remains) = reader.claim()? {
    ///     remains.remove()?;
    /// }
    /// assert!(!reader.path().exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn claim(&self) -> Result<Claim, ReadError> {
        self.claimed().map_err(|kind| ReadError::new(self.path(), kind))
    }

    fn claimed(&self) -> Result<Claim, ReadErrorKind> {
        let lock = match FileLock::take(self.path()) {
            Ok(lock) => lock,
            Err(Refusal::Link) => return Err(ReadErrorKind::LinkedDirectory),
            Err(Refusal::Moved) => return Ok(Claim::Moved),
            Err(Refusal::Io(error)) => return Err(io("lock it", error)),
        };
        if !lock.is(self.file()).map_err(|error| io("inspect it", error))? {
            return Ok(Claim::Moved);
        }
        Ok(match self.verdict(lock.is_refused())? {
            State::Live => Claim::Alive,
            State::Unknown => Claim::Unknown,
            state => Claim::Dead(Remains { lock, path: self.path().to_owned(), state }),
        })
    }
}

fn io(doing: &'static str, error: std::io::Error) -> ReadErrorKind {
    ReadErrorKind::Io { doing, error }
}
