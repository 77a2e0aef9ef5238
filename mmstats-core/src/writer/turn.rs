#![forbid(unsafe_code)]
//! Whose turn it is: one thread of a process at a time, and nobody waits for a thread that a fork left behind.
//!
//! `mmstats-models` runs this file with the atomics of loom.

use crate::sync::AtomicU64;
use crate::sync::Ordering::{Acquire, Relaxed, Release};

/// The process, by its generation plus one, one of whose threads is at it; 0 if there is none.
#[derive(Debug, Default)]
pub(super) struct Turn(AtomicU64);

/// Another thread is at it.
#[derive(Debug)]
pub(super) struct Busy;

impl Turn {
    /// Calls `work` if that is needed.
    pub(super) fn run<R>(
        &self,
        generation: u32,
        is_needed: impl Fn() -> bool,
        work: impl FnOnce() -> R,
    ) -> Result<Option<R>, Busy> {
        if !is_needed() {
            return Ok(None);
        }
        // A thread that was at it when its process forked does not exist here.
        let own = u64::from(generation) + 1;
        let other = self.0.load(Relaxed);
        // Acquire: what the last one did is visible; pairs with the store below.
        if other == own || self.0.compare_exchange(other, own, Acquire, Relaxed).is_err() {
            return Err(Busy);
        }
        // It may have been done since the first look.
        let done = is_needed().then(work);
        self.0.store(0, Release);
        Ok(done)
    }
}
