#![forbid(unsafe_code)]
//! Names that a file has only for a moment, and renaming that replaces nothing.

use std::ffi::{OsStr, OsString};
use std::os::fd::AsFd;

use crate::system::{self, Errno};

/// What ends the names of files that are not complete, or are about to be removed. Readers ignore
/// them.
pub(crate) const TEMPORARY: &str = ".mmstats.tmp";

/// Returns a name that nobody else uses, and that holds the original one, if there is one and room for
/// it.
pub(crate) fn temporary(original: &OsStr) -> OsString {
    const MOST: usize = 255;
    let mut random = [0u8; 8];
    // If it is not random enough, the name may be taken, which is an error.
    system::random(&mut random);
    let random = format!("{:016x}{TEMPORARY}", u64::from_le_bytes(random));
    let mut name = OsString::from(".");
    if !original.is_empty() && original.len() + random.len() + 2 <= MOST {
        name.push(original);
        name.push(".");
    }
    name.push(random);
    name
}

/// Renames a file in a directory, unless the new name is taken.
pub(crate) fn rename(
    directory: impl AsFd,
    from: impl AsRef<OsStr>,
    to: impl AsRef<OsStr>,
) -> Result<(), Errno> {
    let (at, from, to) = (directory.as_fd(), from.as_ref(), to.as_ref());
    match system::renameat2((at, from), (at, to), libc::RENAME_NOREPLACE) {
        // Some file systems do not support this: the file then has both names for a moment.
        Err(Errno(libc::EINVAL | libc::ENOSYS)) => {
            system::linkat(at, from, to)?;
            system::unlinkat(at, from)
        }
        result => result,
    }
}
