#![forbid(unsafe_code)]
//! Room in files: reserved before it is mapped, and never beyond a limit that raises a signal.

use std::fs::File;
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::FileExt;

use rustix::fs::{FallocateFlags, FileType, IFlags};
use rustix::io::Errno;
use rustix::process::Resource;

use super::extent::usize_of;

/// `BTRFS_SUPER_MAGIC` of `linux/magic.h`.
const BTRFS: u32 = 0x9123_683E;

/// Reserves a range, so that later stores to it cannot fail.
pub(super) fn reserve(file: &File, offset: u64, len: u64) -> io::Result<()> {
    within_limit(offset, len)?;
    let allocated = rustix::io::retry_on_intr(|| {
        rustix::fs::fallocate(file, FallocateFlags::empty(), offset, len)
    });
    match allocated {
        // A file system that cannot reserve space gets zeros, which take it.
        Err(Errno::OPNOTSUPP) => fill_with_zeros(file, offset, len),
        result => Ok(result?),
    }
}

/// Without the heap: an allocator may be counting.
fn fill_with_zeros(file: &File, offset: u64, len: u64) -> io::Result<()> {
    const ZEROS: &[u8] = &[0; 4096];
    for at in (offset..offset + len).step_by(ZEROS.len()) {
        let left = usize_of(offset + len - at)?;
        file.write_all_at(&ZEROS[..left.min(ZEROS.len())], at)?;
    }
    Ok(())
}

/// Writes bytes, unless they exceed the limit on the size of files.
pub(super) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    within_limit(offset, bytes.len() as u64)?;
    file.write_all_at(bytes, offset)
}

/// Asks a file system that copies on write to store the pages of this empty file in place.
///
/// Otherwise the room that is reserved serves for the first store only: a page that was written back
/// takes new room with the next store, which raises SIGBUS if there is none.
#[allow(
    clippy::cast_lossless,
    clippy::cast_possible_wrap,
    reason = "the width and the sign of the word depend on the architecture"
)]
pub(super) fn store_in_place(file: &File) {
    if rustix::fs::fstatfs(file).is_ok_and(|found| found.f_type == BTRFS as rustix::fs::FsWord) {
        // A file that is compressed refuses it, and other flags are not inherited.
        let _ = rustix::fs::ioctl_setflags(file, IFlags::NOCOW);
    }
}

/// Gives this range room of its own again, if a copy shares it by reference, as `cp` makes on xfs.
///
/// Until then, the next store to a page that was written back takes new room.
pub(super) fn unshare(file: &File, len: u64) -> io::Result<()> {
    match rustix::fs::fallocate(file, FallocateFlags::UNSHARE_RANGE, 0, len) {
        Ok(()) | Err(Errno::OPNOTSUPP) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Returns whether bytes can be appended to what may be a file. If it has reached the limit on the size
/// of files, that would raise a signal.
pub(super) fn may_append(to: BorrowedFd<'_>, len: u64) -> bool {
    let Ok(found) = rustix::fs::fstat(to) else { return false };
    let is_file = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
    !is_file || within_limit(u64::try_from(found.st_size).unwrap_or(u64::MAX), len).is_ok()
}

/// Beyond this limit the kernel not only fails a call, it also sends a fatal signal.
fn within_limit(offset: u64, len: u64) -> io::Result<()> {
    let limit = rustix::process::getrlimit(Resource::Fsize).current;
    match limit {
        Some(limit) if offset.checked_add(len).is_none_or(|end| end > limit) => {
            Err(Errno::FBIG.into())
        }
        _ => Ok(()),
    }
}
