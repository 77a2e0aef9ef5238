#![forbid(unsafe_code)]

use std::thread;

use super::os::thread_id;

/// The thread that was unwinding from a panic when the handle was created, if it was.
///
/// A destructor that runs meanwhile, and creates and drops a handle, ends that handle in order.
#[derive(Debug)]
pub(super) struct Unwinding(Option<u32>);

impl Unwinding {
    pub(super) fn now() -> Self {
        Self(thread::panicking().then(thread_id::current))
    }

    /// Returns whether this thread is unwinding from a panic that began after the creation.
    pub(super) fn has_begun(&self) -> bool {
        thread::panicking() && self.0.is_none_or(|tid| tid != thread_id::current())
    }
}
