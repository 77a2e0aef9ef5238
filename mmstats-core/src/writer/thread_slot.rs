//! Finds the calling thread's lane: one comparison in a small table of the handles that it used.

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::extent::Extent;
use crate::schema::Field;

/// The number of handles that a thread can use in turn without a search.
const PLACES: usize = 16;

/// Identifies what a handle shares, and has the place of its lane in each thread's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HandleId {
    /// Never used again.
    number: u64,
    /// # Invariants
    /// 1. A multiple of the size of a [`Slot`], and less than the size of the table.
    offset: usize,
}

impl HandleId {
    /// Returns an id that no other handle has, had, or will have, with a place for `number`.
    pub(super) fn new(number: usize) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        // Relaxed: the numbers only have to differ.
        Self { number: NEXT.fetch_add(1, Relaxed), offset: number % PLACES * size_of::<Slot>() }
    }
}

/// # Invariants
/// 1. If `handle` is the number of a handle, `stats` points to the `S` of a lane of what that handle
///    shares.
/// 2. Lanes do not move while that lives.
#[derive(Clone, Copy)]
struct Slot {
    handle: u64,
    stats: *const (),
}

const NONE: Slot = Slot { handle: 0, stats: ptr::null() };

// It has no destructor, so it is accessible at any time, even while the thread ends, and nothing has
// to be set up for it.
thread_local! {
    static TABLE: [Cell<Slot>; PLACES] = const { [const { Cell::new(NONE) }; PLACES] };
}

fn slot<'a>(id: &HandleId, table: &'a [Cell<Slot>; PLACES]) -> &'a Cell<Slot> {
    // SAFETY: an element of the table (invariant 1 of `HandleId`).
    #[expect(unsafe_code, reason = "an index takes two more instructions")]
    let slot = unsafe { table.as_ptr().byte_add(id.offset) };
    // SAFETY: as above.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    unsafe {
        &*slot
    }
}

/// What a handle shares.
pub(super) trait HasLanes {
    /// Returns the calling thread's lane, and whether no other thread writes to it.
    fn lane(&self) -> (&Extent, bool);
}

/// Returns the calling thread's copy of the statistics.
#[inline]
pub(super) fn stats<'a, S: Field>(shared: &'a impl HasLanes, id: &HandleId) -> &'a S {
    // By reference, so that the id is loaded after the address of the table, which may take a call.
    let current = TABLE.with(|table| slot(id, table).get());
    if current.handle == id.number {
        // SAFETY: `stats` points to an `S` that lives as long as `shared` (invariants 1 and 2),
        // because the handle has this number and no other one ever does.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            &*current.stats.cast::<S>()
        }
    } else {
        look_up(shared, id)
    }
}

#[cold]
#[inline(never)]
fn look_up<'a, S: Field>(shared: &'a impl HasLanes, id: &HandleId) -> &'a S {
    let (lane, is_own) = shared.lane();
    let stats = lane.stats::<S>();
    // A lane that several threads share is not kept: this thread tries again next time.
    if is_own {
        let found = Slot { handle: id.number, stats: ptr::from_ref(stats).cast() };
        TABLE.with(|table| slot(id, table).set(found));
    }
    stats
}

/// Forgets the lanes of a thread that returns them.
pub(super) fn forget() {
    TABLE.with(|table| table.iter().for_each(|slot| slot.set(NONE)));
}
