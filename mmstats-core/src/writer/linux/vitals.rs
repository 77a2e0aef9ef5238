#![forbid(unsafe_code)]
//! The words of the header that change. `docs/format.md` § 2.1.
//!
//! They are written by system calls: a store to mapped memory would raise SIGBUS if somebody had
//! truncated the file, and a writer must survive that when it flushes, closes and ends.

use std::fs::File;
use std::io;
use std::mem::offset_of;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};
use std::sync::atomic::{AtomicU64, fence};

use super::room;
use crate::clock;
use crate::format::header::{StateWord, VITALS_OFFSET, VitalsBytes};

/// The counts among the vitals, which several threads increase.
#[derive(Debug)]
pub(super) struct Vitals {
    lanes: AtomicU64,
    lanes_lost: AtomicU64,
}

impl Vitals {
    /// Counts the lanes that a new file has.
    pub(super) fn new(lanes: u64) -> Self {
        Self { lanes: AtomicU64::new(lanes), lanes_lost: AtomicU64::new(0) }
    }

    pub(super) fn lanes(&self) -> u64 {
        self.lanes.load(Acquire)
    }

    /// Records that the file has at least this number of lanes.
    pub(super) fn has_lanes(&self, file: &File, number: u64) {
        self.lanes.fetch_max(number, AcqRel);
        publish(file, &self.lanes, offset_of!(VitalsBytes, lanes));
    }

    /// Counts a lane that is not in the file.
    pub(super) fn lost_lane(&self, file: &File) {
        self.lanes_lost.fetch_add(1, AcqRel);
        publish(file, &self.lanes_lost, offset_of!(VitalsBytes, lanes_lost));
    }

    /// Records that one of these is in the file now.
    pub(super) fn found_lane(&self, file: &File) {
        self.lanes_lost.fetch_sub(1, AcqRel);
        publish(file, &self.lanes_lost, offset_of!(VitalsBytes, lanes_lost));
    }
}

/// Records the state of the writer. A reader that sees it also sees what this thread stored before.
pub(super) fn set_state(file: &File, state: StateWord) -> io::Result<()> {
    fence(Release); // nothing stored to mapped memory may be seen later than the kernel's store
    write(file, offset_of!(VitalsBytes, state), &[state.code()])
}

/// Records the current time, in real time and in the writer's clock.
pub(super) fn stamp_flush(file: &File) -> io::Result<()> {
    const {
        let first = offset_of!(VitalsBytes, flushed_realtime_ns);
        assert!(offset_of!(VitalsBytes, anchor_clock_ns) == first + 8);
        assert!(offset_of!(VitalsBytes, anchor_boottime_ns) == first + 16);
    }
    let flushed_ns = clock::realtime_ns();
    let (clock_ns, boottime_ns) = clock::anchor();
    let words = [flushed_ns, clock_ns, boottime_ns];
    write(file, offset_of!(VitalsBytes, flushed_realtime_ns), &words)
}

/// Writes a count to the file, whichever thread increased it last.
fn publish(file: &File, count: &AtomicU64, offset: usize) {
    loop {
        let known = count.load(Acquire);
        // Readers of a file that was truncated have no use for it.
        let _ = write(file, offset, &[known]);
        // Another thread may have increased it, and written it before this one.
        if count.load(Acquire) == known {
            return;
        }
    }
}

/// Writes words, unless the file was truncated before them: it would not become whole again.
fn write<const N: usize>(file: &File, offset: usize, words: &[u64; N]) -> io::Result<()> {
    let offset = (VITALS_OFFSET + offset) as u64;
    let bytes = words.map(u64::to_le_bytes);
    let bytes = bytes.as_flattened();
    if file.metadata()?.len() < offset + bytes.len() as u64 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    room::write_at(file, bytes, offset)
}
