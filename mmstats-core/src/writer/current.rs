//! Which lane the calling thread writes to: one comparison where it asks for the same again.

use std::cell::{Cell, RefCell};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Weak};

use super::MmStats;
use super::shared::Shared;

/// The number of a [`Shared`], by which its lanes are told from others'. Never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HandleId(u64);

impl HandleId {
    /// A number that no other handle has, had, or will have.
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        // Relaxed: only that they differ matters.
        Self(NEXT.fetch_add(1, Relaxed))
    }
}

/// # Invariants
/// 1. If `id` is a handle's, `stats` is where that handle's [`Shared<S>`] keeps a lane's `S`.
/// 2. Lanes stay where they are for as long as their `Shared` lives.
#[derive(Clone, Copy)]
struct Current {
    id: HandleId,
    stats: *const (),
}

const NONE: Current = Current { id: HandleId(0), stats: ptr::null() };

thread_local! {
    // No destructor: it can be asked at any time, also while the thread ends.
    static CURRENT: Cell<Current> = const { Cell::new(NONE) };
    static CLAIMS: RefCell<Claims> = const { RefCell::new(Claims(Vec::new())) };
}

/// Gives back a thread's lane.
pub(super) trait Release: Send + Sync {
    fn release(&self, lane: usize);
}

/// The lanes that a thread owns; dropped, and they with it, when the thread ends.
struct Claims(Vec<Claim>);

struct Claim {
    id: HandleId,
    lane: usize,
    handle: Weak<dyn Release>,
}

impl Drop for Claims {
    fn drop(&mut self) {
        CURRENT.set(NONE);
        for claim in self.0.drain(..) {
            if let Some(handle) = claim.handle.upgrade() {
                handle.release(claim.lane);
            }
        }
    }
}

/// The calling thread's copy of the statistics.
#[inline]
pub(super) fn stats<S: MmStats>(shared: &Arc<Shared<S>>, id: HandleId) -> &S {
    let current = CURRENT.get();
    if current.id == id {
        // SAFETY: it points to an `S` that lives as long as `shared` (invariants 1 and 2): the
        // handle has this number, and no other `Shared` ever has.
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
fn look_up<S: MmStats>(shared: &Arc<Shared<S>>, id: HandleId) -> &S {
    let lane = CLAIMS.try_with(|claims| {
        let mut claims = claims.try_borrow_mut().ok()?;
        if let Some(claim) = claims.0.iter().find(|claim| claim.id == id) {
            return Some(claim.lane);
        }
        claims.0.retain(|claim| claim.handle.strong_count() > 0);
        let lane = shared.claim();
        let handle: Arc<dyn Release> = shared.clone();
        claims.0.push(Claim { id, lane, handle: Arc::downgrade(&handle) });
        Some(lane)
    });
    match lane {
        Ok(Some(lane)) => {
            let stats = shared.lane(lane);
            CURRENT.set(Current { id, stats: ptr::from_ref(stats).cast() });
            stats
        }
        // The thread is ending and has given its lanes back, or this came from inside of the
        // claim above (an allocator or a signal handler that counts).
        Ok(None) | Err(_) => shared.spare_lane(),
    }
}
