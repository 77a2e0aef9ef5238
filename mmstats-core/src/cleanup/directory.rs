#![forbid(unsafe_code)]
//! Opens a directory to remove files there, without being led astray by symbolic links.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, openat, openat2, readlinkat};
use rustix::io::Errno;

use super::refusal::Refusal;
use crate::process;

const FLAGS: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);

/// Opens a directory that is not a symbolic link itself. A link on the way to it is followed only if
/// it and its directory belong to this user or to root.
pub(super) fn open(path: &Path) -> Result<OwnedFd, Refusal> {
    let flags = FLAGS.union(OFlags::DIRECTORY);
    match openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
        // There is a link, or this system call is missing or forbidden.
        Err(Errno::LOOP | Errno::NOSYS | Errno::PERM) => {}
        result => return Ok(result?),
    }
    let mut at = start(path)?;
    let parts: Vec<_> = path.components().collect();
    for (index, part) in parts.iter().enumerate() {
        let may_be_link = index + 1 < parts.len();
        at = step(at, name(part), may_be_link, &mut 0)?;
    }
    Ok(at)
}

fn start(path: &Path) -> Result<OwnedFd, Errno> {
    openat(CWD, if path.is_absolute() { "/" } else { "." }, FLAGS, Mode::empty())
}

fn name<'a>(part: &Component<'a>) -> &'a OsStr {
    match part {
        Component::RootDir => OsStr::new("."),
        part => part.as_os_str(),
    }
}

/// Enters a directory.
fn step(at: OwnedFd, name: &OsStr, may_be_link: bool, links: &mut u32) -> Result<OwnedFd, Refusal> {
    /// The kernel follows as many.
    const MOST_LINKS: u32 = 40;
    let next = openat(&at, name, FLAGS | OFlags::NOFOLLOW, Mode::empty())?;
    let found = fstat(&next)?;
    match FileType::from_raw_mode(found.st_mode) {
        FileType::Directory => return Ok(next),
        FileType::Symlink => {}
        _ => return Err(Refusal::Moved),
    }
    *links += 1;
    let trusted = process::is_trusted(found.st_uid) && process::is_trusted(fstat(&at)?.st_uid);
    if !may_be_link || !trusted || *links > MOST_LINKS {
        return Err(Refusal::Link);
    }
    let target = OsString::from_vec(readlinkat(&next, "", Vec::new())?.into_bytes());
    let target = PathBuf::from(target);
    let mut at = if target.is_absolute() { start(&target)? } else { at };
    for part in target.components() {
        at = step(at, self::name(&part), true, links)?;
    }
    Ok(at)
}
