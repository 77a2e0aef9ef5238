//! Expands patterns of paths as a shell does.
//!
//! Uses only the matching of names from the `glob` crate: its search panics at a name that is not
//! UTF-8, and anyone can create one in a directory that is writable for all.

use std::collections::HashSet;
use std::fs::{self, FileType};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern, PatternError};

/// The length in bytes of the longest pattern of a name: matching recurses at each `*`.
pub(crate) const LONGEST: usize = 1024;

/// A path that matches, or a directory that could not be listed.
pub(crate) type Found = Result<PathBuf, (PathBuf, io::Error)>;

/// Returns all matching paths in order.
pub(crate) fn expand(pattern: &str) -> Result<Vec<Found>, PatternError> {
    if let Some(long) = pattern.split('/').find(|part| part.len() > LONGEST) {
        let pos = long.as_ptr().addr() - pattern.as_ptr().addr();
        return Err(PatternError { pos, msg: "a name has at most 1024 bytes" });
    }
    Pattern::new(pattern)?;
    let root = if pattern.starts_with('/') { "/" } else { "" };
    let mut found: Vec<Found> = vec![Ok(root.into())];
    let mut parts = pattern.split('/').filter(|part| !part.is_empty()).peekable();
    while let Some(part) = parts.next() {
        if part == "**" && parts.peek() == Some(&"**") {
            continue;
        }
        let pattern = Pattern::new(part)?;
        let is_last = parts.peek().is_none();
        let mut next = Vec::new();
        // Directories that several bases contain are visited once.
        let mut visited = HashSet::new();
        for base in found {
            match base {
                Err(error) => next.push(Err(error)),
                Ok(base) if part == "**" => descend(base, &mut visited, &mut next),
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

/// Finds a directory and all directories below it, without following symbolic links. Those that
/// have been visited, by this or another path, are left out.
fn descend(base: PathBuf, visited: &mut HashSet<(u64, u64)>, found: &mut Vec<Found>) {
    let mut waiting = vec![base];
    while let Some(directory) = waiting.pop() {
        let listed = match fs::metadata(listed(&directory)) {
            Ok(it) if it.is_dir() && visited.insert((it.dev(), it.ino())) => list(&directory),
            Err(error) if !is_absence(&error) => Err(error),
            _ => continue,
        };
        match listed {
            Ok(paths) => {
                // The first one is visited next.
                let below = paths.into_iter().rev().filter(|(_, kind)| kind.is_dir());
                waiting.extend(below.map(|(path, _)| path));
                found.push(Ok(directory));
            }
            Err(error) => found.extend([Ok(directory.clone()), Err((directory, error))]),
        }
    }
}

/// Lists a directory in order; empty if it is not a directory, or does not exist.
fn list(directory: &Path) -> io::Result<Vec<(PathBuf, FileType)>> {
    let entries = match fs::read_dir(listed(directory)) {
        Err(error) if is_absence(&error) => return Ok(Vec::new()),
        entries => entries?,
    };
    let path = |entry: fs::DirEntry| Ok((directory.join(entry.file_name()), entry.file_type()?));
    let mut paths = entries.map(|entry| entry.and_then(path)).collect::<io::Result<Vec<_>>>()?;
    paths.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(paths)
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The path of a directory for the system, which has no empty path.
fn listed(directory: &Path) -> &Path {
    if directory == Path::new("") { Path::new(".") } else { directory }
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
        let long = expand(&format!("a/{}", "*b".repeat(LONGEST))).unwrap_err();
        assert_eq!(long.pos, 2);
    }

    #[test]
    fn a_directory_that_many_bases_contain_is_visited_once() {
        let root = tempfile::tempdir().unwrap();
        let deepest = (0..30).fold(root.path().to_owned(), |path, _| path.join("d"));
        fs::create_dir_all(&deepest).unwrap();
        let found =
            |pattern: &str| expand(&format!("{}/{pattern}", root.path().display())).unwrap().len();
        // Without this, the number of paths would grow with a power of the number of `**`.
        assert_eq!(found(&"**/".repeat(20)), 31);
        assert_eq!(found(&"**/d/".repeat(20)), 11);
        assert_eq!(found(&"**/./".repeat(20)), 31);
        assert_eq!(found(&"**/d/../".repeat(20)), 30);
    }
}
