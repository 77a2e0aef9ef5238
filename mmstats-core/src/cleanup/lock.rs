#![forbid(unsafe_code)]
//! The lock of a file that nobody writes any more, and its removal.
//!
//! While the lock is held, no writer takes the name. But anyone who may read the file can keep the
//! lock from being taken, and who renames files does not ask for it. So a file is removed under
//! another name, which only this process knows.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::directory;
use super::refusal::Refusal;
use crate::liveness::{self, Seizure};
use crate::naming;
use crate::system;

/// An open file, its lock, and its name in a directory, which stays the same directory even if it is
/// renamed.
#[derive(Debug)]
pub(crate) struct FileLock {
    /// Opened only for the lock, so that no reader unlocks it.
    file: File,
    seizure: Seizure,
    directory: OwnedFd,
    name: OsString,
}

impl FileLock {
    /// Takes the lock of the file with this name, unless its writer may hold it.
    ///
    /// A writer that is started meanwhile waits for it; see `writer/temporary.rs`.
    pub(crate) fn take(path: &Path) -> Result<Self, Refusal> {
        let name = path.file_name().ok_or(Refusal::Moved)?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory::open(parent.unwrap_or(Path::new(".")))?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&directory, name, flags, Mode::empty())?.into();
        let seizure = liveness::seize(&file)?;
        let lock = Self { file, seizure, directory, name: name.to_owned() };
        // The last holder of the lock may have given the name to another file, or removed it.
        if lock.is_at(name)? { Ok(lock) } else { Err(Refusal::Moved) }
    }

    /// Returns whether the writer may hold the lock.
    pub(crate) fn is_refused(&self) -> bool {
        self.seizure == Seizure::Refused
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Reads the first bytes of the file.
    pub(crate) fn read_start(&self, bytes: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(bytes, 0)
    }

    /// Returns whether it is the same file as this one.
    pub(crate) fn is(&self, file: &File) -> io::Result<bool> {
        Ok(id(&rustix::fs::fstat(&self.file)?) == id(&rustix::fs::fstat(file)?))
    }

    /// Deletes the file, unless its name belongs to another one by now, or it is not `dead` under the
    /// name that `dead` gets. Returns whether it was deleted.
    ///
    /// If this process is killed meanwhile, [`leftovers`](super::leftovers) finds the file.
    pub(crate) fn remove(self, dead: impl FnOnce(&OsStr) -> bool) -> io::Result<bool> {
        let aside = naming::temporary(&self.name);
        match naming::rename(&self.directory, &self.name, &aside) {
            Err(system::Errno(libc::ENOENT)) => return Ok(false),
            result => result?,
        }
        if self.is_at(&aside)? && dead(&aside) {
            rustix::fs::unlinkat(&self.directory, &aside, AtFlags::empty())?;
            return Ok(true);
        }
        self.restore(&aside, &self.name)?;
        Ok(false)
    }

    /// Deletes the name.
    pub(crate) fn unlink(self) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.directory, &self.name, AtFlags::empty())?)
    }

    /// Gives the file another name, unless that is taken.
    pub(crate) fn rename_to(self, name: &OsStr) -> io::Result<()> {
        self.restore(&self.name, name)
    }

    /// Gives a name back. If another file has taken it, that one had it last.
    fn restore(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        match naming::rename(&self.directory, from, to) {
            Err(system::Errno(libc::EEXIST)) => Ok(()),
            result => Ok(result?),
        }
    }

    fn is_at(&self, name: &OsStr) -> Result<bool, Errno> {
        match rustix::fs::statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => Ok(false),
            named => Ok(id(&named?) == id(&rustix::fs::fstat(&self.file)?)),
        }
    }
}

fn id(found: &Stat) -> (u64, u64) {
    (found.st_dev, found.st_ino)
}

impl From<Errno> for Refusal {
    fn from(error: Errno) -> Self {
        system::Errno(error.raw_os_error()).into()
    }
}

impl From<system::Errno> for Refusal {
    fn from(error: system::Errno) -> Self {
        match error {
            system::Errno(libc::ENOENT | libc::ENOTDIR | libc::ELOOP) => Self::Moved,
            other => Self::Io(other.into()),
        }
    }
}
