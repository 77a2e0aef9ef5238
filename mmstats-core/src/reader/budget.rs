#![forbid(unsafe_code)]
//! Bounds the memory and the time that reading a file takes, whatever the file claims.

use std::fs::Metadata;
use std::time::{Duration, Instant};

use super::files::status;
use crate::error::ReadErrorKind;
use crate::seqlock::{LEAST_COPY, TRIES};

/// What every file may cost, in bytes: far more than most files have.
const LEAST: u64 = 64 << 20;

/// How much more a file may cost for each byte that it takes on its disk. Holes take none, and a
/// file system may compress.
const PER_BYTE: u64 = 64;

/// What no file may exceed.
const MOST: u64 = 4 << 30;

/// How long it may take to open a file, or to take a snapshot.
const TIME: Duration = Duration::from_secs(5);

/// What the decoded value of a field takes besides its bytes.
pub(super) const PER_VALUE: u64 = 64;

/// What is left to spend on opening a file, or on a snapshot.
#[derive(Debug)]
pub(super) struct Budget {
    left: u64,
    limit: u64,
    deadline: Instant,
    /// The memory that is known to be available.
    room: u64,
    /// The number of bytes that may be copied again because the writer was busy: all fields of a
    /// file may have odd sequence numbers.
    pub(super) patience: usize,
}

impl Budget {
    pub(super) fn of(found: &Metadata) -> Self {
        let stored = status::stored(found);
        let limit = LEAST.saturating_add(stored.saturating_mul(PER_BYTE)).min(MOST);
        Self {
            left: limit,
            limit,
            deadline: Instant::now() + TIME,
            room: 1 << 20,
            patience: 64 * TRIES * LEAST_COPY,
        }
    }

    /// Accounts for bytes that are about to be read, and for what they become.
    pub(super) fn spend(&mut self, bytes: u64) -> Result<(), ReadErrorKind> {
        self.left =
            self.left.checked_sub(bytes).ok_or(ReadErrorKind::TooLarge { limit: self.limit })?;
        if bytes > self.room {
            self.room = request(bytes)?;
        }
        self.room -= bytes;
        self.check_time()
    }

    pub(super) fn check_time(&self) -> Result<(), ReadErrorKind> {
        if Instant::now() < self.deadline {
            Ok(())
        } else {
            Err(ReadErrorKind::TooSlow { limit: TIME })
        }
    }
}

/// Checks that at least this much memory is available, and returns how much is: values are decoded
/// in many small allocations, whose failure would end the process.
fn request(bytes: u64) -> Result<u64, ReadErrorKind> {
    const AT_ONCE: u64 = 16 << 20;
    let room = bytes.max(AT_ONCE);
    // With a reserve for the caller. It is never touched, so it takes no memory.
    reserve(&mut Vec::<u8>::new(), usize_of(room.saturating_add(AT_ONCE)))?;
    Ok(room)
}

/// Allocates room for more elements.
pub(super) fn reserve<T>(vec: &mut Vec<T>, more: usize) -> Result<(), ReadErrorKind> {
    vec.try_reserve_exact(more).map_err(|_| {
        let bytes = more.saturating_mul(size_of::<T>());
        ReadErrorKind::OutOfMemory { needed: bytes as u64 }
    })
}

fn usize_of(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
