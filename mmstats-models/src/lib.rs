//! Models of the lock-free algorithms, checked by [loom](https://docs.rs/loom): it runs each with all
//! interleavings of its threads, and with all stores that the memory model lets a load see.
//!
//! The sources are those of `mmstats-core`; their `crate::sync` is this crate's, with loom's atomics.

#![cfg(test)]
#![deny(unsafe_code)]

mod claims;
#[path = "../../mmstats-core/src/writer/ownership.rs"]
#[allow(dead_code, reason = "what a fork does has no other thread")]
mod ownership;
#[path = "../../mmstats-core/src/seqlock.rs"]
#[allow(dead_code, reason = "core uses the rest")]
#[allow(clippy::absurd_extreme_comparisons, reason = "`WHOLE_TRIES` is 0 here")]
mod seqlock;
mod sequence_lock;
#[path = "../../mmstats-core/src/writer/turn.rs"]
mod turn;
mod turns;
mod visitors;
#[path = "../../mmstats-core/src/writer/visits.rs"]
#[allow(dead_code, reason = "what a fork does has no other thread")]
mod visits;

mod sync {
    pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};
}
