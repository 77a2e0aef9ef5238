#![forbid(unsafe_code)]
//! Bounded reads of a file: nothing else touches it, and nothing ever maps it.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::error::{ReadError, ReadErrorKind};

/// An open file, which may be anything: hostile, of another kind, or growing.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) file: File,
    pub(super) path: PathBuf,
}

impl Source {
    /// Opens a regular file, without waiting for whoever writes to a pipe.
    pub(super) fn open(path: &Path) -> Result<Self, ReadError> {
        let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
        let failed = |kind| ReadError::new(path, kind);
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path);
        let file = file.map_err(|error| match error.raw_os_error() {
            // What open(2) says of a socket.
            Some(code) if code == Errno::NXIO.raw_os_error() => failed(ReadErrorKind::NotAFile),
            _ => failed(io("open it", error)),
        })?;
        let source = Self { file, path: path.to_owned() };
        if source.metadata().map_err(failed)?.is_file() {
            Ok(source)
        } else {
            Err(failed(ReadErrorKind::NotAFile))
        }
    }

    pub(super) fn metadata(&self) -> Result<Metadata, ReadErrorKind> {
        self.file.metadata().map_err(|error| io("look at it", error))
    }

    /// How many bytes it has at the moment.
    pub(super) fn size(&self) -> Result<u64, ReadErrorKind> {
        Ok(self.metadata()?.len())
    }

    /// When the system noted that it was modified; stores to memory it notes rarely or never.
    pub(super) fn modified(&self) -> Option<SystemTime> {
        self.metadata().ok()?.modified().ok()
    }

    /// The bytes from `at` on that are needed for `what`.
    ///
    /// Takes no more memory than the file has bytes, whatever is asked for.
    pub(super) fn bytes(
        &self,
        at: u64,
        needed: u64,
        what: &'static str,
    ) -> Result<Vec<u8>, ReadErrorKind> {
        expect(self.size()?, at, needed, what)?;
        self.expected(at, needed, what)
    }

    /// As [`bytes`](Self::bytes), where [`expect`] has seen to it that the file has them.
    pub(super) fn expected(
        &self,
        at: u64,
        needed: u64,
        what: &'static str,
    ) -> Result<Vec<u8>, ReadErrorKind> {
        let mut bytes = vec![0; usize::try_from(needed).unwrap_or(usize::MAX)];
        self.fill(at, &mut bytes, what)?;
        Ok(bytes)
    }

    /// Fills `bytes` with what is at `at`.
    pub(super) fn fill(
        &self,
        at: u64,
        bytes: &mut [u8],
        what: &'static str,
    ) -> Result<(), ReadErrorKind> {
        match self.file.read_exact_at(bytes, at) {
            // It is shorter, or became so meanwhile.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                let needed = bytes.len() as u64;
                let found = self.size()?.saturating_sub(at).min(needed);
                Err(ReadErrorKind::Truncated { at, what, needed, found })
            }
            result => result.map_err(|error| io("read it", error)),
        }
    }
}

/// Sees to it that a file of `size` bytes has those from `at` on that are needed for `what`.
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
