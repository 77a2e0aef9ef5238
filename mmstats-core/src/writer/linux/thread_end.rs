//! Returns the lanes of a thread when it ends.
//!
//! The destructor of a POSIX thread key runs after those of Rust's thread-locals, so that what these
//! count still goes to the thread's own lane. It needs neither memory nor a lock to be set up for a
//! thread. What counts later, in the destructor of another key, claims a lane again, and the C
//! library calls the destructor once more. If a lane is not returned nevertheless, it is claimed
//! once its thread no longer exists.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Acquire};

use super::{fork, thread_id};
use crate::writer::{registry, thread_slot};

/// The key plus one; 0 if there is none.
static KEY: AtomicU64 = AtomicU64::new(0);

/// Makes the key, unless there is one.
pub(in crate::writer) fn prepare() {
    if KEY.load(Acquire) != 0 {
        return;
    }
    let mut key = 0;
    // SAFETY: the key is written to; the destructor is a function of this type.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let made = unsafe { libc::pthread_key_create(&raw mut key, Some(ends)) };
    if made == 0 && KEY.compare_exchange(0, u64::from(key) + 1, AcqRel, Acquire).is_err() {
        // SAFETY: no thread has a value for it.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            libc::pthread_key_delete(key);
        }
    }
}

/// Has the lanes of the calling thread returned when it ends.
pub(in crate::writer) fn watch() {
    let Some(key) = KEY.load(Acquire).checked_sub(1) else { return };
    let Ok(key) = key.try_into() else { return };
    // SAFETY: a key that is not deleted. The value only has to differ from null.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    unsafe {
        libc::pthread_setspecific(key, ptr::from_ref(&KEY).cast());
    }
}

extern "C" fn ends(_: *mut c_void) {
    fork::notice();
    let tid = thread_id::current();
    thread_slot::forget();
    registry::visit(|lanes| lanes.release(tid));
}
