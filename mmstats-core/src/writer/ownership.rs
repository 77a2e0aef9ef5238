#![forbid(unsafe_code)]
//! Who owns a lane: claimed by one thread at a time, and given up.
//!
//! `mmstats-models` runs this file with the atomics of loom.

use crate::sync::AtomicU64;
use crate::sync::Ordering::{Acquire, Relaxed, Release};

/// Whether a thread owns a lane. Zero: none does.
#[derive(Debug, Default)]
#[repr(transparent)]
pub(super) struct Ownership(AtomicU64);

impl Ownership {
    fn owner(&self) -> Owner {
        Owner(self.0.load(Acquire)) // pairs with `change`, `complete` and `release`
    }

    fn change(&self, from: Owner, to: Owner) -> bool {
        // Release: a thread that finds the new owner also finds what it knew. The last owner's
        // writes are visible since `from` was loaded.
        self.0.compare_exchange(from.0, to.0, Release, Relaxed).is_ok()
    }

    pub(super) fn tid(&self) -> u32 {
        self.owner().tid()
    }

    /// Returns whether the thread owns the lane, now for certain: the claim of a thread that is
    /// thought to have ended cannot come between.
    ///
    /// A lane of an earlier thread with the same id, which ended without returning it, is its own.
    pub(super) fn confirm(&self, tid: u32) -> bool {
        let owner = self.owner();
        owner.tid() == tid && !owner.is_claiming() && self.change(owner, owner.next(tid).complete())
    }

    /// Begins to claim a lane that nobody owns.
    pub(super) fn claim(&self, tid: u32) -> bool {
        let owner = self.owner();
        owner.tid() == 0 && self.change(owner, owner.next(tid))
    }

    /// Begins to claim the lane of a thread that ended without returning it.
    pub(super) fn claim_left(&self, tid: u32, exists: impl FnOnce(u32) -> bool) -> bool {
        let owner = self.owner();
        let left = owner.tid() != 0 && !owner.is_claiming() && !exists(owner.tid());
        left && self.change(owner, owner.next(tid))
    }

    /// Completes a claim.
    pub(super) fn complete(&self) {
        // Release: a thread that takes the lane over sees how it was prepared; pairs with `owner`.
        self.0.store(self.owner().complete().0, Release);
    }

    /// Gives up a lane that the caller owns.
    pub(super) fn release(&self) {
        // Release: the next owner sees what this one wrote; pairs with `owner`.
        self.0.store(self.owner().with(0).complete().0, Release);
    }

    /// In a forked child: keeps the lane for the thread that forked, with its new id, and frees
    /// those of threads that do not exist there. Returns whether it is the former's.
    pub(super) fn inherit(&self, before: u32, now: u32) -> bool {
        let owner = self.owner();
        let own = before != 0 && owner.tid() == before;
        let owner = if own { owner.with(now) } else { owner.with(0).complete() };
        self.0.store(owner.0, Release);
        own
    }
}

/// The owner of a lane: its thread, how often it was claimed, and whether the claim is complete.
///
/// The number of claims distinguishes a thread from an earlier one with the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Owner(u64);

impl Owner {
    const CLAIMING: u64 = 1;
    const CLAIM: u64 = 2;
    /// The bits below the thread's id.
    const CLAIMS: u64 = u32::MAX as u64;

    const fn tid(self) -> u32 {
        (self.0 >> u32::BITS) as u32
    }

    const fn is_claiming(self) -> bool {
        self.0 & Self::CLAIMING != 0
    }

    /// The next owner, whose claim is not complete.
    const fn next(self, tid: u32) -> Self {
        let claims = self.complete().0.wrapping_add(Self::CLAIM) | Self::CLAIMING;
        Self(claims).with(tid)
    }

    /// The same, with another thread.
    const fn with(self, tid: u32) -> Self {
        Self((tid as u64) << u32::BITS | self.0 & Self::CLAIMS)
    }

    const fn complete(self) -> Self {
        Self(self.0 & !Self::CLAIMING)
    }
}
