//! A list that only grows, and that is read without a lock.

use std::ptr;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

/// A list of values that stay where they are until the list is dropped.
#[derive(Debug)]
pub(super) struct List<T> {
    /// # Invariants
    /// 1. It is null, or points to a node of this list, which was made by `Box::into_raw`. So does
    ///    each node's `next`.
    /// 2. No node is freed or changed before the list is dropped.
    latest: AtomicPtr<Node<T>>,
}

#[derive(Debug)]
struct Node<T> {
    value: T,
    next: *mut Node<T>,
}

// SAFETY: a list shares its values, and drops them on the thread that drops it. The pointers only
// link the nodes.
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl<T: Send + Sync> Send for List<T> {}
// SAFETY: as above; `push` needs `T: Send`.
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl<T: Send + Sync> Sync for List<T> {}

impl<T> List<T> {
    pub(super) const fn new() -> Self {
        Self { latest: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Adds a value, which becomes the first one.
    pub(super) fn push(&self, value: T) -> &T {
        let node = Box::into_raw(Box::new(Node { value, next: ptr::null_mut() }));
        let mut next = self.latest.load(Relaxed);
        loop {
            // SAFETY: it is not in the list yet, so nobody else has its address.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            unsafe {
                (*node).next = next;
            }
            // Release: who finds the node finds its contents; pairs with `iter`. Acquire is for
            // the same of the next node.
            match self.latest.compare_exchange_weak(next, node, AcqRel, Acquire) {
                Ok(_) => break,
                Err(other) => next = other,
            }
        }
        // SAFETY: a node of the list stays while `self` does (invariant 2).
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            &(*node).value
        }
    }

    /// Returns the values, the latest one first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        let mut next = self.latest.load(Acquire); // pairs with `push`
        std::iter::from_fn(move || {
            // SAFETY: null, or a node of the list (invariants 1 and 2).
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            let node = unsafe { next.as_ref() }?;
            next = node.next;
            Some(&node.value)
        })
    }
}

impl<T> Drop for List<T> {
    fn drop(&mut self) {
        let mut next = *self.latest.get_mut();
        while !next.is_null() {
            // SAFETY: made by `Box::into_raw`, and nobody else has the list any more (invariants 1
            // and 2).
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            let node = unsafe { Box::from_raw(next) };
            next = node.next;
        }
    }
}
