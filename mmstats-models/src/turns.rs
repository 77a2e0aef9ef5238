//! Two threads of a forked child that open its file again open one, which both see.

use loom::cell::Cell;
use loom::sync::Arc;
use loom::sync::atomic::AtomicU32;
use loom::sync::atomic::Ordering::Relaxed;
use loom::thread;

use super::turn::Turn;

/// The generation of a child.
const CHILD: u32 = 1;

#[derive(Default)]
struct Handle {
    reopening: Turn,
    /// Whether it has a file. Without an order of its own: `reopening` has to see to that.
    files: AtomicU32,
    /// Loom objects to two threads that open it at once.
    opened: Cell<u32>,
}

impl Handle {
    /// Returns whether the file is there afterwards.
    fn reopen(&self) -> bool {
        let is_needed = || self.files.load(Relaxed) == 0;
        let opened = self.reopening.run(CHILD, is_needed, || {
            self.opened.set(self.opened.get() + 1);
            self.files.store(1, Relaxed);
        });
        opened.is_ok()
    }
}

#[test]
fn a_file_is_opened_once() {
    loom::model(|| {
        let handle = Arc::new(Handle::default());
        let threads = [(); 2].map(|()| {
            let handle = handle.clone();
            thread::spawn(move || handle.reopen())
        });
        let done = threads.map(|thread| thread.join().expect("no thread panics"));
        assert!(done.contains(&true), "both found the other one at it");
        assert_eq!((handle.opened.get(), handle.files.load(Relaxed)), (1, 1));
        assert!(handle.reopen(), "nobody is at it any more");
        assert_eq!(handle.opened.get(), 1);
    });
}

#[test]
fn a_child_does_not_wait_for_a_thread_of_its_parent() {
    loom::model(|| {
        let handle = Handle::default();
        let opened = handle.reopening.run(CHILD - 1, || true, || handle.reopen());
        assert!(matches!(opened, Ok(Some(true))), "forked while the parent was at it");
    });
}
