use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{Reader, Snapshot};
use crate::error::ReadError;

/// Follows directories: which statistics files come, go and are replaced.
///
/// # Examples
/// ```no_run
/// # use mmstats_core as mmstats;
/// let mut scanner = mmstats::Scanner::new(["/dev/shm/mmstats-0"]);
/// for (path, snapshot) in scanner.scan() {
///     match snapshot {
///         Ok(snapshot) => println!("{}: {}", path.display(), snapshot.state()),
///         Err(error) => eprintln!("{error}"),
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Scanner {
    directories: Vec<PathBuf>,
    /// By path, with device and inode, by which a file that was replaced is noticed.
    open: HashMap<PathBuf, ((u64, u64), Reader)>,
}

impl Scanner {
    /// Follows all `*.mmstats` in these directories, which need not exist yet.
    pub fn new<P: Into<PathBuf>>(directories: impl IntoIterator<Item = P>) -> Self {
        let directories = directories.into_iter().map(Into::into).collect();
        Self { directories, open: HashMap::new() }
    }

    /// A snapshot of each file that is there now, by path.
    ///
    /// Files that are still the same are not opened again; files that are gone are let go.
    pub fn scan(&mut self) -> Vec<(PathBuf, Result<Snapshot, ReadError>)> {
        let mut paths: Vec<PathBuf> = self.directories.iter().flat_map(|dir| files(dir)).collect();
        paths.sort();
        paths.dedup();
        let mut before = std::mem::take(&mut self.open);
        paths
            .into_iter()
            .filter_map(|path| {
                let known = before.remove(&path);
                match open(&path, known) {
                    Ok((id, reader)) => {
                        let snapshot = reader.snapshot();
                        self.open.insert(path.clone(), (id, reader));
                        Some((path, snapshot))
                    }
                    // Deleted after the directory was listed.
                    Err(error) if error.is_not_found() => None,
                    Err(error) => Some((path, Err(error))),
                }
            })
            .collect()
    }
}

/// The reader that is open already, if the path still leads to its file; otherwise a new one.
fn open(
    path: &Path,
    known: Option<((u64, u64), Reader)>,
) -> Result<((u64, u64), Reader), ReadError> {
    let id = fs::metadata(path).map(|found| (found.dev(), found.ino()));
    if let (Ok(id), Some((known_id, reader))) = (&id, known)
        && *id == known_id
    {
        return Ok((known_id, reader));
    }
    let reader = Reader::open(path)?;
    let found = reader.source.metadata().map_err(|kind| ReadError::new(path, kind))?;
    Ok(((found.dev(), found.ino()), reader))
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "mmstats")).collect()
}
