//! All handles of the process, for what happens to threads and to the process: the end of a thread,
//! and a fork.

use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{AcqRel, Relaxed, Release};
use std::thread;

use super::lanes::Lanes;
use super::list::List;
use super::visits::Visited;

/// An entry for a handle. Entries are never freed, and are used again.
#[derive(Debug)]
struct Entry {
    /// Its place among the entries, from 0.
    number: usize,
    taken: AtomicBool,
    lanes: Visited<Lanes>,
}

static ENTRIES: List<Entry> = List::new();

/// The lanes of a handle while they can be visited.
#[derive(Debug)]
pub(super) struct Registered {
    entry: &'static Entry,
    /// # Invariants
    /// 1. Made by `Box::into_raw`, and not freed before `self` is dropped.
    lanes: NonNull<Lanes>,
}

// SAFETY: it owns its lanes as a `Box` does.
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl Send for Registered where Lanes: Send {}
// SAFETY: as above.
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl Sync for Registered where Lanes: Sync {}

impl Registered {
    pub(super) fn new(lanes: Lanes) -> Self {
        let free = |entry: &&Entry| !entry.taken.load(Relaxed) && !entry.taken.swap(true, AcqRel);
        let entry = ENTRIES.iter().find(free).unwrap_or_else(|| {
            ENTRIES.push(Entry {
                number: ENTRIES.iter().next().map_or(0, |latest| latest.number + 1),
                taken: AtomicBool::new(true),
                lanes: Visited::nothing(),
            })
        });
        let lanes = NonNull::from(Box::leak(Box::new(lanes)));
        // SAFETY: made by `Box::leak`, and freed by `drop` only, as this requires.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            entry.lanes.publish(lanes);
        }
        Self { entry, lanes }
    }

    /// Returns a small number that no other living handle has, if there were not many at once.
    pub(super) fn number(&self) -> usize {
        self.entry.number
    }
}

impl Deref for Registered {
    type Target = Lanes;

    fn deref(&self) -> &Lanes {
        // SAFETY: not freed before `self` is dropped (invariant 1).
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            self.lanes.as_ref()
        }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        /// A visit takes microseconds, but its thread may be stopped.
        const PAUSES: u32 = 1000;
        self.entry.lanes.withdraw();
        let left = (0..PAUSES).any(|_| {
            let left = !self.entry.lanes.is_visited();
            if !left {
                thread::yield_now();
            }
            left
        });
        // Otherwise the lanes and the entry stay: better than to wait for a thread that may never
        // go on.
        if left {
            // SAFETY: made by `Box::into_raw`, and no visitor has a reference.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            drop(unsafe { Box::from_raw(self.lanes.as_ptr()) });
            self.entry.taken.store(false, Release); // pairs with `new`
        }
    }
}

/// Calls `visit` for the lanes of each handle.
pub(super) fn visit(mut visit: impl FnMut(&Lanes)) {
    for entry in ENTRIES.iter() {
        entry.lanes.visit(&mut visit);
    }
}

/// In a forked child: forgets the visits of threads that do not exist there.
pub(super) fn forget_visits() {
    for entry in ENTRIES.iter() {
        entry.lanes.forget_visits();
    }
}
