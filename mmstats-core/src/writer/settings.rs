#![forbid(unsafe_code)]
//! What a builder was told, and the creation of the file by it, also once more after a fork.

use std::fmt;
use std::path::PathBuf;

use super::checkpoint::{self, Checkpoint};
use super::extent::Extent;
use super::name::{Filename, Name};
use super::publish::Published;
use super::template;
use super::warning::Warning;
use crate::error::{CreateError, CreateErrorKind};
use crate::format::lane::LANE_HEADER_SIZE;
use crate::format::layout::{Layout, lane_stride};
use crate::kind::Creation;
use crate::place;
use crate::schema::Field;
use crate::system;

pub(super) struct Settings<S> {
    pub(super) directory: Option<PathBuf>,
    pub(super) file: Option<String>,
    pub(super) prefix: String,
    pub(super) mode: Option<u32>,
    pub(super) checkpoint_to: Option<PathBuf>,
    pub(super) remove_on_drop: bool,
    pub(super) unnamed: bool,
    pub(super) initial: Vec<SetInitial<S>>,
    pub(super) on_warning: Option<OnWarning>,
}

type OnWarning = Box<dyn Fn(&Warning<'_>) + Send + Sync>;

/// Stores initial values.
type SetInitial<S> = Box<dyn Fn(&S, Creation) + Send + Sync>;

impl<S> Default for Settings<S> {
    fn default() -> Self {
        Self {
            directory: None,
            file: None,
            prefix: String::new(),
            mode: None,
            checkpoint_to: None,
            remove_on_drop: false,
            unnamed: false,
            initial: Vec::new(),
            on_warning: None,
        }
    }
}

impl<S: Field> Settings<S> {
    pub(super) fn warn(&self, warning: &Warning<'_>) {
        match &self.on_warning {
            Some(report) => report(warning),
            None => warning.print_once(),
        }
    }

    /// Creates the file in the chosen directory, or in the first default directory where it can be,
    /// and lets `prepare` initialize its first lane.
    pub(super) fn publish(
        &self,
        prepare: &dyn Fn(&Extent),
    ) -> Result<(Published, Extent), CreateError> {
        let filename = Filename::from_template(self.file.as_deref())?;
        if self.unnamed {
            return self.publish_in("memfd:".into(), &filename, prepare);
        }
        if let Some(path) = self.directory.clone().or_else(place::path_from_environment) {
            return self.publish_in(template::expand_path(path)?, &filename, prepare);
        }
        let mut failed: Option<CreateError> = None;
        for place in place::default_places() {
            let published = place
                .prepare()
                .and_then(|directory| self.publish_in(directory, &filename, prepare));
            match published {
                Err(error) if error.is_of_directory() => {
                    failed = Some(match failed {
                        Some(first) => first.and(error),
                        None => error,
                    });
                }
                published => {
                    if let Some(error) = failed.filter(CreateError::is_of_unsafe_directory) {
                        self.warn(&Warning::PassedOver(&error));
                    }
                    return published;
                }
            }
        }
        Err(failed.expect("there are default places"))
    }

    fn publish_in(
        &self,
        directory: PathBuf,
        filename: &Filename,
        prepare: &dyn Fn(&Extent),
    ) -> Result<(Published, Extent), CreateError> {
        let (mode, unnamed) = (self.mode, self.unnamed);
        let name = Name { directory, filename: filename.clone(), mode, unnamed };
        let layout = self.layout().map_err(|kind| CreateError::new(name.path(), kind))?;
        let checkpoint = self.checkpoint(&name)?;
        Published::create(&name, &layout, checkpoint, self.remove_on_drop, prepare)
    }

    /// Stores the initial values of the first lane.
    pub(super) fn prepare(&self, lane: &Extent) {
        let (stats, creation): (&S, _) = (lane.stats(), Creation::new());
        stats.initialise(creation);
        for set in &self.initial {
            set(stats, creation);
        }
    }

    fn layout(&self) -> Result<Layout, CreateErrorKind> {
        const { assert!(align_of::<S>() <= LANE_HEADER_SIZE, "aligned to at most 64 bytes") };
        Layout::new(&S::CONTENT, &self.prefix, size_of::<S>(), page_size())
    }

    /// Returns the checkpoint for a file of this name, if one was requested.
    fn checkpoint(&self, name: &Name) -> Result<Option<Checkpoint>, CreateError> {
        let Some(directory) = self.checkpoint_to.clone().map(template::expand_path).transpose()?
        else {
            return Ok(None);
        };
        if checkpoint::is_same_directory(&directory, &name.directory) {
            return Err(CreateError::new(directory, CreateErrorKind::CheckpointInPlace));
        }
        Ok(Some(Checkpoint::new(Name { directory, unnamed: false, ..name.clone() }, &S::CONTENT)))
    }
}

fn page_size() -> u64 {
    system::page_size() as u64
}

/// Returns the size of a lane, in memory as in a file.
pub(super) fn lane_size<S>() -> usize {
    usize::try_from(lane_stride(size_of::<S>(), page_size())).unwrap_or(usize::MAX)
}

impl<S> fmt::Debug for Settings<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("directory", &self.directory)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}
