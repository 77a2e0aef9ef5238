//! Distinguishes files on a disk from files in memory.

use std::path::Path;

use rustix::fs::{FsWord, statfs};

/// The file systems in memory: tmpfs, ramfs, hugetlbfs; from `linux/magic.h`.
#[allow(
    clippy::cast_lossless,
    clippy::cast_possible_wrap,
    reason = "the width and the sign of the word depend on the architecture"
)]
const IN_MEMORY: [FsWord; 3] =
    [0x0102_1994_u32 as FsWord, 0x8584_58f6_u32 as FsWord, 0x9584_58f6_u32 as FsWord];

/// Whether the kernel writes the file's pages back to a disk.
pub(crate) fn is_on_disk(path: &Path) -> bool {
    statfs(path).is_ok_and(|found| !IN_MEMORY.contains(&found.f_type))
}
