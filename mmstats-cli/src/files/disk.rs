//! Whether a file lies on a disk.

use std::path::Path;

use rustix::fs::{FsWord, statfs};

/// File systems in memory: tmpfs, ramfs, hugetlbfs. From `linux/magic.h`.
#[allow(
    clippy::cast_lossless,
    clippy::cast_possible_wrap,
    reason = "a word has 32 or 64 bits, and a sign or not, as the machine likes"
)]
const IN_MEMORY: [FsWord; 3] =
    [0x0102_1994_u32 as FsWord, 0x8584_58f6_u32 as FsWord, 0x9584_58f6_u32 as FsWord];

/// Whether the kernel writes the file's pages back to a disk.
pub(crate) fn is_on_disk(path: &Path) -> bool {
    statfs(path).is_ok_and(|found| !IN_MEMORY.contains(&found.f_type))
}
