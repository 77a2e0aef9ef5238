#![forbid(unsafe_code)]
//! The memory of all lanes that are in files, for a signal handler: no lock and no heap.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

/// The memory of a lane; the end is 0 while the place is free or not complete.
struct Range {
    start: AtomicUsize,
    end: AtomicUsize,
}

/// Lanes beyond this number are not found.
const MAX: usize = 4096;

static RANGES: [Range; MAX] =
    [const { Range { start: AtomicUsize::new(0), end: AtomicUsize::new(0) } }; MAX];

/// Adds a range, if there is a place.
pub(super) fn add(start: usize, len: usize) {
    let free = |range: &&Range| {
        range.start.load(Relaxed) == 0
            && range.start.compare_exchange(0, start, AcqRel, Relaxed).is_ok()
    };
    if let Some(range) = RANGES.iter().find(free) {
        range.end.store(start + len, Release);
    }
}

/// Removes the range with this start, before its memory is unmapped.
pub(super) fn remove(start: usize) {
    if let Some(range) = RANGES.iter().find(|range| range.start.load(Relaxed) == start) {
        range.end.store(0, Release);
        range.start.store(0, Release);
    }
}

/// Returns whether an address is in a range. Safe in a signal handler.
pub(super) fn contain(address: usize) -> bool {
    RANGES.iter().any(|range| {
        let end = range.end.load(Acquire);
        address < end && address >= range.start.load(Acquire)
    })
}
