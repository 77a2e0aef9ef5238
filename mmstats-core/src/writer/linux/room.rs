#![forbid(unsafe_code)]
//! Room in files: reserved before it is mapped, and never beyond a limit that raises a signal.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::memory;
use crate::system::{self, Errno};
use crate::writer::extent::usize_of;

/// `BTRFS_SUPER_MAGIC` of `linux/magic.h`.
const BTRFS: u32 = 0x9123_683E;

/// `TMPFS_MAGIC`, `EXT4_SUPER_MAGIC` and `XFS_SUPER_MAGIC`, there as well.
const TMPFS: u32 = 0x0102_1994;
const EXT4: u32 = 0xEF53;
const XFS: u32 = 0x5846_5342;

/// `FS_NOCOW_FL` of `linux/fs.h`.
const NOCOW: u32 = 0x0080_0000;

/// Reserves a range, so that later stores to it cannot fail.
pub(super) fn reserve(file: &File, offset: u64, len: u64) -> io::Result<()> {
    system::check_size(offset, len)?;
    match system::fallocate(file, 0, offset, len) {
        // A file system that cannot reserve space gets zeros, which take it.
        Err(Errno(libc::EOPNOTSUPP)) => fill_with_zeros(file, offset, len),
        result => Ok(result?),
    }
}

/// Returns whether this file can promise the room of a page when that is first needed: a file system that
/// reserves it with the first store, and a kernel that says so before the store.
pub(super) fn can_be_made_later(file: &File) -> bool {
    let reserves = |kind| [TMPFS, EXT4, XFS].contains(&kind);
    system::file_system(file).is_ok_and(reserves) && memory::can_populate()
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
    system::check_size(offset, bytes.len() as u64)?;
    file.write_all_at(bytes, offset)
}

/// Asks a file system that copies on write to store the pages of this empty file in place.
///
/// Otherwise the room that is reserved serves for the first store only: a page that was written back
/// takes new room with the next store, which raises SIGBUS if there is none.
pub(super) fn store_in_place(file: &File) {
    if system::file_system(file) == Ok(BTRFS) {
        // A file that is compressed refuses it, and other flags are not inherited.
        let _ = system::add_flags(file, NOCOW);
    }
}

/// Gives this range room of its own again, if a copy shares it by reference, as `cp` makes on xfs.
///
/// Until then, the next store to a page that was written back takes new room.
pub(super) fn unshare(file: &File, len: u64) -> io::Result<()> {
    match system::fallocate(file, libc::FALLOC_FL_UNSHARE_RANGE, 0, len) {
        Ok(()) | Err(Errno(libc::EOPNOTSUPP)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Returns whether bytes can be printed to standard error, which may be a file. If that has reached the
/// limit on the size of files, they would raise a signal.
pub(in crate::writer) fn may_print(len: u64) -> bool {
    match system::file_size(io::stderr()) {
        Ok(Some(size)) => system::check_size(size, len).is_ok(),
        Ok(None) => true,
        Err(_) => false,
    }
}
