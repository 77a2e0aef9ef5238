#![forbid(unsafe_code)]

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{ReadError, ReadErrorKind};

/// The files that a [`Follower`](crate::Follower) looks at, and whether these are all there are.
///
/// # Examples
/// ```
/// use mmstats::{Follower, Listing};
/// # use mmstats::{Counter, MmStats};
///
/// # #[derive(MmStats)]
/// # struct Job { done: Counter }
/// # let directory = tempfile::tempdir()?;
/// # let job = Job::builder().directory(&directory).file("job.mmstats").create()?;
/// # let directory = directory.path();
/// // A file that has to exist, and all files of a directory.
/// let listing = Listing::of(["/nowhere/web.mmstats"]).and(Listing::of_directories([directory]));
/// let sightings = Follower::new().look(listing);
/// assert!(sightings[0].error().is_some_and(|error| error.is_not_found()));
/// assert_eq!(Some(sightings[1].path()), job.path());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Listing {
    pub(super) paths: Vec<Listed>,
    incomplete: bool,
    errors: Vec<ReadError>,
}

#[derive(Debug)]
pub(super) struct Listed {
    pub(super) path: PathBuf,
    /// Whether its absence is an error.
    pub(super) expected: bool,
}

impl Listing {
    /// Lists files that are expected to exist: if one does not, the follower reports an error.
    pub fn of<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>) -> Self {
        Self::new(paths, true)
    }

    /// Lists files that were found a moment ago, and may have been deleted since.
    pub fn found<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>) -> Self {
        Self::new(paths, false)
    }

    /// Lists all `*.mmstats` of these directories, sorted by path.
    ///
    /// A directory that does not exist is empty. The listing is incomplete if a directory cannot
    /// be read; [`errors`](Self::errors) returns the reasons.
    pub fn of_directories<P: AsRef<Path>>(directories: impl IntoIterator<Item = P>) -> Self {
        let (mut paths, mut errors) = (Vec::new(), Vec::new());
        for directory in directories {
            let directory = directory.as_ref();
            match list(directory, &mut paths) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    let kind = ReadErrorKind::Io { doing: "list it", error };
                    errors.push(ReadError::new(directory, kind));
                }
                _ => {}
            }
        }
        paths.sort();
        Self { errors, ..Self::found(paths) }
    }

    fn new<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>, expected: bool) -> Self {
        let paths = paths.into_iter().map(|path| Listed { path: path.into(), expected });
        Self { paths: paths.collect(), ..Self::default() }
    }

    /// Appends the files of another listing. Both have to be complete for the whole to be.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.paths.extend(other.paths);
        self.errors.extend(other.errors);
        self.incomplete |= other.incomplete;
        self
    }

    /// Marks the listing as incomplete: the follower assumes that files which are not listed may
    /// still exist.
    #[must_use]
    pub fn incomplete(mut self) -> Self {
        self.incomplete = true;
        self
    }

    /// Returns whether all files are listed, so that others do not exist.
    pub fn is_complete(&self) -> bool {
        !self.incomplete && self.errors.is_empty()
    }

    /// Returns why directories could not be listed.
    pub fn errors(&self) -> &[ReadError] {
        &self.errors
    }
}

fn list(directory: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("mmstats")) {
            paths.push(path);
        }
    }
    Ok(())
}
