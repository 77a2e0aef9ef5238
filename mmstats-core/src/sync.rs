#![forbid(unsafe_code)]
//! The atomics of the algorithms that `mmstats-models` checks: there, this module has loom's.

pub(crate) use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};
