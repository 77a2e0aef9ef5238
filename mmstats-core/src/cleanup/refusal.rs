#![forbid(unsafe_code)]

use std::io;

use crate::system::Errno;

/// Why a file cannot be locked.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The path now leads to another file, to none, or to a symbolic link.
    Moved,
    /// The directory is a symbolic link.
    Link,
    /// The operating system refused.
    Io(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<rustix::io::Errno> for Refusal {
    fn from(error: rustix::io::Errno) -> Self {
        Errno(error.raw_os_error()).into()
    }
}

impl From<Errno> for Refusal {
    fn from(error: Errno) -> Self {
        match error {
            Errno(libc::ENOENT | libc::ENOTDIR | libc::ELOOP) => Self::Moved,
            other => Self::Io(other.into()),
        }
    }
}
