#![forbid(unsafe_code)]

use std::fmt;
use std::path::{self, Path, PathBuf};

use super::Mapped;
use super::checkpoint::{self, Checkpoint};
use super::extent::Extent;
use super::handle::{Backing, Shared};
use super::name::Name;
use super::publish::Published;
use super::template;
use crate::error::{CreateError, CreateErrorKind};
use crate::format::lane::LANE_HEADER_SIZE;
use crate::format::layout::Layout;
use crate::kind::{Constant, ConstantText, Creation, GaugeValue, Initial, Sealed};
use crate::place;
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
    directory: Option<PathBuf>,
    file: Option<String>,
    prefix: String,
    mode: Option<u32>,
    checkpoint_to: Option<PathBuf>,
    remove_on_drop: bool,
    constants: Vec<SetConstant<S>>,
}

/// Stores the value of a constant.
type SetConstant<S> = Box<dyn Fn(&S, Creation) + Send + Sync>;

impl<S: Field> Builder<S> {
    pub(crate) fn new() -> Self {
        Self {
            directory: None,
            file: None,
            prefix: String::new(),
            mode: None,
            checkpoint_to: None,
            remove_on_drop: false,
            constants: Vec::new(),
        }
    }

    /// Sets the directory, which must exist. `{CMD}`, `{PID}` and `{TID}` are replaced.
    ///
    /// The default is `MMSTATS_PATH`, or else this user's own directory: in `/dev/shm` for root and
    /// services, in the temporary directory for others.
    pub fn directory(mut self, directory: impl AsRef<Path>) -> Self {
        self.directory = Some(directory.as_ref().to_owned());
        self
    }

    /// Sets the name of the file. `{CMD}`, `{PID}` and `{TID}` are replaced.
    ///
    /// The default is `MMSTATS_FILES`, or else `{CMD}-{PID}-{TID}.mmstats`. The tools look for
    /// names that end in `.mmstats`. If a live writer has the name, a name with placeholders gets
    /// a number, and one without is an error.
    pub fn file(mut self, template: impl Into<String>) -> Self {
        self.file = Some(template.into());
        self
    }

    /// Sets a prefix for all names, in front of the struct's own `prefix`. It also precedes
    /// `sys.pid` and the other facts from the header.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets the permissions of the file, such as `0o640`, whatever the umask. The writer always has
    /// access.
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
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
        self.checkpoint_to = Some(path.as_ref().to_owned());
        self
    }

    /// Deletes the file when the last handle is dropped, instead of leaving it for inspection.
    pub fn remove_on_drop(mut self, remove: bool) -> Self {
        self.remove_on_drop = remove;
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
    /// # let directory = tempfile::tempdir()?;
    /// let stats = Web::builder().directory(&directory).constant(|web| &web.port, 8080).create()?;
    /// assert_eq!(stats.port.get(), 8080);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
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
        self.constants
            .push(Box::new(move |stats, creation| field(stats).set_once(&value, creation)));
        self
    }

    /// Creates the file.
    ///
    /// # Errors
    /// If the file or its checkpoint cannot be created; see [`CreateErrorKind`] for the reasons. No
    /// file is left behind.
    pub fn create(self) -> Result<Mapped<S>, CreateError> {
        let (file, first) = self.publish()?;
        if let Err(error) = file.checkpoint() {
            // The first lane has no counts yet.
            let _ = file.remove();
            return Err(error);
        }
        Ok(Mapped::new(Shared::new(first, Backing::File(Box::new(file)))))
    }

    fn publish(&self) -> Result<(Published, Extent<S>), CreateError> {
        let name = self.name()?;
        let at = |kind| CreateError::new(name.directory.join(&name.filename), kind);
        let layout = self.layout().map_err(at)?;
        let checkpoint = self.checkpoint(&name)?;
        let prepare = |lane: &Extent<S>| self.prepare(lane);
        Published::create(&name, &layout, checkpoint, self.remove_on_drop, prepare)
    }

    /// Creates the file, or falls back to memory that no other process can see, so that a full disk
    /// cannot stop a service. [`Mapped::detached`] returns the reason. If only the checkpoint
    /// fails, each [`flush`](Mapped::flush) tries again.
    ///
    /// # Panics
    /// If there is no memory for the struct either.
    pub fn create_or_detached(self) -> Mapped<S> {
        let (first, backing) = match self.publish() {
            Ok((file, first)) => {
                let _ = file.checkpoint();
                (first, Backing::File(Box::new(file)))
            }
            Err(error) => {
                let first = Extent::anonymous(LANE_HEADER_SIZE + size_of::<S>());
                let first = first.expect("there is memory for the struct of statistics");
                self.prepare(&first);
                (first, Backing::Detached(error))
            }
        };
        Mapped::new(Shared::new(first, backing))
    }

    /// Stores the initial values of the first lane.
    fn prepare(&self, lane: &Extent<S>) {
        let (stats, creation) = (lane.stats(), Creation::new());
        stats.initialise(creation);
        for set in &self.constants {
            set(stats, creation);
        }
    }

    fn layout(&self) -> Result<Layout, CreateErrorKind> {
        const { assert!(align_of::<S>() <= LANE_HEADER_SIZE, "aligned to at most 64 bytes") };
        let page = rustix::param::page_size() as u64;
        Layout::new(&S::CONTENT, &self.prefix, size_of::<S>(), page)
    }

    fn name(&self) -> Result<Name, CreateError> {
        let default = || place::filename_from_environment();
        let template = self.file.clone().or_else(default);
        let template = template.as_deref().unwrap_or(place::DEFAULT_FILENAME);
        let filename =
            template::expand(template).map_err(|kind| CreateError::new(template, kind))?;
        let directory = self.resolve_directory()?;
        if Path::new(&filename).file_name() != Some(filename.as_ref()) {
            return Err(CreateError::new(directory, CreateErrorKind::NotAFileName(filename)));
        }
        Ok(Name { directory, numbered: filename != template, filename, mode: self.mode })
    }

    fn resolve_directory(&self) -> Result<PathBuf, CreateError> {
        match self.directory.clone().or_else(place::path_from_environment) {
            Some(path) => expanded(path),
            None => place::user_directory(),
        }
    }

    /// Returns the checkpoint for a file of this name, if one was requested.
    fn checkpoint(&self, name: &Name) -> Result<Option<Checkpoint>, CreateError> {
        let Some(directory) = self.checkpoint_to.clone().map(expanded).transpose()? else {
            return Ok(None);
        };
        if checkpoint::is_same_directory(&directory, &name.directory) {
            return Err(CreateError::new(directory, CreateErrorKind::CheckpointInPlace));
        }
        Ok(Some(Checkpoint::new(Name { directory, ..name.clone() }, &S::CONTENT)))
    }
}

/// Replaces the placeholders of a path, and makes it absolute: the program may change its directory.
fn expanded(path: PathBuf) -> Result<PathBuf, CreateError> {
    // The placeholders of a path that is not UTF-8 cannot be found.
    let expanded = match path.to_str().map(template::expand) {
        Some(Ok(expanded)) => expanded.into(),
        Some(Err(kind)) => return Err(CreateError::new(path, kind)),
        None => path,
    };
    path::absolute(&expanded).map_err(|error| {
        CreateError::new(expanded, CreateErrorKind::Io { doing: "find the current directory", error })
    })
}

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
/// # let directory = tempfile::tempdir()?;
/// let release = String::from("1.2.0"); // anything that is `AsRef<str>`
/// let stats =
///     Web::builder().directory(&directory).constant(|web| &web.release, release).create()?;
/// assert_eq!(stats.release.get(), "1.2.0");
/// # Ok::<(), Box<dyn std::error::Error>>(())
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
        f.debug_struct("Builder")
            .field("directory", &self.directory)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}
