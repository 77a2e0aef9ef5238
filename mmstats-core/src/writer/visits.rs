//! A pointer that any thread may follow for a moment, and that its owner can withdraw.
//!
//! Nobody waits for a visitor: what it points to can be freed once there is none.
//!
//! `mmstats-models` runs this file with the atomics of loom.

use std::ptr::{self, NonNull};

use crate::sync::Ordering::{AcqRel, Acquire, Relaxed, Release};
use crate::sync::{AtomicPtr, AtomicU32};

/// A pointer to something shared, and how many threads are following it.
#[derive(Debug)]
pub(super) struct Visited<T> {
    /// # Invariants
    /// 1. Null, or a target whose owner keeps it until it was withdrawn and is not visited.
    target: AtomicPtr<T>,
    visitors: AtomicU32,
}

impl<T> Visited<T> {
    /// Points to nothing.
    pub(super) fn nothing() -> Self {
        Self { target: AtomicPtr::new(ptr::null_mut()), visitors: AtomicU32::new(0) }
    }

    /// Lets visitors find a target.
    ///
    /// # Safety
    /// It must stay valid, for any thread, until [`withdraw`](Self::withdraw) was called and
    /// [`is_visited`](Self::is_visited) returned false after that.
    #[expect(unsafe_code, reason = "see the Safety section")]
    pub(super) unsafe fn publish(&self, target: NonNull<T>) {
        // Release: a visitor sees how the target was made; pairs with `visit`.
        self.target.store(target.as_ptr(), Release);
    }

    /// Keeps later visitors from finding the target.
    pub(super) fn withdraw(&self) {
        // Relaxed: `is_visited` publishes it.
        self.target.store(ptr::null_mut(), Relaxed);
    }

    /// Returns whether a visitor may still have the target, which was withdrawn.
    pub(super) fn is_visited(&self) -> bool {
        // A read and a write, and not a load: either this comes after the beginning of a visit and
        // sees it, or that comes after this and sees that the target was withdrawn.
        // Acquire: what visitors did is complete; pairs with the end of `visit`.
        self.visitors.fetch_add(0, AcqRel) != 0
    }

    /// Calls `visit` with the target, if there is one.
    pub(super) fn visit(&self, visit: impl FnOnce(&T)) {
        // Acquire: pairs with `is_visited`.
        self.visitors.fetch_add(1, Acquire);
        let target = self.target.load(Acquire); // pairs with `publish`
        // SAFETY: null, or a target that stays while this visit counts (invariant 1).
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        if let Some(target) = unsafe { target.as_ref() } {
            visit(target);
        }
        // Release: pairs with `is_visited`.
        self.visitors.fetch_sub(1, Release);
    }

    /// In a forked child: forgets the visits of threads that do not exist there.
    pub(super) fn forget_visits(&self) {
        self.visitors.store(0, Relaxed);
    }
}
