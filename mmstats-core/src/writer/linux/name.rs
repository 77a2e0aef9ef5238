#![forbid(unsafe_code)]
//! The name requested for a file, and the name it got.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::own_file::OwnFile;

use super::template;
use crate::error::{CreateError, CreateErrorKind};
use crate::place;

/// The name and the mode requested for a file.
#[derive(Debug, Clone)]
pub(super) struct Name {
    pub(super) directory: PathBuf,
    pub(super) filename: Filename,
    pub(super) mode: Option<u32>,
    /// Whether the file is in memory, and has no name in a directory.
    pub(super) unnamed: bool,
}

/// The name of a file in its directory.
#[derive(Debug, Clone)]
pub(super) struct Filename {
    pub(super) text: String,
    /// Whether a number may be added if a live writer has the name.
    pub(super) numbered: bool,
}

impl Name {
    pub(super) fn path(&self) -> PathBuf {
        self.directory.join(&self.filename.text)
    }
}

impl Filename {
    /// Replaces the placeholders of a template, or of the default one.
    pub(super) fn from_template(template: Option<&str>) -> Result<Self, CreateError> {
        let default = place::filename_from_environment();
        let template = template.or(default.as_deref()).unwrap_or(place::DEFAULT_FILENAME);
        let text = template::expand(template).map_err(|kind| CreateError::new(template, kind))?;
        let refused = if Path::new(&text).file_name() != Some(text.as_ref()) {
            CreateErrorKind::NotAFileName
        } else if !text.ends_with(".mmstats") {
            CreateErrorKind::NoExtension
        } else if text.contains('\0') {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "the name has a NUL byte");
            return Err(CreateError::new(template, CreateErrorKind::io("name a file")(error)));
        } else {
            return Ok(Self { numbered: text != template, text });
        };
        Err(CreateError::new(template, refused(text)))
    }
}

/// A file that its writer keeps locked, and the name under which it appeared.
#[derive(Debug)]
pub(super) struct Named {
    /// Locked for as long as the writer lives; the kernel unlocks it however the process ends.
    file: OwnFile,
    path: PathBuf,
    removed: AtomicBool,
}

impl Named {
    pub(super) fn new(file: OwnFile, path: PathBuf) -> Self {
        Self { file, path, removed: AtomicBool::new(false) }
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether [`remove`](Self::remove) deleted the file.
    pub(super) fn is_removed(&self) -> bool {
        self.removed.load(Relaxed)
    }

    /// Returns whether the name still belongs to this file.
    pub(super) fn has_name(&self) -> bool {
        !self.is_removed() && is_named(&self.file, &self.path)
    }

    /// Deletes the file, unless its name now belongs to another one.
    pub(super) fn remove(&self) -> io::Result<()> {
        if self.has_name() {
            fs::remove_file(&self.path)?;
        }
        self.removed.store(true, Relaxed);
        Ok(())
    }
}

/// Returns whether `path` is a name of this file.
pub(super) fn is_named(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(file), Ok(named)) => (file.dev(), file.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}
