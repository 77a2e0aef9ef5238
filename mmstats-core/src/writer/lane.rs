#![forbid(unsafe_code)]
//! One thread's copy of the statistics: who owns it, and which memory it is in.

use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use super::extent::Extent;
use super::ownership::Ownership;
use crate::clock;
use crate::format::lane::LaneState;

/// A place for a lane. Bytes that are all zero are a place that has no memory and no owner.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Lane {
    pub(super) owner: Ownership,
    memory: AtomicU8,
    /// The lane's memory, once it has some.
    pub(super) extent: Extent,
    /// While the owner forks: what its child gets in place of `extent`. Only the owner changes it.
    pub(super) for_child: Extent,
}

/// Where a lane is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Memory {
    /// In memory that only this process sees, since it has no file.
    Private = 0,
    /// In such memory, although there is a file: it counts as lost there.
    Lost = 1,
    /// In the file.
    File = 2,
}

impl Lane {
    /// Completes a claim, once the lane has memory.
    pub(super) fn finish_claim(&self) {
        let words = self.extent.lane_words();
        words.tid.store(self.owner.tid().into(), Relaxed);
        words.claimed_at_ns.store(clock::now_ns(), Relaxed);
        words.claims.store(words.claims.load(Relaxed).wrapping_add(1), Relaxed);
        // Release: a reader that sees the lane claimed also sees its owner.
        words.state.store(LaneState::Claimed.code(), Release);
        self.owner.complete();
    }

    /// Gives up a lane that the caller owns. Its counts stay valid.
    pub(super) fn release(&self) {
        if self.extent.is_mapped() && self.extent.is_accessible() {
            self.extent.lane_words().state.store(LaneState::Free.code(), Release);
        }
        self.owner.release();
    }

    pub(super) fn memory(&self) -> Memory {
        match self.memory.load(Acquire) {
            0 => Memory::Private,
            1 => Memory::Lost,
            _ => Memory::File,
        }
    }

    /// Records where the lane is, and returns where it was.
    pub(super) fn set_memory(&self, memory: Memory) -> Memory {
        let before = self.memory();
        self.memory.store(memory as u8, Release);
        before
    }

    /// Counts a lane in private memory as lost, and returns whether it was not yet.
    pub(super) fn lose(&self) -> bool {
        let (private, lost) = (Memory::Private as u8, Memory::Lost as u8);
        self.extent.is_mapped()
            && self.memory.compare_exchange(private, lost, AcqRel, Relaxed).is_ok()
    }
}
