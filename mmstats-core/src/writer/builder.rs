#![forbid(unsafe_code)]

use std::fmt;
use std::path::{Path, PathBuf};

use super::checkpoint::{self, Checkpoint};
use super::extent::Extent;
use super::name::Name;
use super::publish::Published;
use super::shared::{Backing, Shared};
use super::template;
use super::{Mapped, MmStats};
use crate::error::{CreateError, CreateErrorKind};
use crate::field::{Constant, ConstantText, GaugeValue, Initial};
use crate::format::lane::LANE_HEADER_SIZE;
use crate::format::layout::Layout;
use crate::place;

/// Where a file is to lie, what it is called, and who may read it.
#[must_use = "nothing is created before `create`"]
pub struct Builder<S> {
    path: Option<PathBuf>,
    filename: Option<String>,
    label_prefix: String,
    mode: Option<u32>,
    checkpoint_to: Option<PathBuf>,
    remove_on_drop: bool,
    constants: Vec<SetConstant<S>>,
}

/// Stores the value of a constant.
type SetConstant<S> = Box<dyn Fn(&S)>;

impl<S: MmStats> Builder<S> {
    pub(super) fn new() -> Self {
        Self {
            path: None,
            filename: None,
            label_prefix: String::new(),
            mode: None,
            checkpoint_to: None,
            remove_on_drop: false,
            constants: Vec::new(),
        }
    }

    /// The directory, which must exist. `{CMD}`, `{PID}` and `{TID}` are replaced.
    ///
    /// Otherwise `MMSTATS_PATH`, and otherwise this user's own directory: in `/dev/shm` for root
    /// and services, in the temporary directory for others.
    pub fn path(mut self, path: impl AsRef<Path>) -> Self {
        self.path = Some(path.as_ref().to_owned());
        self
    }

    /// The name of the file. `{CMD}`, `{PID}` and `{TID}` are replaced.
    ///
    /// Otherwise `MMSTATS_FILES`, and otherwise `{CMD}-{PID}-{TID}.mmstats`. Tools look for names
    /// that end in `.mmstats`. Where a live writer has the name already, a number is put into
    /// one with placeholders, and one without is an error.
    pub fn filename(mut self, template: impl Into<String>) -> Self {
        self.filename = Some(template.into());
        self
    }

    /// What is put before each label, besides what the struct's own `prefix` says; also before
    /// `sys.pid` and the other facts from the header.
    pub fn label_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.label_prefix = prefix.into();
        self
    }

    /// Who may read the file, whatever the umask: `0o640`. The writer may always.
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Where a copy of the file is to be kept, on a disk, while the file itself lies in memory.
    ///
    /// Each time that the kernel writes a page of a mapped file back to a disk, the next store to it
    /// takes microseconds, and now and then waits for the disk. With a checkpoint nothing but [`flush`](Mapped::flush) meets the disk: it copies
    /// the file to this directory, where it takes the place of the copy before in one step, once it
    /// is on the disk; so do creation, [`close`](Mapped::close) and the drop of the last handle. A
    /// power cut loses what came after the last of them. In a copy, what belongs together is from
    /// one moment, also if other threads were writing.
    ///
    /// The directory must exist, and be another than the file's. `{CMD}`, `{PID}` and `{TID}` are
    /// replaced. Tools do not look there unless they are told to.
    /// ```no_run
    /// # use mmstats_core::{Builder, Mapped, MmStats};
    /// # fn create<Stats: MmStats>() -> Result<Mapped<Stats>, mmstats_core::CreateError> {
    /// Stats::builder().path("/dev/shm").checkpoint_to("/var/lib/mailer").create()
    /// # }
    /// ```
    pub fn checkpoint_to(mut self, path: impl AsRef<Path>) -> Self {
        self.checkpoint_to = Some(path.as_ref().to_owned());
        self
    }

    /// Deletes the file when the last handle is dropped, rather than leave it for inspection.
    pub fn remove_on_drop(mut self, remove: bool) -> Self {
        self.remove_on_drop = remove;
        self
    }

    /// Sets a [`Constant`] or a [`ConstantText`] to a value that is known at run time only.
    pub fn constant<C, V>(mut self, field: impl Fn(&S) -> &C + 'static, value: V) -> Self
    where
        C: SetOnce<V> + 'static,
        V: 'static,
    {
        self.constants.push(Box::new(move |stats| field(stats).set_once(&value)));
        self
    }

    /// Creates the file.
    ///
    /// # Errors
    /// If the file or its checkpoint cannot be made; see [`CreateErrorKind`] for the reasons. None is
    /// left behind.
    pub fn create(self) -> Result<Mapped<S>, CreateError> {
        let (file, first) = self.publish()?;
        if let Err(error) = file.checkpoint() {
            // Nobody has seen anything in it.
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

    /// As [`create`](Self::create), but falls back to memory that nobody else sees, so that a
    /// full disk cannot stop a service. [`Mapped::detached`] tells why. Without a checkpoint it goes
    /// on: each [`flush`](Mapped::flush) tries again.
    ///
    /// # Panics
    /// If the system has no memory for the struct either.
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

    /// Sets what a first lane starts with.
    fn prepare(&self, lane: &Extent<S>) {
        let stats = lane.stats();
        stats.initialise();
        for set in &self.constants {
            set(stats);
        }
    }

    fn layout(&self) -> Result<Layout, CreateErrorKind> {
        const { assert!(align_of::<S>() <= LANE_HEADER_SIZE, "aligned to at most 64 bytes") };
        let page = rustix::param::page_size() as u64;
        Layout::new(S::SCHEMA, &self.label_prefix, size_of::<S>(), page)
    }

    fn name(&self) -> Result<Name, CreateError> {
        let default = || place::filename_from_environment();
        let template = self.filename.clone().or_else(default);
        let template = template.as_deref().unwrap_or(place::DEFAULT_FILENAME);
        let filename =
            template::expand(template).map_err(|kind| CreateError::new(template, kind))?;
        let directory = self.directory()?;
        if Path::new(&filename).file_name() != Some(filename.as_ref()) {
            return Err(CreateError::new(directory, CreateErrorKind::NotAFileName(filename)));
        }
        Ok(Name { directory, numbered: filename != template, filename, mode: self.mode })
    }

    fn directory(&self) -> Result<PathBuf, CreateError> {
        match self.path.clone().or_else(place::path_from_environment) {
            Some(path) => expanded(path),
            None => place::user_directory(),
        }
    }

    /// The checkpoint of a file of this name, if there is to be one.
    fn checkpoint(&self, name: &Name) -> Result<Option<Checkpoint>, CreateError> {
        let Some(directory) = self.checkpoint_to.clone().map(expanded).transpose()? else {
            return Ok(None);
        };
        if checkpoint::is_same_directory(&directory, &name.directory) {
            return Err(CreateError::new(directory, CreateErrorKind::CheckpointInPlace));
        }
        Ok(Some(Checkpoint::new(Name { directory, ..name.clone() }, S::SCHEMA)))
    }
}

/// With what its placeholders stand for.
fn expanded(path: PathBuf) -> Result<PathBuf, CreateError> {
    // A path that is not UTF-8 has no placeholders that could be told.
    let Some(template) = path.to_str() else { return Ok(path) };
    let expanded = template::expand(template).map_err(|kind| CreateError::new(template, kind))?;
    Ok(expanded.into())
}

/// A field whose value is set at creation.
pub trait SetOnce<V> {
    /// Stores the value.
    #[doc(hidden)]
    fn set_once(&self, value: &V);
}

impl<T: GaugeValue> SetOnce<T> for Constant<T> {
    fn set_once(&self, value: &T) {
        self.set_initial(*value);
    }
}

impl<const N: usize, V: AsRef<str>> SetOnce<V> for ConstantText<N> {
    fn set_once(&self, value: &V) {
        self.set_initial(value.as_ref());
    }
}

impl<S> fmt::Debug for Builder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("path", &self.path)
            .field("filename", &self.filename)
            .finish_non_exhaustive()
    }
}
