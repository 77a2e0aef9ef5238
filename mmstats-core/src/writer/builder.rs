#![forbid(unsafe_code)]

use std::fmt;
use std::io;
use std::path::{self, Path, PathBuf};

use super::Mapped;
use super::detached::Detached;
use super::extent::Extent;
use super::handle::Shared;
use super::os::Published;
use super::parts::Parts;
use super::settings::{Settings, lane_size};
use super::warning::Warning;
use crate::error::{CreateError, CreateErrorKind};
use crate::kind::{Constant, ConstantText, Creation, GaugeValue, Initial, Sealed};
use crate::memory;
use crate::schema::Field;

/// Chooses the directory and name of a file, who may read it, and the values of constants.
///
/// # Examples
/// ```
/// use mmstats::MmStats;
/// # use mmstats::Counter;
/// # #[derive(MmStats)]
/// # struct Web { requests: Counter }
///
/// # let directory = tempfile::tempdir()?;
/// let stats = Web::builder()
///     .directory(&directory)
///     .file("web-{PID}.mmstats")
///     .mode(0o640)
///     .create()?;
/// let name = format!("web-{}.mmstats", std::process::id());
/// assert_eq!(stats.path(), Some(directory.path().join(name).as_path()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing is created before `create`"]
pub struct Builder<S> {
    settings: Settings<S>,
}

impl<S: Field> Builder<S> {
    pub(crate) fn new() -> Self {
        Self { settings: Settings::default() }
    }

    /// Sets the directory, which must exist. `{CMD}`, `{PID}` and `{TID}` are replaced.
    ///
    /// The default is `MMSTATS_PATH`. If that is not set, these are tried in order, and the first
    /// one that is safe and has room is taken: the directories in `RUNTIME_DIRECTORY`, which systemd
    /// sets for a service with `RuntimeDirectory=`; for root and services this user's own directory
    /// in `/dev/shm`, then that in the temporary directory; for others that in the temporary
    /// directory, then that in `/dev/shm`. [`Mapped::path`] shows where the file is.
    ///
    /// A relative path is resolved now: the program may change its directory later.
    pub fn directory(mut self, directory: impl AsRef<Path>) -> Self {
        self.settings.directory = Some(absolute(directory.as_ref()));
        self
    }

    /// Sets the name of the file. `{CMD}`, `{PID}` and `{TID}` are replaced.
    ///
    /// The default is `MMSTATS_FILES`, or else `{CMD}-{PID}-{TID}.mmstats`. It has to end in
    /// `.mmstats`, by which the tools find it. If a live writer has the name, a name with placeholders
    /// gets a number, and one without is an error.
    pub fn file(mut self, template: impl Into<String>) -> Self {
        self.settings.file = Some(template.into());
        self
    }

    /// Sets a prefix for all names, in front of the struct's own `prefix`. It also precedes
    /// `sys.pid` and the other facts from the header.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.settings.prefix = prefix.into();
        self
    }

    /// Sets the name of the program for those who read the file, of which the first 64 bytes are
    /// stored; the default is the name under which it was started.
    ///
    /// The processes of a program are one series for Prometheus: set it where several programs are
    /// started under one name, such as that of an interpreter, or one under several.
    /// ```
    /// # use mmstats::{Counter, MmStats, Reader};
    /// # #[derive(MmStats)]
    /// # struct Mailer { sent: Counter }
    /// # let directory = tempfile::tempdir()?;
    /// let stats = Mailer::builder().directory(&directory).program("mailer").create()?;
    /// # let path = stats.path().ok_or("no file")?;
    /// let snapshot = Reader::open(path)?.snapshot()?;
    /// assert_eq!(snapshot.writer().command(), Some("mailer"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn program(mut self, name: impl Into<String>) -> Self {
        self.settings.program = Some(name.into());
        self
    }

    /// Sets the permissions of the file, such as `0o640`, whatever the umask. The writer always has
    /// access.
    pub fn mode(mut self, mode: u32) -> Self {
        self.settings.mode = Some(mode);
        self
    }

    /// Keeps a copy of the file in this directory, on a disk, while the file itself is in memory.
    ///
    /// Each time the kernel writes a page of a mapped file back to a disk, the next store to it
    /// takes microseconds, and sometimes waits for the disk. With a checkpoint, only
    /// [`flush`](Mapped::flush) accesses the disk. It copies the file to this directory and, once
    /// the copy is on the disk, replaces the previous one in one step. So do creation,
    /// [`close`](Mapped::close) and the drop of the last handle. A power cut loses what came after
    /// the last of these. Each value in a copy is consistent, even if other threads were writing.
    ///
    /// The directory must exist, and be a different one from the file's. `{CMD}`, `{PID}` and
    /// `{TID}` are replaced. The tools do not search this directory unless it is named.
    /// ```
    /// # use mmstats::{Counter, MmStats};
    /// # #[derive(MmStats)]
    /// # struct Mailer { sent: Counter }
    /// # let (memory, disk) = (tempfile::tempdir()?, tempfile::tempdir()?);
    /// let stats = Mailer::builder().directory(&memory).checkpoint_to(&disk).create()?;
    /// stats.sent.inc();
    /// stats.flush()?;
    /// assert!(stats.checkpoint().is_some_and(|path| path.starts_with(&disk)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn checkpoint_to(mut self, path: impl AsRef<Path>) -> Self {
        self.settings.checkpoint_to = Some(absolute(path.as_ref()));
        self
    }

    /// Deletes the file when the last handle is dropped, instead of leaving it for inspection.
    pub fn remove_on_drop(mut self, remove: bool) -> Self {
        self.settings.remove_on_drop = remove;
        self
    }

    /// Keeps the file in memory, without a name in any directory, and protects it against truncation.
    ///
    /// Nobody can truncate it, not even this user, and no disk can stall its writer or fill up. Only
    /// this user and root can read it, at the path `/proc/PID/fd/N`, which [`Mapped::path`] returns;
    /// the tools do not find it unless it is named. It vanishes with its process, so there is nothing
    /// to remove, and nothing to inspect after a crash, unless there is a
    /// [checkpoint](Self::checkpoint_to). The directory and the name of the file are not used, except
    /// that the checkpoint has this name.
    /// ```
    /// # use mmstats::{Counter, MmStats, Reader};
    /// # #[derive(MmStats)]
    /// # struct Mailer { sent: Counter }
    /// let stats = Mailer::builder().unnamed().create()?;
    /// let path = stats.path().ok_or("no file")?;
    /// assert!(path.starts_with("/proc"));
    /// assert!(std::fs::File::options().write(true).open(path)?.set_len(0).is_err());
    /// assert_eq!(Reader::open(path)?.snapshot()?.writer().pid(), Some(std::process::id()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unnamed(mut self) -> Self {
        self.settings.unnamed = true;
        self
    }

    /// Receives what went wrong during a creation that did not fail, in place of a line on standard
    /// error.
    /// ```
    /// # use mmstats::{Counter, MmStats};
    /// # #[derive(MmStats)]
    /// # struct Mailer { sent: Counter }
    /// # mod log { pub fn warn(_: String) {} }
    /// let builder = Mailer::builder().directory("/nowhere");
    /// let stats = builder.on_warning(|warning| log::warn(warning.to_string())).create_or_detached();
    /// stats.sent.inc();
    /// ```
    pub fn on_warning(mut self, report: impl Fn(&Warning<'_>) + Send + Sync + 'static) -> Self {
        self.settings.on_warning = Some(Box::new(report));
        self
    }

    /// Sets a [`Constant`] or a [`ConstantText`] to a value that is known only at run time.
    /// ```
    /// use mmstats::{Constant, MmStats};
    ///
    /// #[derive(MmStats)]
    /// struct Web {
    ///     port: Constant<u16>,
    /// }
    ///
    /// let stats = Web::builder().constant(|web| &web.port, 8080).detached();
    /// assert_eq!(stats.port.get(), 8080);
    /// ```
    pub fn constant<C, V>(
        mut self,
        field: impl Fn(&S) -> &C + Send + Sync + 'static,
        value: V,
    ) -> Self
    where
        C: SetOnce<V> + 'static,
        V: Send + Sync + 'static,
    {
        self.settings
            .initial
            .push(Box::new(move |stats, creation| field(stats).set_once(&value, creation)));
        self
    }

    /// Writes to the statistics before the file has its name, so that a reader never sees the file
    /// without these values.
    /// ```
    /// use mmstats::{MmStats, Progress};
    ///
    /// #[derive(MmStats)]
    /// struct Job {
    ///     users: Progress,
    /// }
    ///
    /// # let directory = tempfile::tempdir()?;
    /// let (total, done_before) = (20_000, 1_047); // known at run time only
    /// let stats = Job::builder()
    ///     .directory(&directory)
    ///     .initially(move |job: &Job| {
    ///         job.users.set_total(total);
    ///         job.users.set_done_before(done_before);
    ///     })
    ///     .create()?;
    /// assert_eq!(stats.users.local().done_in_all(), 1_047);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn initially(mut self, write: impl Fn(&S) + Send + Sync + 'static) -> Self {
        self.settings.initial.push(Box::new(move |stats, _| write(stats)));
        self
    }

    /// Creates the file.
    ///
    /// # Errors
    /// If the file or its checkpoint cannot be created; see [`CreateErrorKind`] for the reasons. No
    /// file is left behind.
    pub fn create(self) -> Result<Mapped<S>, CreateError> {
        let (file, first) = self.settings.publish(&|lane| self.settings.prepare(lane))?;
        if let Err(error) = file.checkpoint() {
            // The first lane has no counts yet.
            let _ = file.remove();
            return Err(error);
        }
        let path = file.path().to_owned();
        let failed =
            |error| CreateError::new(path, CreateErrorKind::Io { doing: "map memory", error });
        self.mapped(first, Ok(file)).map_err(failed)
    }

    /// Creates the file, or falls back to memory that no other process can see, so that a full disk
    /// cannot stop a service. [`Mapped::detached`] returns the reason, and the first time in a
    /// process it is one line on standard error, unless [`on_warning`](Self::on_warning) receives
    /// it. If only the checkpoint fails, each [`flush`](Mapped::flush) tries again.
    ///
    /// # Panics
    /// If there is no memory for the struct either.
    pub fn create_or_detached(self) -> Mapped<S> {
        match self.settings.publish(&|lane| self.settings.prepare(lane)) {
            Ok((file, first)) => {
                if let Err(error) = file.checkpoint() {
                    self.settings.warn(&Warning::NoCheckpoint(&error));
                }
                self.mapped(first, Ok(file)).expect(NO_MEMORY)
            }
            Err(error) => {
                self.settings.warn(&Warning::Detached(&error));
                self.in_memory(Detached::Failed(error))
            }
        }
    }

    /// Keeps the statistics in memory that no other process can see, and creates no file: for tests,
    /// and for programs whose user turned statistics off.
    ///
    /// # Panics
    /// If there is no memory for the struct.
    ///
    /// # Examples
    /// ```
    /// use mmstats::{Constant, Counter, MmStats};
    ///
    /// #[derive(MmStats)]
    /// struct Job {
    ///     done: Counter,
    ///     total: Constant<u64>,
    /// }
    ///
    /// let job = Job::builder().constant(|job| &job.total, 3).detached();
    /// job.done.inc();
    /// assert_eq!((job.total(|job| &job.done), job.total.get(), job.path()), (1, 3, None));
    /// ```
    pub fn detached(self) -> Mapped<S> {
        self.in_memory(Detached::OnPurpose)
    }

    fn in_memory(self, why: Detached) -> Mapped<S> {
        let parts = Parts::of(&S::CONTENT, lane_size::<S>(), memory::page_size());
        let first = Extent::anonymous(lane_size::<S>(), &parts).expect(NO_MEMORY);
        self.settings.prepare(&first);
        self.mapped(first, Err(why)).expect(NO_MEMORY)
    }

    fn mapped(self, first: Extent, file: Result<Published, Detached>) -> io::Result<Mapped<S>> {
        Ok(Mapped::new(Shared::new(self.settings, first, file, lane_size::<S>())?))
    }
}

/// Resolves a path now: the program may change its directory, and open its file again after that.
fn absolute(path: &Path) -> PathBuf {
    // If it cannot be resolved, creation says so.
    path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

const NO_MEMORY: &str = "there is memory for the struct of statistics";

/// A statistic whose value is set at creation, through [`Builder::constant`].
///
/// # Examples
/// ```
/// use mmstats::{ConstantText, MmStats};
///
/// #[derive(MmStats)]
/// struct Web {
///     release: ConstantText<32>,
/// }
///
/// let release = String::from("1.2.0"); // anything that is `AsRef<str>`
/// let stats =
///     Web::builder().constant(|web| &web.release, release).detached();
/// assert_eq!(stats.release.get(), "1.2.0");
/// ```
pub trait SetOnce<V>: Sealed {
    /// Stores the value.
    #[doc(hidden)]
    fn set_once(&self, value: &V, creation: Creation);
}

impl<T: GaugeValue> SetOnce<T> for Constant<T> {
    fn set_once(&self, value: &T, creation: Creation) {
        self.set_initial(*value, creation);
    }
}

impl<const N: usize, V: AsRef<str>> SetOnce<V> for ConstantText<N> {
    fn set_once(&self, value: &V, creation: Creation) {
        self.set_initial(value.as_ref(), creation);
    }
}

impl<S> fmt::Debug for Builder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}
