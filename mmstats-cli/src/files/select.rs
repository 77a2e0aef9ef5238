//! Finds the files that arguments select: files, directories, patterns and pids.

use std::collections::HashSet;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use mmstats_core::{ReadError, ReadErrorKind, Reader, default_globs};

use crate::files::expand::expand;
use crate::report::Report;

/// A file to read.
#[derive(Debug)]
pub(crate) struct Selected {
    pub(crate) path: PathBuf,
    /// Whether the user named this very file, which therefore has to exist.
    pub(crate) named: bool,
    /// Whether it was found in a default place.
    by_default: bool,
}

impl Selected {
    /// Whether this error is expected, and not worth a message: the file was deleted since it was
    /// found, or belongs to another user or program, and is in a default place.
    pub(crate) fn expects(&self, error: &ReadError) -> bool {
        let foreign = matches!(
            error.kind(),
            ReadErrorKind::NotAFile | ReadErrorKind::Symlink | ReadErrorKind::Version(_)
        );
        !self.named && error.is_not_found()
            || self.by_default && (error.is_denied() || foreign && !is_configured())
    }
}

/// Returns the selected files, each once; without arguments, those in the default places.
///
/// They are sorted, unless the user named files and thereby chose an order.
pub(crate) fn select(arguments: &[OsString], report: &mut Report) -> Vec<Selected> {
    let mut targets: Vec<_> = arguments.iter().map(|argument| Target::parse(argument)).collect();
    if targets.is_empty() {
        targets.push(Target::DefaultPlaces);
    }
    let mut selected = Vec::new();
    for target in &targets {
        let mut paths = target.paths(report);
        paths.sort();
        let named = matches!(target, Target::File(_));
        let by_default = matches!(target, Target::DefaultPlaces);
        selected.extend(paths.into_iter().map(|path| Selected { path, named, by_default }));
    }
    if !selected.iter().any(|selected| selected.named) {
        selected.sort_by(|a, b| a.path.cmp(&b.path));
    }
    let mut seen = HashSet::new();
    selected.retain(|selected| seen.insert(selected.path.clone()));
    selected
}

/// Returns the directories among the arguments; without arguments, those of the default places.
pub(crate) fn directories(arguments: &[OsString]) -> Vec<PathBuf> {
    let parent = |pattern: String| Path::new(&pattern).parent().map(Path::to_owned);
    let mut directories: Vec<PathBuf> = if arguments.is_empty() {
        let parents = default_globs().into_iter().filter_map(parent);
        let patterns = parents.map(|parent| parent.to_string_lossy().into_owned());
        let found = patterns.flat_map(|pattern| expand(&pattern).into_iter().flatten());
        found.filter_map(Result::ok).collect()
    } else {
        let targets = arguments.iter().map(|argument| Target::parse(argument));
        targets
            .filter_map(
                |target| if let Target::Directory(path) = target { Some(path) } else { None },
            )
            .collect()
    };
    directories.sort();
    directories.dedup();
    directories
}

/// What an argument selects.
#[derive(Debug)]
enum Target {
    DefaultPlaces,
    File(PathBuf),
    Directory(PathBuf),
    Pattern(String),
    Pid(u32),
}

impl Target {
    /// Interprets the argument as a file or directory if that exists, else as a pattern or a pid.
    fn parse(argument: &OsStr) -> Self {
        let text = argument.to_str().unwrap_or_default();
        match fs::metadata(argument) {
            Ok(found) if found.is_dir() => Self::Directory(argument.into()),
            Err(_) if is_pattern(text) => Self::Pattern(text.into()),
            Err(_) => match text.parse() {
                Ok(pid) if !text.starts_with('+') => Self::Pid(pid),
                _ => Self::File(argument.into()),
            },
            Ok(_) => Self::File(argument.into()),
        }
    }

    fn paths(&self, report: &mut Report) -> Vec<PathBuf> {
        let failures = report.failures();
        let (paths, otherwise) = match self {
            Self::DefaultPlaces => {
                let places = default_globs().join(", ");
                (in_default_places(report), format!("nothing matches {places}"))
            }
            Self::File(path) => return vec![path.clone()],
            Self::Directory(path) => {
                let otherwise = format!("{}: no `*.mmstats` in this directory", path.display());
                (in_directory(path, report), otherwise)
            }
            Self::Pattern(pattern) => {
                (matching(pattern, Unreadable::Fail, report), format!("{pattern}: nothing matches"))
            }
            Self::Pid(pid) => {
                let places = default_globs().join(", ");
                (of_process(*pid, report), format!("{pid}: no file of this process in {places}"))
            }
        };
        // A failure has been reported already.
        if paths.is_empty() && report.failures() == failures {
            report.note(otherwise);
        }
        paths
    }
}

/// Whether the environment sets the default places. Otherwise they are directories where every
/// program can create files.
fn is_configured() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    is_set("MMSTATS_GLOB") || is_set("MMSTATS_PATH")
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

fn in_default_places(report: &mut Report) -> Vec<PathBuf> {
    let globs = default_globs();
    // Anyone can create a directory in a shared one: those that cannot be read are ignored.
    let unreadable = if is_configured() { Unreadable::Fail } else { Unreadable::PassOver };
    let mut paths: Vec<_> =
        globs.iter().flat_map(|pattern| matching(pattern, unreadable, report)).collect();
    paths.sort();
    paths.dedup();
    paths
}

/// What to do with a directory that this user may not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unreadable {
    Fail,
    PassOver,
}

/// Returns the files whose writer has, or had, this pid. Files that cannot be read are ignored.
fn of_process(pid: u32, report: &mut Report) -> Vec<PathBuf> {
    let mut paths = in_default_places(report);
    paths.retain(|path| {
        let snapshot = Reader::open(path).and_then(|reader| reader.snapshot());
        snapshot.is_ok_and(|snapshot| snapshot.writer().pid() == Some(pid))
    });
    paths
}

/// Expands a pattern as a shell does; a directory stands for the files in it.
fn matching(pattern: &str, unreadable: Unreadable, report: &mut Report) -> Vec<PathBuf> {
    let found = match expand(pattern) {
        Ok(found) => found,
        Err(error) => {
            report.failure(format_args!("{pattern}: byte {}: {}", error.pos, error.msg));
            return Vec::new();
        }
    };
    let mut paths = Vec::new();
    for path in found {
        match path {
            Ok(path) if path.is_dir() => paths.extend(in_directory(&path, report)),
            Ok(path) => paths.push(path),
            Err((_, error))
                if unreadable == Unreadable::PassOver
                    && error.kind() == io::ErrorKind::PermissionDenied => {}
            Err((directory, error)) => cannot_list(&directory, &error, report),
        }
    }
    paths
}

fn in_directory(directory: &Path, report: &mut Report) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.unwrap_or_else(|error| {
        cannot_list(directory, &error, report);
        Vec::new()
    });
    let paths = entries.into_iter().map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "mmstats")).collect()
}

fn cannot_list(directory: &Path, error: &io::Error, report: &mut Report) {
    // A program may delete its directory when it ends.
    if error.kind() != io::ErrorKind::NotFound {
        report.failure(format_args!("{}: cannot list it: {error}", directory.display()));
    }
}
