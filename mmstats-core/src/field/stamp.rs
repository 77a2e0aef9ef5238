//! When a value was set: what decides which lane's value is the latest.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::clock;

/// Whether some handle of this process has, or had, more than one lane.
static SEVERAL_LANES: AtomicBool = AtomicBool::new(false);

/// Now, in the writer's clock; `None`, at the price of a load, while there is one lane only, whose
/// value is the latest anyway.
#[inline]
pub(super) fn stamp() -> Option<u64> {
    // Relaxed: a thread that sees this late is outvoted by one that claimed its lane meanwhile,
    // as if it had set its value just before.
    SEVERAL_LANES.load(Relaxed).then(now_ns)
}

/// Kept out of the way of programs with one lane.
#[cold]
#[inline(never)]
fn now_ns() -> u64 {
    clock::now_ns()
}

/// To be called before a second lane is handed out.
pub(crate) fn expect_more_lanes() {
    SEVERAL_LANES.store(true, Relaxed);
}
