#![forbid(unsafe_code)]
//! The limits on open files.

use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

use crate::error::{ReadError, ReadErrorKind};

/// Returns how many files this process may open.
pub(crate) fn on_open_files() -> usize {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// Returns whether the process, or the system, has too many files open.
pub(crate) fn is_reached(error: &ReadError) -> bool {
    let ReadErrorKind::Io { error, .. } = error.kind() else { return false };
    [Errno::MFILE, Errno::NFILE]
        .map(|limit| Some(limit.raw_os_error()))
        .contains(&error.raw_os_error())
}
