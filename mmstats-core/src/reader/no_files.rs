#![forbid(unsafe_code)]
//! Takes the place of opening and watching a file where files of statistics cannot be read.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::error::ReadErrorKind;

/// Fails.
pub(super) fn open(_: &Path) -> Result<File, ReadErrorKind> {
    Err(ReadErrorKind::Unsupported)
}

pub(super) fn read_exact_at(_: &File, _: &mut [u8], _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Watches nothing.
pub(super) struct Watch;

impl Watch {
    pub(super) fn of(_: &File) -> Option<Self> {
        None
    }

    pub(super) fn wait(&self, pause: Duration) {
        thread::sleep(pause);
    }
}

pub(crate) mod status {
    use super::Metadata;

    pub(crate) fn id(_: &Metadata) -> (u64, u64) {
        (0, 0)
    }

    pub(crate) fn owner(_: &Metadata) -> u32 {
        0
    }

    pub(crate) fn stored(found: &Metadata) -> u64 {
        found.len()
    }

    pub(crate) fn modified(_: &Metadata) -> (i64, i64) {
        (0, 0)
    }

    pub(crate) fn changed(_: &Metadata) -> (i64, i64) {
        (0, 0)
    }
}

pub(crate) mod limit {
    use crate::error::ReadError;

    pub(crate) fn on_open_files() -> usize {
        usize::MAX
    }

    pub(crate) fn is_reached(_: &ReadError) -> bool {
        false
    }
}
