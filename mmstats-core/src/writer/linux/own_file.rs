//! Files whose locks belong to this process alone.

use std::fs::File;
use std::ops::Deref;
use std::os::fd::{AsRawFd, IntoRawFd};
use std::sync::atomic::AtomicI32;
use std::sync::atomic::Ordering::{AcqRel, Relaxed};

use crate::system;
use crate::writer::list::List;

/// The descriptors of all such files; -1 where there is none. Never shrinks.
static DESCRIPTORS: List<AtomicI32> = List::new();

const NONE: i32 = -1;

/// A file whose descriptor is closed in a forked child, which would hold on to its lock. It is
/// unlocked when it is dropped.
#[derive(Debug)]
pub(super) struct OwnFile {
    /// Always there, until it is dropped.
    file: Option<File>,
    place: &'static AtomicI32,
}

impl OwnFile {
    pub(super) fn new(file: File) -> Self {
        let descriptor = file.as_raw_fd();
        let taken =
            |place: &&AtomicI32| place.compare_exchange(NONE, descriptor, AcqRel, Relaxed).is_ok();
        let place = DESCRIPTORS.iter().find(taken);
        let place = place.unwrap_or_else(|| DESCRIPTORS.push(AtomicI32::new(descriptor)));
        Self { file: Some(file), place }
    }
}

impl Deref for OwnFile {
    type Target = File;

    fn deref(&self) -> &File {
        self.file.as_ref().expect("only `drop` takes it")
    }
}

impl Drop for OwnFile {
    fn drop(&mut self) {
        let Some(file) = self.file.take() else { return };
        if self.place.compare_exchange(file.as_raw_fd(), NONE, AcqRel, Relaxed).is_ok() {
            // A child that was forked by a system call, and has not called exec yet, shares the
            // lock and would keep holding it. A failure cannot be handled here.
            let _ = system::flock(&file, system::Lock::Unlock);
        } else {
            // This is a forked child, where it is closed and its number may be another file's.
            let _ = file.into_raw_fd();
        }
    }
}

/// Closes all of them, in a forked child.
pub(super) fn close_all() {
    for place in DESCRIPTORS.iter() {
        let descriptor = place.swap(NONE, AcqRel);
        if descriptor != NONE {
            // The kernel copies descriptors before memory: one that another thread has opened in
            // between is not open here, which is the only possible error.
            // SAFETY: it belongs to an `OwnFile`, which leaves it alone from now on.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            unsafe {
                libc::close(descriptor);
            }
        }
    }
}
