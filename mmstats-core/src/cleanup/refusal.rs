#![forbid(unsafe_code)]

use std::io;

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
