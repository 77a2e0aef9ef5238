#![forbid(unsafe_code)]
//! Names that a file has only for a moment, and renaming that replaces nothing.

use std::ffi::{OsStr, OsString};
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{AtFlags, RenameFlags};
use rustix::io::Errno;

/// What ends the names of files that are not complete, or are about to be removed. Readers ignore
/// them.
pub(crate) const TEMPORARY: &str = ".mmstats.tmp";

/// Returns a name that nobody else uses, and that holds the original one, if there is one and room for
/// it.
pub(crate) fn temporary(original: &OsStr) -> OsString {
    const MOST: usize = 255;
    let mut random = [0u8; 8];
    // If it is not random enough, the name may be taken, which is an error.
    let _ = rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty());
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
    from: impl AsRef<Path>,
    to: impl AsRef<Path>,
) -> Result<(), Errno> {
    let (at, from, to) = (directory.as_fd(), from.as_ref(), to.as_ref());
    match rustix::fs::renameat_with(at, from, at, to, RenameFlags::NOREPLACE) {
        // Some file systems do not support this: the file then has both names for a moment.
        Err(Errno::INVAL | Errno::NOSYS) => {
            rustix::fs::linkat(at, from, at, to, AtFlags::empty())?;
            rustix::fs::unlinkat(at, from, AtFlags::empty())
        }
        result => result,
    }
}
