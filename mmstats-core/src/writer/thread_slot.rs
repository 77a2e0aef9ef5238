//! Finds the calling thread's lane: one comparison if it is the handle that the thread used last.

use std::cell::{Cell, RefCell};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Weak};

use super::handle::Shared;
use super::lanes::TakeBack;
use crate::schema::Field;

/// The number of a [`Shared`], which identifies its lanes. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HandleId(u64);

impl HandleId {
    /// Returns a number that no other handle has, had, or will have.
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        // Relaxed: the numbers only have to differ.
        Self(NEXT.fetch_add(1, Relaxed))
    }
}

/// # Invariants
/// 1. If `id` belongs to a handle, `stats` points to a lane's `S` in that handle's [`Shared<S>`].
/// 2. Lanes do not move while their `Shared` lives.
#[derive(Clone, Copy)]
struct Current {
    id: HandleId,
    stats: *const (),
}

const NONE: Current = Current { id: HandleId(0), stats: ptr::null() };

thread_local! {
    // No destructor, so it is accessible at any time, even while the thread ends.
    static CURRENT: Cell<Current> = const { Cell::new(NONE) };
    static CLAIMS: RefCell<Claims> = const { RefCell::new(Claims(Vec::new())) };
}

/// The lanes that a thread owns; dropped when the thread ends, which returns them.
struct Claims(Vec<Claim>);

struct Claim {
    id: HandleId,
    lane: usize,
    handle: Weak<dyn TakeBack>,
}

impl Drop for Claims {
    fn drop(&mut self) {
        CURRENT.set(NONE);
        for claim in self.0.drain(..) {
            if let Some(handle) = claim.handle.upgrade() {
                handle.take_back(claim.lane);
            }
        }
    }
}

/// Returns the calling thread's copy of the statistics.
#[inline]
pub(super) fn stats<S: Field>(shared: &Arc<Shared<S>>, id: HandleId) -> &S {
    let current = CURRENT.get();
    if current.id == id {
        // SAFETY: `stats` points to an `S` that lives as long as `shared` (invariants 1 and 2),
        // because the handle has this number and no other `Shared` ever does.
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
fn look_up<S: Field>(shared: &Arc<Shared<S>>, id: HandleId) -> &S {
    let lane = CLAIMS.try_with(|claims| {
        let mut claims = claims.try_borrow_mut().ok()?;
        if let Some(claim) = claims.0.iter().find(|claim| claim.id == id) {
            return Some(claim.lane);
        }
        claims.0.retain(|claim| claim.handle.strong_count() > 0);
        let lane = shared.claim();
        let handle: Arc<dyn TakeBack> = shared.clone();
        claims.0.push(Claim { id, lane, handle: Arc::downgrade(&handle) });
        Some(lane)
    });
    match lane {
        Ok(Some(lane)) => {
            let stats = shared.lane(lane);
            CURRENT.set(Current { id, stats: ptr::from_ref(stats).cast() });
            stats
        }
        // The thread is ending and has returned its lanes, or this is a call from within the
        // claim above (an allocator or a signal handler that counts).
        Ok(None) | Err(_) => shared.spare_lane(),
    }
}
