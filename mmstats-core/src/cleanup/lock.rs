#![forbid(unsafe_code)]
//! The lock of a file that nobody writes any more. While it is held, no writer takes the name.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, Stat};

use crate::liveness;

/// The lock of a file, and its name in a directory, which stays the same directory even if it is
/// renamed.
#[derive(Debug)]
pub(crate) struct FileLock {
    /// Opened only for the lock, so that no reader unlocks it.
    file: File,
    directory: OwnedFd,
    name: OsString,
}

/// Why a file cannot be locked.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Its writer holds the lock.
    Writer,
    /// The path now leads to another file, to none, or to a symbolic link.
    Moved,
    /// The operating system refused.
    Io(io::Error),
}

impl FileLock {
    /// Takes the lock of the file with this name.
    ///
    /// A writer that is started meanwhile waits for it; see `writer/temporary.rs`.
    pub(crate) fn take(path: &Path) -> Result<Self, Refusal> {
        let name = path.file_name().ok_or(Refusal::Moved)?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory =
            rustix::fs::openat(CWD, parent.unwrap_or(Path::new(".")), flags, Mode::empty())?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&directory, name, flags, Mode::empty())?.into();
        if !liveness::lock_if_abandoned(&file)? {
            return Err(Refusal::Writer);
        }
        let lock = Self { file, directory, name: name.to_owned() };
        // The last holder of the lock may have given the name to another file, or removed it.
        if lock.is_named()? { Ok(lock) } else { Err(Refusal::Moved) }
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Returns whether it is the same file as this one.
    pub(crate) fn is(&self, file: &File) -> io::Result<bool> {
        Ok(id(&rustix::fs::fstat(&self.file)?) == id(&rustix::fs::fstat(file)?))
    }

    /// Deletes the name.
    pub(crate) fn remove(self) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.directory, &self.name, AtFlags::empty())?)
    }

    fn is_named(&self) -> Result<bool, Refusal> {
        let named = rustix::fs::statat(&self.directory, &self.name, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(id(&named) == id(&rustix::fs::fstat(&self.file)?))
    }
}

fn id(found: &Stat) -> (u64, u64) {
    (found.st_dev, found.st_ino)
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<rustix::io::Errno> for Refusal {
    fn from(error: rustix::io::Errno) -> Self {
        use rustix::io::Errno;
        match error {
            Errno::NOENT | Errno::NOTDIR | Errno::LOOP => Self::Moved,
            other => Self::Io(other.into()),
        }
    }
}
