#![forbid(unsafe_code)]
//! What the status of a file shows besides what the standard library knows on all systems.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// Returns its file system and its number there.
pub(crate) fn id(found: &Metadata) -> (u64, u64) {
    (found.dev(), found.ino())
}

/// Returns the user who owns it.
pub(crate) fn owner(found: &Metadata) -> u32 {
    found.uid()
}

/// Returns how many bytes it takes: holes take none.
pub(crate) fn stored(found: &Metadata) -> u64 {
    const BLOCK: u64 = 512;
    found.blocks().saturating_mul(BLOCK)
}

/// Returns when its contents were changed last, in seconds and nanoseconds since 1970.
pub(crate) fn modified(found: &Metadata) -> (i64, i64) {
    (found.mtime(), found.mtime_nsec())
}

/// Returns when its inode was changed last, a time that no program can set.
pub(crate) fn changed(found: &Metadata) -> (i64, i64) {
    (found.ctime(), found.ctime_nsec())
}
