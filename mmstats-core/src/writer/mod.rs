//! The writer: the handle that a program holds, and the creation of its file.

mod builder;
mod detached;
mod extent;
mod handle;
mod lane;
mod lanes;
mod list;
#[cfg_attr(
    any(not(target_os = "linux"), target_endian = "big", mmstats_detached, miri),
    path = "elsewhere.rs"
)]
#[cfg_attr(
    not(any(not(target_os = "linux"), target_endian = "big", mmstats_detached, miri)),
    path = "linux/mod.rs"
)]
mod os;
mod ownership;
mod parts;
mod registry;
mod run_time;
mod segments;
mod settings;
mod task_timer;
mod thread_slot;
mod turn;
mod unwinding;
mod visits;
mod warning;

use std::fmt;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::error::{CreateError, FlushError};
use crate::kind::{Bits, Precision, Statistic, Timer};
use crate::schema::{DynFamily, FamilyTotals, Field, Group, GroupTotals, MmStats, merge_of};

pub use builder::{Builder, SetOnce};
pub use detached::Detached;
pub use os::guard_against_truncation;
pub use run_time::{Declaration, Declared, Registry, RunTime};
pub use task_timer::TaskTimer;
pub use warning::Warning;

use handle::Shared;
use thread_slot::HandleId;

/// A mapped struct of statistics.
///
/// It dereferences to the calling thread's own copy of the struct, its *lane*: write to it from any
/// thread, without a lock. Clones share one file. Put it into a `static` if that is convenient.
///
/// In a hot loop, `let stats = &*stats;` saves the comparison that finds the thread's lane.
///
/// # Examples
/// ```
/// use mmstats::{Counter, MmStats};
///
/// #[derive(MmStats)]
/// struct Job {
///     done: Counter,
/// }
///
/// # let directory = tempfile::tempdir()?;
/// let stats = Job::builder().directory(&directory).create()?;
/// stats.done.inc();
/// std::thread::scope(|scope| {
///     scope.spawn(|| stats.done.add(2)); // in the lane of that thread
/// });
/// assert_eq!((stats.done.local(), stats.total(|job| &job.done)), (1, 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Lanes
/// There are as many lanes as threads that write statistics at the same time. When a thread ends,
/// its lane keeps its counts, and the next new thread continues in it. So nothing is lost,
/// and a program that starts many threads needs few lanes. It also means that a thread may find the
/// counts of another one in its lane; totals ([`total`](Self::total), and all readers) are always
/// right.
///
/// A `&S` cannot reach another thread: the compiler says that `Cell<()>` cannot be shared between
/// threads safely. Share the handle instead, or a clone of it.
///
/// When the last clone is dropped, the file is marked as closed, and stays; or as panicked, if the
/// thread that drops it is unwinding from a panic, unless the handle was created during that by a
/// destructor. A handle that is older than the panic is marked as panicked even if a destructor
/// drops it on purpose. Rust does not drop statics: the file of a handle in a `static` counts as
/// `dead` afterwards, unless the program calls [`close`](Self::close).
///
/// # Fork
/// A forked child is [detached](Self::detached): nothing that it does changes, closes or removes
/// its parent's file, or waits for a thread that does not exist in it. It counts from zero in memory,
/// as fast as before, and keeps constants, gauges, texts and the guards of the thread that forked.
/// [`reopen`](Self::reopen) gives it a file of its own. A daemon calls that, or creates its
/// statistics, after its last `fork`.
///
/// A child that a program makes by the system call itself is detached when it first calls one of
/// these methods, drops a handle, or has a new thread count; until then its main thread still counts
/// in the parent's file. A child that shares its parent's memory, as after `vfork`, is the parent.
pub struct Mapped<S: Field> {
    id: HandleId,
    shared: Arc<Shared<S>>,
}

impl<S: Field> Mapped<S> {
    fn new(shared: Shared<S>) -> Self {
        Self { id: HandleId::new(shared.core.number()), shared: Arc::new(shared) }
    }

    /// Returns the value of a statistic over all threads, without a system call.
    ///
    /// That is the sum of a counter, the latest value of a gauge, the merged buckets of a histogram.
    pub fn total<F: Statistic>(&self, field: impl Fn(&S) -> &F) -> F::Total {
        let merge = merge_of(self.shared.first(), field(self.shared.first()));
        F::total(self.shared.all().map(field), merge)
    }

    /// Returns the statistics of a group over all threads: of each update, all or nothing.
    ///
    /// It copies the group of each thread, and waits up to 10 milliseconds for an update to end.
    /// ```
    /// # use mmstats::{Counter, Group, MmStats};
    /// # #[derive(MmStats)]
    /// # struct Trade { count: Counter, volume: Counter }
    /// # #[derive(MmStats)]
    /// # struct Market { trades: Group<Trade> }
    /// # let market = Market::detached();
    /// market.trades.update(|trade| {
    ///     trade.count.inc();
    ///     trade.volume.add(250);
    /// });
    /// let trades = market.group(|market| &market.trades);
    /// assert_eq!((trades.total(|trade| &trade.count), trades.total(|trade| &trade.volume)), (1, 250));
    /// ```
    pub fn group<G: MmStats>(&self, group: impl Fn(&S) -> &Group<G>) -> GroupTotals<G> {
        GroupTotals::of(self.shared.all().map(group))
    }

    /// Returns a family whose keys are known at run time over all threads.
    /// ```
    /// # use mmstats::{Counter, DynFamily, MmStats};
    /// # #[derive(MmStats)]
    /// # struct Web {
    /// #     #[mmstats(key = "tenant")]
    /// #     requests: DynFamily<Counter, 64>,
    /// # }
    /// # let web = Web::detached();
    /// web.requests.of("acme").add(3);
    /// let requests = web.family(|web| &web.requests);
    /// assert_eq!(requests.total("acme", |requests| requests), Some(3));
    /// assert_eq!(requests.overflow(), 0);
    /// ```
    pub fn family<F: Field, const N: usize, const K: usize, const LABELS: usize>(
        &self,
        family: impl Fn(&S) -> &DynFamily<F, N, K, LABELS>,
    ) -> FamilyTotals<'_, S, F, N, K, LABELS> {
        FamilyTotals::of(self.shared.first(), self.shared.all().map(family))
    }

    /// Starts a timer whose guard may move to other threads, and records on the one where it ends:
    /// for async code.
    ///
    /// The guard borrows the handle; a spawned task takes a clone of it.
    /// ```
    /// # use mmstats::{MmStats, Timer};
    /// # #[derive(MmStats)]
    /// # struct Web { answer: Timer }
    /// # async fn answer() {}
    /// # fn spawn(_: impl Future<Output = ()> + Send + 'static) {}
    /// # let stats = Web::detached();
    /// let stats = stats.clone();
    /// spawn(async move {
    ///     let _timing = stats.start(|web| &web.answer);
    ///     answer().await
    /// });
    /// ```
    pub fn start<F, const N: usize, const B: u8>(&self, field: F) -> TaskTimer<&Self, S, N, B, F>
    where
        F: Fn(&S) -> &Timer<N, B>,
        Bits<B>: Precision,
    {
        TaskTimer::start(self, field)
    }

    /// Starts a timer whose guard owns a clone of the handle, and so can be stored anywhere, even
    /// beside the handle.
    pub fn start_owned<const N: usize, const B: u8>(
        &self,
        field: fn(&S) -> &Timer<N, B>,
    ) -> TaskTimer<Self, S, N, B>
    where
        Bits<B>: Precision,
    {
        TaskTimer::start(self.clone(), field)
    }

    /// Writes the file back to its disk, or makes a [checkpoint](Builder::checkpoint_to), and waits
    /// until that is done.
    ///
    /// Readers on this machine do not need it: they see each store at once, even after this process
    /// died. It is for statistics that must outlive the machine.
    ///
    /// # Errors
    /// If the disk cannot be written to.
    pub fn flush(&self) -> Result<(), FlushError> {
        self.shared.core.flush(true)
    }

    /// Does what [`flush`](Self::flush) does without waiting, except for a checkpoint: one that is
    /// not on the disk must not replace the previous one.
    ///
    /// # Errors
    /// If a system call fails.
    pub fn flush_async(&self) -> Result<(), FlushError> {
        self.shared.core.flush(false)
    }

    /// Flushes if the last flush by this method was `interval` ago, and returns whether it did.
    /// Otherwise it costs one read of the clock.
    ///
    /// # Errors
    /// See [`flush`](Self::flush).
    #[inline]
    pub fn flush_every(&self, interval: Duration) -> Result<bool, FlushError> {
        self.shared.core.flush_every(interval)
    }

    /// Wakes the readers that [wait for a change](crate::Reader::wait_for_change) of this file.
    ///
    /// They see each store anyway, but the kernel does not report it to them: without this, they
    /// notice it within a tenth of a second. It is a system call, which takes well below a
    /// microsecond, and sets the file's time of modification; nothing else in the crate needs it.
    pub fn notify(&self) {
        if let Some(file) = self.shared.core.file() {
            file.notify();
        }
    }

    /// Returns the absolute path of the file; `None` if the handle is [detached](Self::detached).
    pub fn path(&self) -> Option<&Path> {
        self.shared.core.path()
    }

    /// Returns the path of the latest [checkpoint](Builder::checkpoint_to), if there is one.
    pub fn checkpoint(&self) -> Option<PathBuf> {
        self.shared.core.checkpoint_path()
    }

    /// Returns why there is no file, if there is none.
    pub fn detached(&self) -> Option<&Detached> {
        self.shared.core.detached()
    }

    /// Creates a file for statistics that have none, because this process was forked or because
    /// [`create_or_detached`](Builder::create_or_detached) could not create one, with what was
    /// counted so far. All clones share it. If there is a file, this does nothing.
    ///
    /// The file is created by the settings of the [`Builder`], so `{PID}` is that of this process.
    /// Call it before the process starts other threads: what they have counted in the meantime is in
    /// the file only when their lanes are claimed again, after they ended.
    /// ```
    /// # use mmstats::{Counter, MmStats};
    /// # #[derive(MmStats)]
    /// # struct Web { requests: Counter }
    /// # let directory = tempfile::tempdir()?;
    /// let places = directory.path().join("later");
    /// let stats = Web::builder().directory(&places).create_or_detached();
    /// stats.requests.inc();
    /// std::fs::create_dir(&places)?;
    /// stats.reopen()?;
    /// assert!(stats.path().is_some_and(|path| path.starts_with(&places)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`create`](Builder::create). The statistics stay in memory then.
    pub fn reopen(&self) -> Result<(), CreateError> {
        self.shared.reopen()
    }

    /// Deletes the file and its [checkpoint](Builder::checkpoint_to). Statistics can still be
    /// written, and read in this process.
    ///
    /// # Errors
    /// If the file cannot be deleted. It is no error if it is gone already.
    pub fn remove(&self) -> io::Result<()> {
        self.shared.core.remove()
    }

    /// Marks the file as closed, as dropping the last clone does.
    ///
    /// It is for handles that are never dropped, because they are in a `static`. Readers still see
    /// what is written afterwards.
    pub fn close(&self) {
        self.shared.core.close();
    }
}

impl<S: Field> Deref for Mapped<S> {
    type Target = S;

    /// Returns the calling thread's own copy.
    #[inline]
    fn deref(&self) -> &S {
        thread_slot::stats(&self.shared.core, &self.id)
    }
}

impl<S: Field> Clone for Mapped<S> {
    fn clone(&self) -> Self {
        Self { id: self.id, shared: self.shared.clone() }
    }
}

/// Shows where the statistics are: the path of the file, or why there is none.
impl<S: Field> fmt::Display for Mapped<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.path(), self.detached()) {
            (Some(path), _) => path.display().fmt(f),
            (None, Some(why)) => write!(f, "no file: {why}"),
            (None, None) => Ok(()),
        }
    }
}

impl<S: Field> fmt::Debug for Mapped<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapped").field("path", &self.path()).finish_non_exhaustive()
    }
}
