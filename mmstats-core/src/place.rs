#![forbid(unsafe_code)]
//! Where statistics files live: the default directory of a writer, and where tools look.

use std::env;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::error::{CreateError, CreateErrorKind};
use crate::process;

/// The name of a file where neither the program nor `MMSTATS_FILES` gives one.
pub(crate) const DEFAULT_FILENAME: &str = "{CMD}-{PID}-{TID}.mmstats";

const SHARED_MEMORY: &str = "/dev/shm";

/// Users below this are root or a service, which logind does not clean up after.
const FIRST_ORDINARY_UID: u32 = 1000;

/// `MMSTATS_PATH`, if it is set.
pub(crate) fn path_from_environment() -> Option<PathBuf> {
    env::var_os("MMSTATS_PATH").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// `MMSTATS_FILES`, if it is set.
pub(crate) fn filename_from_environment() -> Option<String> {
    let name = env::var_os("MMSTATS_FILES").filter(|name| !name.is_empty())?;
    Some(name.to_string_lossy().into_owned())
}

/// This user's own directory, which is made if it is not there.
pub(crate) fn user_directory() -> Result<PathBuf, CreateError> {
    let (uid, _) = process::user();
    let path = base_for(uid).join(format!("mmstats-{uid}"));
    match DirBuilder::new().mode(0o755).create(&path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            let kind = CreateErrorKind::Io { doing: "make this directory", error };
            Err(CreateError::new(path, kind))
        }
        _ => match distrust(&path, uid) {
            None => Ok(path),
            Some(kind) => Err(CreateError::new(path, kind)),
        },
    }
}

/// Shared memory, where no disk can stall the writer; but for ordinary users, whose files there
/// logind deletes at logout (`RemoveIPC=yes`), the temporary directory.
fn base_for(uid: u32) -> PathBuf {
    if uid < FIRST_ORDINARY_UID && Path::new(SHARED_MEMORY).is_dir() {
        SHARED_MEMORY.into()
    } else {
        env::temp_dir()
    }
}

/// Why nothing may be written to a directory in a place where anyone can make one.
fn distrust(path: &Path, uid: u32) -> Option<CreateErrorKind> {
    match fs::symlink_metadata(path) {
        Err(error) => Some(CreateErrorKind::Io { doing: "look at this directory", error }),
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

/// A pattern that matches this path, with whatever its placeholders stand for.
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
    fn a_directory_is_not_taken_for_a_pattern() {
        assert_eq!(pattern_of(Path::new("/srv/[a]*")), "/srv/[[]a[]][*]");
        assert_eq!(pattern_of(Path::new("/srv/{CMD}-{PID}")), "/srv/*-*");
    }
}
