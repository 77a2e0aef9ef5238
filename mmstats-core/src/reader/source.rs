#![forbid(unsafe_code)]
//! Bounded reads, the only access to a file, which is never mapped.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::budget::reserve;
use super::files::{self, status};
use crate::error::{ReadError, ReadErrorKind};

/// The identity of a file, independent of its names. If the file system records births, a file that
/// reuses the inode of a deleted one has a different identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Inode {
    pub(crate) device: u64,
    pub(crate) number: u64,
    pub(crate) born: Option<SystemTime>,
}

impl Inode {
    pub(crate) fn of(found: &Metadata) -> Self {
        let (device, number) = status::id(found);
        Self { device, number, born: found.created().ok() }
    }
}

/// An open file, which may be hostile, of another kind, or growing.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) file: File,
    pub(super) path: PathBuf,
}

impl Source {
    /// Opens a regular file; see [`files::open`].
    pub(super) fn open(path: &Path) -> Result<Self, ReadError> {
        let file = files::open(path).map_err(|kind| ReadError::new(path, kind))?;
        Ok(Self { file, path: path.to_owned() })
    }

    pub(super) fn metadata(&self) -> Result<Metadata, ReadErrorKind> {
        self.file.metadata().map_err(|error| io("read its metadata", error))
    }

    /// Returns the current size in bytes.
    pub(super) fn size(&self) -> Result<u64, ReadErrorKind> {
        Ok(self.metadata()?.len())
    }

    /// Returns `needed` bytes from offset `at`; `what` names them in an error.
    ///
    /// The allocation never exceeds the size of the file.
    pub(super) fn bytes(
        &self,
        at: u64,
        needed: u64,
        what: &'static str,
    ) -> Result<Vec<u8>, ReadErrorKind> {
        expect(self.size()?, at, needed, what)?;
        self.expected(at, needed, what)
    }

    /// Like [`bytes`](Self::bytes), after [`expect`] has checked that the file has them.
    ///
    /// What is allocated is never much more than what was read so far.
    pub(super) fn expected(
        &self,
        at: u64,
        needed: u64,
        what: &'static str,
    ) -> Result<Vec<u8>, ReadErrorKind> {
        const FIRST: usize = 1 << 20;
        let needed = usize::try_from(needed).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        while bytes.len() < needed {
            let done = bytes.len();
            let more = FIRST.max(done).min(needed - done);
            reserve(&mut bytes, more)?;
            bytes.resize(done + more, 0);
            self.fill(at + done as u64, &mut bytes[done..], what)?;
        }
        Ok(bytes)
    }

    /// Fills `bytes` from offset `at`.
    pub(super) fn fill(
        &self,
        at: u64,
        bytes: &mut [u8],
        what: &'static str,
    ) -> Result<(), ReadErrorKind> {
        match files::read_exact_at(&self.file, bytes, at) {
            // The file is too short, or has just been truncated.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                let needed = bytes.len() as u64;
                let found = self.size()?.saturating_sub(at).min(needed);
                Err(ReadErrorKind::Truncated { at, what, needed, found })
            }
            result => result.map_err(|error| io("read it", error)),
        }
    }
}

/// Returns the earliest and the latest time at which a file that may be a copy had its values. Its
/// writer lived at `shown`, and a copy was complete when its inode changed last, a time that no
/// program can set. `None` if the two contradict each other.
///
/// Stores to memory leave no trace: if it is no copy, the values may be from any time until `taken`.
pub(super) fn as_of(
    found: &Metadata,
    is_copy: bool,
    shown: SystemTime,
    taken: SystemTime,
) -> Option<(SystemTime, SystemTime)> {
    let since_1970 = |(seconds, ns): (i64, i64)| {
        let duration = Duration::new(u64::try_from(seconds).ok()?, u32::try_from(ns).ok()?);
        UNIX_EPOCH.checked_add(duration)
    };
    let latest = if is_copy { since_1970(status::changed(found))? } else { taken };
    (shown <= latest).then_some((shown, latest))
}

/// Returns whether the file is younger than the time that it stores as its creation.
pub(super) fn is_copy(found: &Metadata, created: SystemTime) -> bool {
    /// How long it may take from the time that a file stores until the file has its name.
    const CREATION: Duration = Duration::from_secs(1);
    found.created().is_ok_and(|born| born.duration_since(created).is_ok_and(|age| age > CREATION))
}

/// Checks that a file of `size` bytes has `needed` bytes from offset `at`.
pub(super) fn expect(
    size: u64,
    at: u64,
    needed: u64,
    what: &'static str,
) -> Result<(), ReadErrorKind> {
    let found = size.saturating_sub(at);
    if needed <= found { Ok(()) } else { Err(ReadErrorKind::Truncated { at, what, needed, found }) }
}

fn io(doing: &'static str, error: io::Error) -> ReadErrorKind {
    ReadErrorKind::Io { doing, error }
}
