#![forbid(unsafe_code)]

use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::os::may_print;
use crate::error::CreateError;

/// Something that went wrong during a creation that did not fail.
///
/// The first of each kind in a process is one line on standard error, unless
/// [`Builder::on_warning`](crate::Builder::on_warning) receives it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Warning<'a> {
    /// There is no file: the statistics are in memory that no other process can see.
    Detached(&'a CreateError),
    /// A default directory is not safe, and the file is in the next one.
    PassedOver(&'a CreateError),
    /// The first checkpoint failed. Each [`flush`](crate::Mapped::flush) tries again.
    NoCheckpoint(&'a CreateError),
}

impl Warning<'_> {
    /// Returns what went wrong.
    pub fn error(&self) -> &CreateError {
        match self {
            Self::Detached(error) | Self::PassedOver(error) | Self::NoCheckpoint(error) => error,
        }
    }

    /// Prints the warning, unless this process has printed one of its kind.
    pub(super) fn print_once(&self) {
        static PRINTED: [AtomicBool; 3] = [const { AtomicBool::new(false) }; 3];
        let printed = match self {
            Self::Detached(_) => &PRINTED[0],
            Self::PassedOver(_) => &PRINTED[1],
            Self::NoCheckpoint(_) => &PRINTED[2],
        };
        if !printed.swap(true, Relaxed) {
            let (line, mut stderr) = (format!("mmstats: {self}\n"), io::stderr());
            if may_print(line.len() as u64) {
                // Not `eprintln!`, which panics if it fails.
                let _ = stderr.write_all(line.as_bytes());
            }
        }
    }
}

impl fmt::Display for Warning<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Detached(_) => "no statistics file, counting in memory",
            Self::PassedOver(_) => "not in the default directory",
            Self::NoCheckpoint(_) => "no checkpoint yet",
        };
        write!(f, "{what}: {}", self.error())
    }
}
