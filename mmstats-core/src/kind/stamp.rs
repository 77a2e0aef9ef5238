//! The time at which a value was set, which decides whose lane has the latest one.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::atomics;
use crate::clock;

/// The stamp of a value that was not set since there is a second lane.
pub(crate) const UNSET: u64 = 1;

/// A time of the writer's clock. It stays zero while there is one lane only, whose value is the
/// latest anyway; the claim of a second one makes it [`UNSET`].
#[derive(Debug, Default)]
#[repr(transparent)]
pub(super) struct Stamp(AtomicU64);

atomics!(Stamp { 0 });

impl Stamp {
    /// Returns the stamp for a value that is set now; `None` while there is one lane only, which
    /// costs a comparison in the value's own cache line.
    ///
    /// A thread that notices the second lane late loses to it, as if it had set its value just
    /// before.
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

/// Out of line, for programs with one lane.
#[cold]
#[inline(never)]
fn now_ns() -> u64 {
    clock::now_ns()
}
