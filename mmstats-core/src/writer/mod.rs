//! Who writes: the handle that a program holds, and how its file comes to be.

mod builder;
mod checkpoint;
mod current;
mod extent;
mod lanes;
mod name;
mod publish;
mod shared;
mod stats;
mod task_timer;
mod template;
mod temporary;

use std::fmt;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::error::CreateError;
use crate::field::{Field, Timer};
use crate::schema::Merge;

pub use builder::{Builder, SetOnce};
pub use stats::MmStats;
pub use task_timer::TaskTimer;

use current::HandleId;
use shared::{Backing, Shared};

/// A mapped struct of statistics.
///
/// Dereferences to the calling thread's own copy of the struct, its *lane*: write to it from any
/// thread, without a lock. Clones share one file. Put it into a `static` if that is convenient.
///
/// In a hot loop `let stats = &*stats;` saves the look at whose thread this is, a comparison.
///
/// # Lanes
/// There are as many lanes as threads that write statistics at the same time. When a thread ends,
/// its lane stays, with all that is in it, and the next new thread goes on there: so nothing that
/// was counted is lost, and a program that starts many threads needs few lanes. It also means that
/// a thread may find in its lane what others left; totals ([`read`](Self::read), and all readers)
/// are right in any case.
///
/// A `&S` cannot reach another thread: the compiler says that `Cell<()>` cannot be shared between
/// threads safely. Share the handle instead, or a clone of it.
///
/// When the last clone is dropped the file says that its writer ended in order, and stays. Rust
/// does not drop what is in a `static`: such a file counts as `dead` afterwards, unless the program
/// calls [`close`](Self::close). A process that forks shares its lanes with its child, which should
/// create its own.
pub struct Mapped<S: MmStats> {
    id: HandleId,
    shared: Arc<Shared<S>>,
}

impl<S: MmStats> Mapped<S> {
    fn new(shared: Shared<S>) -> Self {
        Self { id: HandleId::new(), shared: Arc::new(shared) }
    }

    /// What all threads wrote to a field, merged, without a system call.
    ///
    /// A counter's total, the gauge that was set last, a timer's histogram over all threads.
    pub fn read<F: Field>(&self, field: impl Fn(&S) -> &F) -> F::Total {
        let merge = self.merge_of(&field);
        F::total(self.shared.all().map(field), merge)
    }

    /// Starts a timer whose guard may move to other threads, and records on whichever it ends:
    /// for async code.
    ///
    /// The guard borrows the handle: a task that is spawned takes a clone of it along.
    /// ```ignore
    /// let stats = stats.clone();
    /// tokio::spawn(async move {
    ///     let _timing = stats.time(|stats| &stats.request);
    ///     answer().await
    /// });
    /// ```
    #[must_use = "a guard that is dropped at once times nothing"]
    pub fn time<F, const N: usize>(&self, field: F) -> TaskTimer<'_, S, F, N>
    where
        F: Fn(&S) -> &Timer<N>,
    {
        TaskTimer::start(self, field)
    }

    /// Writes the file back to its disk, or makes a [checkpoint](Builder::checkpoint_to), and waits
    /// for it.
    ///
    /// Readers on this machine do not need it: they see each store at once, also after this
    /// process died. It is for what is to outlive the machine.
    ///
    /// # Errors
    /// If the disk cannot be written to.
    pub fn flush(&self) -> io::Result<()> {
        self.shared.flush(true)
    }

    /// As [`flush`](Self::flush), but does not wait; for a checkpoint it does, since one that is not
    /// on the disk must not take the place of the one before.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn flush_async(&self) -> io::Result<()> {
        self.shared.flush(false)
    }

    /// Flushes if the last time was `interval` ago, and tells whether it was; otherwise costs a
    /// look at the clock.
    ///
    /// # Errors
    /// As [`flush`](Self::flush).
    #[inline]
    pub fn flush_every(&self, interval: Duration) -> io::Result<bool> {
        self.shared.flush_every(interval)
    }

    /// Where the file is, unless the handle is [detached](Self::detached).
    pub fn path(&self) -> Option<&Path> {
        match &self.shared.backing {
            Backing::File(file) => Some(file.path()),
            Backing::Detached(_) => None,
        }
    }

    /// Where the latest [checkpoint](Builder::checkpoint_to) is, if there is one.
    pub fn checkpoint(&self) -> Option<PathBuf> {
        match &self.shared.backing {
            Backing::File(file) => file.checkpoint_path(),
            Backing::Detached(_) => None,
        }
    }

    /// Why there is no file, if there is none.
    pub fn detached(&self) -> Option<&CreateError> {
        match &self.shared.backing {
            Backing::File(_) => None,
            Backing::Detached(error) => Some(error),
        }
    }

    /// Deletes the file, and its [checkpoint](Builder::checkpoint_to). Statistics can still be written, and read in this process.
    ///
    /// # Errors
    /// If the file cannot be deleted. That it is gone already is none.
    pub fn remove(&self) -> io::Result<()> {
        match &self.shared.backing {
            Backing::File(file) => file.remove(),
            Backing::Detached(_) => Ok(()),
        }
    }

    /// Says in the file that the program ended in order, as dropping the last clone does.
    ///
    /// For handles that are never dropped, because they are in a `static`. What is written
    /// afterwards is still seen.
    pub fn close(&self) {
        self.shared.close();
    }

    /// How the schema merges the field: it is found by where it lies.
    fn merge_of<F: Field>(&self, field: impl Fn(&S) -> &F) -> Merge {
        let stats = self.shared.lane(0);
        let offset =
            std::ptr::from_ref(field(stats)).addr().wrapping_sub(std::ptr::from_ref(stats).addr());
        let entry = S::SCHEMA.iter().find(|entry| entry.offset == offset);
        entry.map_or(F::SHAPE.merge, |entry| entry.merge)
    }
}

impl<S: MmStats> Deref for Mapped<S> {
    type Target = S;

    /// The calling thread's own copy.
    #[inline]
    fn deref(&self) -> &S {
        current::stats(&self.shared, self.id)
    }
}

impl<S: MmStats> Clone for Mapped<S> {
    fn clone(&self) -> Self {
        Self { id: self.id, shared: self.shared.clone() }
    }
}

impl<S: MmStats> fmt::Debug for Mapped<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapped").field("path", &self.path()).finish_non_exhaustive()
    }
}
