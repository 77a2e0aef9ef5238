#![forbid(unsafe_code)]
//! Takes the place of what a writer needs of Linux: it counts in memory, and no file is ever created.

use std::io;
use std::path::{Path, PathBuf};

use super::extent::Extent;
use super::settings::Settings;
use crate::error::{CreateError, CreateErrorKind};
use crate::format::FieldRecord;
use crate::format::header::StateWord;
use crate::schema::Field;

/// A file: there is none, and so nothing is ever done with one.
#[derive(Debug)]
pub(super) enum Published {}

impl<S: Field> Settings<S> {
    /// Fails.
    pub(super) fn publish(&self, _: &dyn Fn(&Extent)) -> Result<(Published, Extent), CreateError> {
        let directory = self.directory.clone().unwrap_or_default();
        let path = directory.join(self.file.as_deref().unwrap_or_default());
        Err(CreateError::new(path, CreateErrorKind::Unsupported))
    }
}

/// Does nothing: here, statistics are never in a file.
///
/// # Errors
/// None.
pub fn guard_against_truncation() -> io::Result<()> {
    Ok(())
}

pub(super) fn may_print(_: u64) -> bool {
    true
}

/// The methods of a file, none of which can be called.
macro_rules! never {
    ($(fn $name:ident($($type:ty),*) -> $result:ty;)*) => {
        impl Published {
            $(pub(super) fn $name(&self, $(_: $type),*) -> $result { match *self {} })*
        }
    };
}

never! {
    fn path() -> &Path;
    fn checkpoint_path() -> Option<PathBuf>;
    fn lane(usize) -> io::Result<Extent>;
    fn add_lane(usize) -> ();
    fn lose_lane() -> ();
    fn find_lane() -> ();
    fn restore_len() -> ();
    fn checkpoint() -> Result<bool, CreateError>;
    fn stamp_flush() -> io::Result<()>;
    fn notify() -> ();
    fn sync() -> io::Result<()>;
    fn remove() -> io::Result<()>;
    fn end(StateWord) -> ();
    fn leave() -> ();
}

impl Published {
    pub(super) fn declare(&self, _: impl FnOnce(u64) -> FieldRecord, _: &[u8]) -> io::Result<()> {
        match *self {}
    }
}

/// Forks are not noticed: a child has a copy of the memory, and no file to protect.
pub(super) mod fork {
    pub(in crate::writer) fn watch() {}

    pub(in crate::writer) fn notice() {}

    pub(in crate::writer) fn generation() -> u32 {
        0
    }
}

/// A signal handler must not be the first to count in its thread.
pub(super) mod signals {
    pub(in crate::writer) fn blocked<R>(work: impl FnOnce() -> R) -> R {
        work()
    }
}

pub(super) mod thread_end {
    use super::thread_id;
    use crate::writer::{registry, thread_slot};

    /// Returns the lanes of its thread when that ends.
    struct End;

    thread_local! {
        static END: End = const { End };
    }

    impl Drop for End {
        fn drop(&mut self) {
            thread_slot::forget();
            registry::visit(|lanes| lanes.release(thread_id::current()));
        }
    }

    pub(in crate::writer) fn prepare() {}

    pub(in crate::writer) fn watch() {
        // After the first use of the thread's id: destructors run in the reverse order on systems
        // where that matters.
        // A thread that has run its destructors keeps its lane.
        let _ = END.try_with(|_| ());
    }
}

pub(super) mod thread_id {
    use std::cell::Cell;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    /// Returns a number that no other thread of this process has.
    pub(in crate::writer) fn current() -> u32 {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        thread_local! {
            static ID: Cell<u32> = const { Cell::new(0) };
        }
        if ID.get() == 0 {
            // Relaxed: the numbers only have to differ.
            ID.set(NEXT.fetch_add(1, Relaxed));
        }
        ID.get()
    }

    /// Returns true: each thread returns its lanes.
    pub(in crate::writer) fn exists(_: u32) -> bool {
        true
    }
}
