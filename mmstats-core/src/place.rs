#![forbid(unsafe_code)]
//! Default locations of statistics files, for writers and for tools.

use std::env;
use std::fs::{self, DirBuilder};
use std::io;
use std::ops::RangeInclusive;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{self, Path, PathBuf};

use crate::error::{CreateError, CreateErrorKind};
use crate::process;

/// The file name if neither the program nor `MMSTATS_FILES` sets one.
pub(crate) const DEFAULT_FILENAME: &str = "{CMD}-{PID}-{TID}.mmstats";

const SHARED_MEMORY: &str = "/dev/shm";

/// User ids below this are root and services, whose files logind does not delete.
const FIRST_ORDINARY_UID: u32 = 1000;

/// Returns `MMSTATS_PATH`, if it is set.
pub(crate) fn path_from_environment() -> Option<PathBuf> {
    env::var_os("MMSTATS_PATH").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Returns `MMSTATS_FILES`, if it is set.
pub(crate) fn filename_from_environment() -> Option<String> {
    let name = env::var_os("MMSTATS_FILES").filter(|name| !name.is_empty())?;
    Some(name.to_string_lossy().into_owned())
}

/// A directory for files whose program does not choose one.
pub(crate) enum Place {
    /// A directory that the service manager made for this service.
    Service(PathBuf),
    /// This user's own directory in one that all users share.
    Shared(PathBuf),
}

/// Returns the default directories, in the order in which they are tried.
///
/// In shared memory no disk can stall the writer. But logind deletes the files there of an ordinary
/// user at logout (`RemoveIPC=yes`), so these come last.
pub(crate) fn default_places() -> Vec<Place> {
    let (uid, _) = process::user();
    let own = format!("mmstats-{uid}");
    let mut shared = [PathBuf::from(SHARED_MEMORY), env::temp_dir()];
    if !is_service(uid) {
        shared.reverse();
    }
    let service = service_directories().into_iter().map(Place::Service);
    // `TMPDIR` may be relative.
    let shared = shared.into_iter().filter_map(|base| path::absolute(base).ok());
    service.chain(shared.map(|base| Place::Shared(base.join(&own)))).collect()
}

fn is_service(uid: u32) -> bool {
    /// The users of services with `DynamicUser=yes`, for which systemd keeps these ids.
    const DYNAMIC_UIDS: RangeInclusive<u32> = 61184..=65519;
    uid < FIRST_ORDINARY_UID || DYNAMIC_UIDS.contains(&uid)
}

/// Returns the directories in `RUNTIME_DIRECTORY`, which systemd sets for `RuntimeDirectory=`.
fn service_directories() -> Vec<PathBuf> {
    let all = env::var_os("RUNTIME_DIRECTORY").unwrap_or_default();
    env::split_paths(&all).filter(|path| path.is_absolute()).collect()
}

impl Place {
    /// Returns the directory, and creates this user's own if it does not exist.
    pub(crate) fn prepare(self) -> Result<PathBuf, CreateError> {
        let (uid, _) = process::user();
        let distrust = match &self {
            Self::Service(path) => distrust_service(path, uid),
            Self::Shared(path) => match DirBuilder::new().mode(0o755).create(path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    Some(CreateErrorKind::Io { doing: "create this directory", error })
                }
                _ => distrust(path, uid),
            },
        };
        let (Self::Service(path) | Self::Shared(path)) = self;
        match distrust {
            None => Ok(path),
            Some(kind) => Err(CreateError::new(path, kind)),
        }
    }
}

/// Returns why a service's directory is not this service's, as for a program that it started as
/// another user.
fn distrust_service(path: &Path, uid: u32) -> Option<CreateErrorKind> {
    match fs::metadata(path) {
        Err(error) => Some(CreateErrorKind::Io { doing: "inspect this directory", error }),
        Ok(found) if !found.is_dir() => {
            Some(CreateErrorKind::UnsafeDirectory("it is not a directory"))
        }
        Ok(found) if found.uid() != uid && found.uid() != 0 => {
            Some(CreateErrorKind::UnsafeDirectory("it belongs to another user"))
        }
        Ok(_) => None,
    }
}

/// Returns why a directory cannot be trusted, given that anyone can create one at this path.
fn distrust(path: &Path, uid: u32) -> Option<CreateErrorKind> {
    match fs::symlink_metadata(path) {
        Err(error) => Some(CreateErrorKind::Io { doing: "inspect this directory", error }),
        Ok(found) if found.is_symlink() => {
            Some(CreateErrorKind::UnsafeDirectory("it is a symbolic link"))
        }
        Ok(found) if !found.is_dir() => {
            Some(CreateErrorKind::UnsafeDirectory("it is not a directory"))
        }
        Ok(found) if found.uid() != uid => {
            Some(CreateErrorKind::UnsafeDirectory("it belongs to another user"))
        }
        Ok(found) if found.permissions().mode() & 0o022 != 0 => {
            Some(CreateErrorKind::UnsafeDirectory("others can write to it"))
        }
        Ok(_) => None,
    }
}

/// Returns the patterns of the files that tools read when none is named.
///
/// These are the pattern in `MMSTATS_GLOB`; or, if it is not set, all files in `MMSTATS_PATH`; or,
/// if neither is set, all files in every user's default directory, in the runtime directories of
/// services in `/run` and of each user's services, and those directly in the temporary directory,
/// where Python's mmstats creates them.
pub fn default_globs() -> Vec<String> {
    if let Some(pattern) = env::var_os("MMSTATS_GLOB").filter(|pattern| !pattern.is_empty()) {
        return vec![pattern.to_string_lossy().into_owned()];
    }
    let all_in = |path: &Path| format!("{}/*.mmstats", pattern_of(path));
    if let Some(path) = path_from_environment() {
        return vec![all_in(&path)];
    }
    let mut temporary = vec![PathBuf::from("/tmp"), env::temp_dir()];
    temporary.dedup();
    let shared = [PathBuf::from(SHARED_MEMORY)].into_iter().chain(temporary.clone());
    let own = shared.map(|base| format!("{}/mmstats-*/*.mmstats", pattern_of(&base)));
    let services = ["/run/*/*.mmstats", "/run/user/*/*/*.mmstats"].map(str::to_owned);
    let service = service_directories();
    let service = service.iter().map(|path| all_in(path));
    let pythons = temporary.iter().map(|base| all_in(base));
    own.chain(services).chain(service).chain(pythons).collect()
}

/// Returns a pattern that matches this path with any values for its placeholders.
fn pattern_of(path: &Path) -> String {
    let mut pattern = String::new();
    for char in path.to_string_lossy().chars() {
        match char {
            '*' | '?' | '[' | ']' => pattern.extend(['[', char, ']']),
            other => pattern.push(other),
        }
    }
    ["{CMD}", "{PID}", "{TID}"].iter().fold(pattern, |pattern, name| pattern.replace(name, "*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_escaped_in_a_pattern() {
        assert_eq!(pattern_of(Path::new("/srv/[a]*")), "/srv/[[]a[]][*]");
        assert_eq!(pattern_of(Path::new("/srv/{CMD}-{PID}")), "/srv/*-*");
    }
}
