//! Detaches a forked child from its parent's files.
//!
//! The C library calls a handler in the child of `fork`. A child that is made by the system call
//! itself is noticed by a page that the kernel wipes in it, whenever something other than an update
//! happens. (A comparison of process ids would mistake the child of `vfork`, which shares the
//! parent's memory, for a forked one.)

use std::ptr;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32};

use super::{own_file, signals, thread_id};
use crate::memory;
use crate::writer::registry;

/// # Invariants
/// 1. Null, or a mapped page that stays, which begins with one of the values below.
static MARK: AtomicPtr<AtomicU32> = AtomicPtr::new(ptr::null_mut());

/// The page was wiped, and the process is a forked child that is not detached yet.
const WIPED: u32 = 0;
const WATCHED: u32 = 1;
const DETACHING: u32 = 2;

static REGISTERED: AtomicBool = AtomicBool::new(false);

/// How often this process and those that it was forked from were forked.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// Returns a number that a forked child does not share with its parent.
pub(in crate::writer) fn generation() -> u32 {
    GENERATION.load(Acquire)
}

/// Watches for forks from now on.
pub(in crate::writer) fn watch() {
    if REGISTERED.load(Acquire) {
        return;
    }
    if MARK.load(Acquire).is_null() {
        if let Some(page) = wiped_on_fork() {
            // A second page is never used, and stays.
            let _ = MARK.compare_exchange(ptr::null_mut(), page, AcqRel, Relaxed);
        }
    }
    // SAFETY: three functions that are safe to call around a fork. Two threads may both register
    // them, which does no harm.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let registered = unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
    REGISTERED.store(registered == 0, Release);
}

/// Returns a page that begins with [`WATCHED`], and which the kernel wipes in forked children;
/// `None` before Linux 4.14.
fn wiped_on_fork() -> Option<*mut AtomicU32> {
    const LEN: usize = 4096;
    let page = memory::zeroed(LEN, false).ok()?;
    // SAFETY: a page of this function's own.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let wiped = unsafe { memory::wipe_on_fork(page, LEN) };
    if !wiped {
        // SAFETY: as above.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            memory::unmap(page, LEN);
        }
        return None;
    }
    let mark: *mut AtomicU32 = page.as_ptr().cast();
    // SAFETY: as above; a page is aligned, and zeros are a valid atomic.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    unsafe { &*mark }.store(WATCHED, Relaxed);
    Some(mark)
}

fn mark() -> Option<&'static AtomicU32> {
    // SAFETY: null, or a page that stays (invariant 1).
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    unsafe {
        MARK.load(Acquire).as_ref()
    }
}

/// Detaches this process, if it is a forked child that the C library did not see.
pub(in crate::writer) fn notice() {
    let Some(mark) = mark() else { return };
    if mark.load(Acquire) != WATCHED {
        signals::blocked(|| detach_once(mark));
    }
}

fn detach_once(mark: &AtomicU32) {
    // Acquire: what the thread that detached the process stored is visible.
    if mark.compare_exchange(WIPED, DETACHING, AcqRel, Acquire).is_ok() {
        detach();
        mark.store(WATCHED, Release);
    }
    // Another thread of this process, which takes no signals, is doing it.
    while mark.load(Acquire) == DETACHING {
        std::hint::spin_loop();
    }
}

extern "C" fn before() {
    if let Some(tid) = thread_id::known() {
        registry::visit(|lanes| lanes.prepare_fork(tid));
    }
}

extern "C" fn in_parent() {
    if let Some(tid) = thread_id::known() {
        registry::visit(|lanes| lanes.forget_fork(tid));
    }
}

extern "C" fn in_child() {
    match mark() {
        Some(mark) => signals::blocked(|| detach_once(mark)),
        // If the handlers were registered twice, nothing was counted since the first call.
        None => signals::blocked(detach),
    }
}

/// Takes no lock and allocates nothing, since the child may have no other thread.
fn detach() {
    GENERATION.fetch_add(1, AcqRel);
    own_file::close_all();
    registry::forget_visits();
    let (before, now) = thread_id::renew();
    registry::visit(|lanes| lanes.detach(before, now));
}
