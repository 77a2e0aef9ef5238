#![forbid(unsafe_code)]
//! Temporary files of creations that were killed before the file had its name.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::lock::{FileLock, Refusal};
use crate::format::MAGIC;

/// Creation takes milliseconds, and holds the lock for most of them.
const TOO_OLD_TO_BE_CREATED: Duration = Duration::from_mins(1);

/// A file under a temporary name, left by a creation that was killed. It is locked while this lives.
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
}

impl Leftover {
    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Deletes the file.
    ///
    /// # Errors
    /// If that is not allowed.
    pub fn remove(self) -> io::Result<()> {
        self.lock.remove()
    }

    /// Returns the file at this path, if it is a leftover.
    fn at(path: PathBuf) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        // A file that is just being created must not be locked by anyone else, not for a moment.
        if !is_temporary(name) || !is_old_file(&fs::symlink_metadata(&path).ok()?) {
            return None;
        }
        let lock = match FileLock::take(&path) {
            Ok(lock) => lock,
            Err(Refusal::Writer | Refusal::Moved | Refusal::Io(_)) => return None,
        };
        let found = lock.file().metadata().ok()?;
        let mut start = [0; MAGIC.len()];
        // During creation it is empty, then all zeros, and then has a header.
        let ours = found.len() == 0
            || lock.file().read_exact_at(&mut start, 0).is_ok()
                && (start == MAGIC || start == [0; MAGIC.len()]);
        (is_old_file(&found) && ours).then_some(Self { lock, path })
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

/// Returns whether it is a file that was not modified for longer than any creation takes.
fn is_old_file(found: &Metadata) -> bool {
    let age = found.modified().map(|at| SystemTime::now().duration_since(at).unwrap_or_default());
    found.is_file() && age.is_ok_and(|age| age > TOO_OLD_TO_BE_CREATED)
}

/// Returns whether `writer/temporary.rs` gives such names: `.0123456789abcdef.mmstats.tmp`.
fn is_temporary(name: &str) -> bool {
    let stem = name.strip_prefix('.').and_then(|name| name.strip_suffix(".mmstats.tmp"));
    stem.is_some_and(|random| {
        random.len() == 16 && random.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}
