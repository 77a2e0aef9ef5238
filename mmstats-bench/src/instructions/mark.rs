//! Marks around an operation in a trace of stores.

use std::hint::black_box;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicU64, compiler_fence};

/// Each mark is a store to this word, so that it appears in the trace of stores.
pub(super) static MARK: AtomicU64 = AtomicU64::new(0);

/// Runs an operation between two stores to [`MARK`].
#[inline]
pub(super) fn marked<T, R>(on: T, operation: impl FnOnce(T) -> R) -> R {
    let on = black_box(on);
    MARK.store(1, Relaxed);
    compiler_fence(SeqCst); // the argument was evaluated before the mark
    let result = operation(on);
    compiler_fence(SeqCst);
    MARK.store(0, Relaxed);
    result
}
