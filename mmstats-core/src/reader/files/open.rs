#![forbid(unsafe_code)]
//! Opens a file that anyone may have put there: it is looked at before it is opened.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rustix::fs::{
    CWD, FileType, Mode, OFlags, PROC_SUPER_MAGIC, Stat, fstat, openat, readlinkat, stat, statfs,
};
use rustix::io::Errno;

use crate::error::ReadErrorKind;
use crate::process;

/// Opens a regular file. Nothing else is ever opened: a pipe could block, and a device could act.
///
/// A symbolic link is followed only if it and its directory belong to this user or to root:
/// otherwise another user could choose which file is read here.
pub(in crate::reader) fn open(path: &Path) -> Result<File, ReadErrorKind> {
    let looked = look(path)?;
    reopen(&looked).map_err(failed)
}

/// Fills a buffer from an offset on.
pub(in crate::reader) fn read_exact_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    file.read_exact_at(bytes, at)
}

fn reopen(looked: &Looked) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let is_same = |file: &File| {
        fstat(file).is_ok_and(|found| {
            (found.st_dev, found.st_ino) == (looked.found.st_dev, looked.found.st_ino)
        })
    };
    // Leads to the very file that was looked at, unless `/proc` is missing or another process's.
    let by_descriptor = format!("/proc/self/fd/{}", looked.fd.as_raw_fd());
    match openat(CWD, by_descriptor, flags, Mode::empty()).map(File::from) {
        Ok(file) if is_same(&file) => return Ok(file),
        Ok(_) | Err(Errno::NOENT | Errno::NOTDIR) => {}
        Err(error) => return Err(error.into()),
    }
    let file = File::from(openat(CWD, &looked.path, flags | OFlags::NOFOLLOW, Mode::empty())?);
    // Otherwise it has just been replaced.
    if is_same(&file) { Ok(file) } else { Err(Errno::NOENT.into()) }
}

/// A regular file, not opened for reading yet.
struct Looked {
    fd: OwnedFd,
    found: Stat,
    /// The path, without a link as its last part.
    path: PathBuf,
}

fn look(path: &Path) -> Result<Looked, ReadErrorKind> {
    /// The kernel follows as many.
    const MOST_LINKS: usize = 40;
    let failed = |error: Errno| failed(error.into());
    let mut path = path.to_owned();
    for _ in 0..=MOST_LINKS {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let fd = openat(CWD, &path, flags | OFlags::NOFOLLOW, Mode::empty()).map_err(failed)?;
        let found = fstat(&fd).map_err(failed)?;
        match FileType::from_raw_mode(found.st_mode) {
            FileType::RegularFile => return Ok(Looked { fd, found, path }),
            FileType::Symlink => {}
            _ => return Err(ReadErrorKind::NotAFile),
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new(".")).to_owned();
        let directory = stat(&parent).map_err(failed)?;
        if !process::is_trusted(found.st_uid) || !process::is_trusted(directory.st_uid) {
            return Err(ReadErrorKind::Symlink);
        }
        if statfs(&parent).is_ok_and(|found| found.f_type == PROC_SUPER_MAGIC) {
            // The links of `/proc/PID/fd` are no paths: only the kernel can follow them.
            let fd = openat(CWD, &path, flags, Mode::empty()).map_err(failed)?;
            let found = fstat(&fd).map_err(failed)?;
            return match FileType::from_raw_mode(found.st_mode) {
                FileType::RegularFile => Ok(Looked { fd, found, path }),
                _ => Err(ReadErrorKind::NotAFile),
            };
        }
        let target = readlinkat(&fd, "", Vec::new()).map_err(failed)?;
        path = parent.join(OsString::from_vec(target.into_bytes()));
    }
    Err(failed(Errno::LOOP))
}

fn failed(error: io::Error) -> ReadErrorKind {
    ReadErrorKind::Io { doing: "open it", error }
}
