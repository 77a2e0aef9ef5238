#![forbid(unsafe_code)]
//! Temporary files of creations that were killed before the file had its name.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::format::MAGIC;
use crate::hold::{Hold, Refusal};

/// Creation takes milliseconds, and holds the lock for all of them but the first few.
const TOO_OLD_TO_BE_CREATED: Duration = Duration::from_mins(1);

/// A file under a temporary name whose creation was killed. For as long as this lives it is locked.
#[derive(Debug)]
pub struct Leftover {
    hold: Hold,
    path: PathBuf,
}

impl Leftover {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Deletes the file.
    ///
    /// # Errors
    /// If that is not allowed.
    pub fn remove(self) -> io::Result<()> {
        self.hold.remove()
    }

    /// The file at this path if that is what it is.
    fn at(path: PathBuf) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        // One that is just being created must not be locked by anyone else, not for a moment.
        if !is_temporary(name) || !is_old_file(&fs::symlink_metadata(&path).ok()?) {
            return None;
        }
        let hold = match Hold::take(&path) {
            Ok(hold) => hold,
            Err(Refusal::Writer | Refusal::Moved | Refusal::Io(_)) => return None,
        };
        let found = hold.file().metadata().ok()?;
        let mut start = [0; MAGIC.len()];
        // It is empty, then of zeros, and then has a header.
        let ours = found.len() == 0
            || hold.file().read_exact_at(&mut start, 0).is_ok()
                && (start == MAGIC || start == [0; MAGIC.len()]);
        (is_old_file(&found) && ours).then_some(Self { hold, path })
    }
}

/// The temporary files in a directory that nobody will finish. They are looked for one by one.
///
/// # Errors
/// If the directory cannot be listed.
pub fn leftovers(directory: &Path) -> io::Result<impl Iterator<Item = Leftover>> {
    let entries = fs::read_dir(directory)?;
    Ok(entries.filter_map(|entry| Leftover::at(entry.ok()?.path())))
}

/// Whether it is a file that was left alone for longer than any creation takes.
fn is_old_file(found: &Metadata) -> bool {
    let age = found.modified().map(|at| SystemTime::now().duration_since(at).unwrap_or_default());
    found.is_file() && age.is_ok_and(|age| age > TOO_OLD_TO_BE_CREATED)
}

/// Whether it is a name that `writer/publish.rs` gives: `.0123456789abcdef.mmstats.tmp`.
fn is_temporary(name: &str) -> bool {
    let stem = name.strip_prefix('.').and_then(|name| name.strip_suffix(".mmstats.tmp"));
    stem.is_some_and(|random| {
        random.len() == 16 && random.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}
