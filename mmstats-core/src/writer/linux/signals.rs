//! Short work that no signal handler interrupts.

use std::mem::MaybeUninit;
use std::ptr;

/// Runs `work` while the calling thread takes no signals, except those that it causes itself.
///
/// So a handler that counts finds a lane that is complete, or none, and one that forks leaves no
/// half-made lane to its child.
pub(in crate::writer) fn blocked<R>(work: impl FnOnce() -> R) -> R {
    let mut all = MaybeUninit::uninit();
    let mut before = MaybeUninit::uninit();
    // SAFETY: it fills the set.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
    }
    for own in [libc::SIGBUS, libc::SIGSEGV, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP] {
        // SAFETY: the set is filled.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            libc::sigdelset(all.as_mut_ptr(), own);
        }
    }
    // SAFETY: the first set is filled, the second one is written to.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let blocked =
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) };
    let result = work();
    if blocked == 0 {
        // SAFETY: filled by the call above.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut());
        }
    }
    result
}
