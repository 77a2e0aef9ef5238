#![forbid(unsafe_code)]
//! What a builder was told.

use std::fmt;
use std::path::PathBuf;

use super::extent::Extent;
use super::warning::Warning;
use crate::format::layout::lane_stride;
use crate::kind::Creation;
use crate::memory;
use crate::schema::Field;

pub(super) struct Settings<S> {
    pub(super) directory: Option<PathBuf>,
    pub(super) file: Option<String>,
    pub(super) prefix: String,
    pub(super) program: Option<String>,
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
            program: None,
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

    /// Stores the initial values of the first lane.
    pub(super) fn prepare(&self, lane: &Extent) {
        let (stats, creation): (&S, _) = (lane.stats(), Creation::new());
        stats.initialise(creation);
        for set in &self.initial {
            set(stats, creation);
        }
    }
}

pub(super) fn page_size() -> u64 {
    memory::page_size() as u64
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
