//! The ids of threads, cached for the calling one.

use std::cell::Cell;

use crate::process;

thread_local! {
    /// 0 if it is not known yet. It has no destructor, so it is accessible at any time.
    static TID: Cell<u32> = const { Cell::new(0) };
}

/// Returns the id of the calling thread.
pub(in crate::writer) fn current() -> u32 {
    known().unwrap_or_else(|| renew().1)
}

/// Returns the id of the calling thread, if it may have a lane.
pub(in crate::writer) fn known() -> Option<u32> {
    Some(TID.get()).filter(|tid| *tid != 0)
}

/// Returns the id that the calling thread had in the parent, or 0, and the one it has.
pub(in crate::writer) fn renew() -> (u32, u32) {
    let tid = process::tid();
    (TID.replace(tid), tid)
}

/// Returns whether this process has a thread with this id.
pub(in crate::writer) fn exists(tid: u32) -> bool {
    // SAFETY: signal 0 is none.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let sent = unsafe { libc::syscall(libc::SYS_tgkill, std::process::id(), tid, 0) };
    sent == 0 || std::io::Error::last_os_error().raw_os_error() != Some(libc::ESRCH)
}
