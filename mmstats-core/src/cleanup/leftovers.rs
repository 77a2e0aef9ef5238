#![forbid(unsafe_code)]
//! Temporary files of creations and removals that were killed.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::lock::FileLock;
use crate::format::MAGIC;
use crate::naming::TEMPORARY;
use crate::reader::Reader;

/// Creation takes milliseconds.
const TOO_OLD_TO_BE_CREATED: Duration = Duration::from_secs(60);

/// A file under a temporary name, left by a creation or a removal that was killed. It is locked while
/// this lives, if nobody else locked it.
///
/// # Examples
/// ```
/// use mmstats::leftovers;
///
/// # use std::{fs::File, time::{Duration, SystemTime}};
/// # let directory = tempfile::tempdir()?;
/// let path = directory.path().join(".0123456789abcdef.mmstats.tmp");
/// # let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
/// # File::create(&path)?.set_modified(an_hour_ago)?;
/// for leftover in leftovers(directory.path())? {
///     assert_eq!(leftover.path(), path);
///     leftover.remove()?;
/// }
/// assert!(!path.exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Leftover {
    lock: FileLock,
    path: PathBuf,
    /// Its name before an interrupted removal.
    original: Option<PathBuf>,
}

impl Leftover {
    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path that the file had before a removal that was interrupted, if its writer may
    /// live: it should be given back with [`restore`](Self::restore).
    pub fn original(&self) -> Option<&Path> {
        self.original.as_deref()
    }

    /// Gives the file its original name back, unless another file has taken that.
    ///
    /// # Errors
    /// If that is not allowed.
    pub fn restore(self) -> io::Result<()> {
        match self.original.as_deref().and_then(Path::file_name) {
            Some(name) => self.lock.rename_to(name),
            None => Ok(()),
        }
    }

    /// Deletes the file.
    ///
    /// # Errors
    /// If that is not allowed.
    pub fn remove(self) -> io::Result<()> {
        self.lock.unlink()
    }

    /// Returns the file at this path, if it is a leftover.
    fn at(path: PathBuf) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let original = original(name)?;
        let being_created = original.is_empty();
        let found = fs::symlink_metadata(&path).ok()?;
        // A file that is just being created must not be locked by anyone else, not for a moment. One
        // that is just being removed may be: both processes do the same.
        if !found.is_file() || being_created && !is_old(&found) {
            return None;
        }
        let lock = FileLock::take(&path).ok()?;
        let found = lock.file().metadata().ok()?;
        if !being_created {
            let reader = Reader::open(&path).ok()?;
            let ended = reader.verdict(lock.is_refused()).ok()?.has_ended();
            let original = (!ended).then(|| path.with_file_name(original));
            return lock.is(reader.file()).ok()?.then_some(Self { lock, path, original });
        }
        let mut start = [0; MAGIC.len()];
        // During creation it is empty, then all zeros, and then has a header.
        let ours = found.len() == 0
            || lock.read_start(&mut start).is_ok() && (start == MAGIC || start == [0; MAGIC.len()]);
        (ours && is_old(&found) && !lock.is_refused()).then_some(Self {
            lock,
            path,
            original: None,
        })
    }
}

/// Finds the temporary files in a directory that nobody will finish, one by one.
///
/// # Errors
/// If the directory cannot be listed.
pub fn leftovers(directory: &Path) -> io::Result<impl Iterator<Item = Leftover>> {
    let entries = fs::read_dir(directory)?;
    Ok(entries.filter_map(|entry| Leftover::at(entry.ok()?.path())))
}

/// Returns whether the file was not modified for longer than any creation takes.
fn is_old(found: &Metadata) -> bool {
    let age = found.modified().map(|at| SystemTime::now().duration_since(at).unwrap_or_default());
    age.is_ok_and(|age| age > TOO_OLD_TO_BE_CREATED)
}

/// Returns the original name of a file that was about to be removed, and nothing for one that was
/// being created: `.job.mmstats.0123456789abcdef.mmstats.tmp` or `.0123456789abcdef.mmstats.tmp`.
/// `None` if it is neither.
fn original(name: &str) -> Option<&str> {
    let stem = name.strip_prefix('.')?.strip_suffix(TEMPORARY)?;
    let (original, random) = stem.rsplit_once('.').unwrap_or(("", stem));
    let is_random = random.len() == 16 && random.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_random.then_some(original)
}
