#![forbid(unsafe_code)]
//! What a file is to be called, and what it came to be called.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rustix::fs::FlockOperation;

/// What a file is called and who may read it.
#[derive(Debug, Clone)]
pub(super) struct Name {
    pub(super) directory: PathBuf,
    pub(super) filename: String,
    /// Whether a name that a live writer has may get a number.
    pub(super) numbered: bool,
    pub(super) mode: Option<u32>,
}

/// A file that its writer holds locked, and the name under which it appeared.
#[derive(Debug)]
pub(super) struct Named {
    /// Locked for as long as the writer lives; the kernel unlocks it whatever ends the process.
    file: File,
    path: PathBuf,
    removed: AtomicBool,
}

impl Named {
    pub(super) fn new(file: File, path: PathBuf) -> Self {
        Self { file, path, removed: AtomicBool::new(false) }
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the name is still this file's.
    pub(super) fn has_name(&self) -> bool {
        !self.removed.load(Relaxed) && is_named(&self.file, &self.path)
    }

    /// Deletes the file, unless its name has come to be another's.
    pub(super) fn remove(&self) -> io::Result<()> {
        if self.has_name() {
            fs::remove_file(&self.path)?;
        }
        self.removed.store(true, Relaxed);
        Ok(())
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        // A child that was forked and lives on, or has not come to be another program yet, shares
        // the lock, and would hold it. If this fails there is nothing to be done about it.
        let _ = rustix::fs::flock(&self.file, FlockOperation::Unlock);
    }
}

/// Whether `path` is a name of this very file.
pub(super) fn is_named(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(file), Ok(named)) => (file.dev(), file.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}
