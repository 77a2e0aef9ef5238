//! Expands patterns of paths as a shell does.
//!
//! Uses only the matching of names from the `glob` crate: its search panics at a name that is not
//! UTF-8, and anyone can create one in a directory that is writable for all.

use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern, PatternError};

/// A path that matches, or a directory that could not be listed.
pub(crate) type Found = Result<PathBuf, (PathBuf, io::Error)>;

/// Returns all matching paths in order.
pub(crate) fn expand(pattern: &str) -> Result<Vec<Found>, PatternError> {
    Pattern::new(pattern)?;
    let root = if pattern.starts_with('/') { "/" } else { "" };
    let mut found: Vec<Found> = vec![Ok(root.into())];
    let mut parts = pattern.split('/').filter(|part| !part.is_empty()).peekable();
    while let Some(part) = parts.next() {
        let pattern = Pattern::new(part)?;
        let is_last = parts.peek().is_none();
        let mut next = Vec::new();
        for base in found {
            match base {
                Err(error) => next.push(Err(error)),
                Ok(base) if part == "**" => descend(base, &mut next),
                Ok(base) if part.contains(['*', '?', '[']) => {
                    step(&base, &pattern, is_last, &mut next);
                }
                Ok(base) => next.push(Ok(base.join(part))),
            }
        }
        found = next;
    }
    found.retain(|found| found.as_ref().map_or(true, |path| fs::symlink_metadata(path).is_ok()));
    Ok(found)
}

/// Finds the matching names in a directory; only directories, unless it is the last part.
fn step(base: &Path, pattern: &Pattern, is_last: bool, found: &mut Vec<Found>) {
    let options = MatchOptions { require_literal_leading_dot: true, ..MatchOptions::new() };
    let matches = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        pattern.matches_with(&name, options) && (is_last || path.is_dir())
    };
    match list(base) {
        Ok(paths) => {
            found.extend(paths.into_iter().map(|(path, _)| path).filter(matches).map(Ok));
        }
        Err(error) => found.push(Err((base.into(), error))),
    }
}

/// Finds a directory and all directories below it, without following symbolic links.
fn descend(base: PathBuf, found: &mut Vec<Found>) {
    let below = list(&base);
    found.push(Ok(base.clone()));
    match below {
        Ok(paths) => {
            let directories = paths.into_iter().filter(|(_, kind)| kind.is_dir());
            directories.for_each(|(path, _)| descend(path, found));
        }
        Err(error) => found.push(Err((base, error))),
    }
}

/// Lists a directory in order; empty if it is not a directory, or does not exist.
fn list(directory: &Path) -> io::Result<Vec<(PathBuf, FileType)>> {
    use io::ErrorKind::{NotADirectory, NotFound};
    let listed = if directory == Path::new("") { Path::new(".") } else { directory };
    let entries = match fs::read_dir(listed) {
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(Vec::new()),
        entries => entries?,
    };
    let path = |entry: fs::DirEntry| Ok((directory.join(entry.file_name()), entry.file_type()?));
    let mut paths = entries.map(|entry| entry.and_then(path)).collect::<io::Result<Vec<_>>>()?;
    paths.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;

    #[test]
    fn it_finds_what_a_shell_would() {
        let root = tempfile::tempdir().unwrap();
        let strange = OsStr::from_bytes(b"odd\xff.mmstats");
        for directory in ["a/b", "a/.hidden", "c"] {
            fs::create_dir_all(root.path().join(directory)).unwrap();
        }
        for file in ["a/1.mmstats", "a/[2].mmstats", "a/b/3.mmstats", "a/.4.mmstats", "a/5.txt"] {
            fs::write(root.path().join(file), "").unwrap();
        }
        fs::write(root.path().join(strange), "").unwrap();
        fs::write(root.path().join("a").join(strange), "").unwrap();
        let found = |pattern: &str| {
            let found = expand(&format!("{}/{pattern}", root.path().display())).unwrap();
            let paths = found.into_iter().map(|found| {
                let path = found.unwrap();
                path.strip_prefix(root.path()).unwrap().to_string_lossy().into_owned()
            });
            paths.collect::<Vec<_>>()
        };
        let all = ["a/1.mmstats", "a/[2].mmstats", "a/odd\u{fffd}.mmstats"];
        assert_eq!(found("a/*.mmstats"), all);
        assert_eq!(found("*/*.mmstats"), all);
        assert_eq!(found("a/[[]2[]].mmstats"), ["a/[2].mmstats"]);
        assert_eq!(found("a/?.mmstats"), ["a/1.mmstats"]);
        assert_eq!(found("a/.*.mmstats"), ["a/.4.mmstats"]);
        assert_eq!(found("**/3.mmstats"), ["a/b/3.mmstats"]);
        assert_eq!(found("[ab]"), ["a"]);
        assert_eq!(found("a/5.txt"), ["a/5.txt"]);
        assert!(found("none/*").is_empty() && found("a/5.txt/*").is_empty());
        assert!(expand("a[").is_err() && expand("a***").is_err());
    }
}
