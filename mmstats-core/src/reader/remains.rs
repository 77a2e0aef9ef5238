#![forbid(unsafe_code)]
//! Files whose writers are gone, and how they are removed without a race against a new writer.

use super::{Format, Reader};
use crate::error::{ReadError, ReadErrorKind};
use crate::hold::{Hold, Refusal};
use crate::liveness::State;
use crate::process;

/// Whether a file may be removed: what [`Reader::claim`] finds.
#[derive(Debug)]
#[non_exhaustive]
pub enum Claim {
    /// Its writer is gone.
    Dead(Remains),
    /// The process that wrote it is still there, whatever the file says; of a version 1 file: a
    /// process with its pid, whoever's that is.
    Alive,
    /// There is no telling.
    Unknown,
    /// The path does not lead to the file that was opened: it was removed or replaced meanwhile,
    /// or there is a symbolic link in its place.
    Moved,
}

/// A file whose writer is gone. For as long as this lives no new writer takes the file's name, so
/// it should not live long.
#[derive(Debug)]
pub struct Remains {
    hold: Hold,
    path: std::path::PathBuf,
    state: State,
}

impl Remains {
    /// How its writer ended: `closed`, `panicked` or `dead`.
    pub fn state(&self) -> State {
        self.state
    }

    /// Deletes the file.
    ///
    /// # Errors
    /// If that is not allowed.
    pub fn remove(self) -> Result<(), ReadError> {
        self.hold.remove().map_err(|error| ReadError::new(self.path, io("remove it", error)))
    }
}

impl Reader {
    /// Claims what a writer left behind, to remove it.
    ///
    /// Of a version 2 file it takes the lock that a writer holds for life, which tells for certain
    /// whether there is one, also where its pid has been given to another program or is that of
    /// another pid namespace. Version 1 knows a pid only.
    ///
    /// # Errors
    /// If the file cannot be locked or read.
    ///
    /// # Examples
    /// ```no_run
    /// # use mmstats_core as mmstats;
    /// use mmstats::{Claim, Reader};
    /// # fn main() -> Result<(), mmstats::ReadError> {
    /// let reader = Reader::open("update-emails-4280.mmstats")?;
    /// if let Claim::Dead(remains) = reader.claim()? {
    ///     println!("{}", remains.state());
    ///     remains.remove()?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn claim(&self) -> Result<Claim, ReadError> {
        self.claimed().map_err(|kind| ReadError::new(self.path(), kind))
    }

    fn claimed(&self) -> Result<Claim, ReadErrorKind> {
        let hold = match Hold::take(self.path()) {
            Ok(hold) => hold,
            Err(Refusal::Writer) => return Ok(Claim::Alive),
            Err(Refusal::Moved) => return Ok(Claim::Moved),
            Err(Refusal::Io(error)) => return Err(io("lock it", error)),
        };
        if !hold.is(&self.source.file).map_err(|error| io("look at it", error))? {
            return Ok(Claim::Moved);
        }
        Ok(match self.state_unlocked()? {
            State::Live => Claim::Alive,
            State::Unknown => Claim::Unknown,
            state => Claim::Dead(Remains { hold, path: self.path().to_owned(), state }),
        })
    }

    /// What has become of a writer that does not hold the lock.
    fn state_unlocked(&self) -> Result<State, ReadErrorKind> {
        match &self.format {
            Format::V2(file) => file.state_unlocked(&self.source),
            // Clocks are set, so it is not enough that the process was started too late.
            Format::V1(file) => Ok(match file.snapshot(&self.source)?.writer().pid {
                None | Some(0) => State::Unknown,
                Some(pid) if process::exists(pid) => State::Live,
                Some(_) => State::Dead,
            }),
        }
    }
}

fn io(doing: &'static str, error: std::io::Error) -> ReadErrorKind {
    ReadErrorKind::Io { doing, error }
}
