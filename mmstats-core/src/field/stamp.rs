//! When a value was set: what decides which lane's value is the latest.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use zerocopy::FromBytes;

use crate::clock;

/// A time of the writer's clock. It stays zero while there is one lane only, whose value is the
/// latest anyway; the claim of a second one makes it [`UNSET`](crate::format::body::UNSET).
#[derive(Debug, Default, FromBytes)]
#[repr(transparent)]
pub(super) struct Stamp(AtomicU64);

impl Stamp {
    /// What to stamp a value with that is set now; `None`, at the price of a comparison in the
    /// value's own cache line, where that makes no difference.
    ///
    /// Who sees a second lane late is outvoted by it, as if it had set its value just before.
    #[inline]
    pub(super) fn now_ns(&self) -> Option<u64> {
        (self.get() != 0).then(now_ns)
    }

    // Relaxed, here and below: value and stamp each stand for themselves.
    #[inline]
    pub(super) fn set(&self, ns: u64) {
        self.0.store(ns, Relaxed);
    }

    #[inline]
    pub(super) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Kept out of the way of programs with one lane.
#[cold]
#[inline(never)]
fn now_ns() -> u64 {
    clock::now_ns()
}
