#![forbid(unsafe_code)]
//! Default locations of statistics files, for writers and for tools.

use std::env;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

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

/// Returns this user's own directory, and creates it if it does not exist.
pub(crate) fn user_directory() -> Result<PathBuf, CreateError> {
    let (uid, _) = process::user();
    let path = base_for(uid).join(format!("mmstats-{uid}"));
    match DirBuilder::new().mode(0o755).create(&path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            let kind = CreateErrorKind::Io { doing: "create this directory", error };
            Err(CreateError::new(path, kind))
        }
        _ => match distrust(&path, uid) {
            None => Ok(path),
            Some(kind) => Err(CreateError::new(path, kind)),
        },
    }
}

/// Returns shared memory, where no disk can stall the writer; for ordinary users the temporary
/// directory, since logind deletes their shared memory at logout (`RemoveIPC=yes`).
fn base_for(uid: u32) -> PathBuf {
    if uid < FIRST_ORDINARY_UID && Path::new(SHARED_MEMORY).is_dir() {
        SHARED_MEMORY.into()
    } else {
        env::temp_dir()
    }
}

/// Returns why a directory cannot be trusted, given that anyone can create one at this path.
fn distrust(path: &Path, uid: u32) -> Option<CreateErrorKind> {
    match fs::symlink_metadata(path) {
        Err(error) => Some(CreateErrorKind::Io { doing: "inspect this directory", error }),
        Ok(found) if found.is_symlink() => Some(CreateErrorKind::Symlink),
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
/// if neither is set, all files in every user's default directory, and those directly in the
/// temporary directory, where Python's mmstats creates them.
pub fn default_globs() -> Vec<String> {
    if let Some(pattern) = env::var_os("MMSTATS_GLOB").filter(|pattern| !pattern.is_empty()) {
        return vec![pattern.to_string_lossy().into_owned()];
    }
    if let Some(path) = path_from_environment() {
        return vec![format!("{}/*.mmstats", pattern_of(&path))];
    }
    let mut bases = vec![PathBuf::from(SHARED_MEMORY), PathBuf::from("/tmp")];
    if !bases.contains(&env::temp_dir()) {
        bases.push(env::temp_dir());
    }
    let own = bases.iter().map(|base| format!("{}/mmstats-*/*.mmstats", pattern_of(base)));
    let pythons = bases.iter().filter(|base| *base != Path::new(SHARED_MEMORY));
    let pythons = pythons.map(|base| format!("{}/*.mmstats", pattern_of(base)));
    own.chain(pythons).collect()
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
