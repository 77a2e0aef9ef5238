#![forbid(unsafe_code)]
//! Everything that can go wrong, and what is said of it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a statistics file could not be created. No file is left behind.
#[derive(Error)]
#[error("{}: {kind}", path.display())]
pub struct CreateError {
    path: PathBuf,
    kind: CreateErrorKind,
}

/// As it is displayed: what `main` prints of an error that it returns is this.
impl fmt::Debug for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl CreateError {
    pub(crate) fn new(path: impl Into<PathBuf>, kind: impl Into<CreateErrorKind>) -> Self {
        Self { path: path.into(), kind: kind.into() }
    }

    /// The file, or the directory, that it is about.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What went wrong.
    pub fn kind(&self) -> &CreateErrorKind {
        &self.kind
    }

    /// As the system would call it.
    pub(crate) fn io_kind(&self) -> io::ErrorKind {
        match &self.kind {
            CreateErrorKind::NoSpace { error, .. } | CreateErrorKind::Io { error, .. } => {
                error.kind()
            }
            _ => io::ErrorKind::Other,
        }
    }
}

/// What went wrong while a statistics file was created.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CreateErrorKind {
    /// The template of the name has a placeholder that does not exist.
    #[error("unknown placeholder `{{{0}}}`: expected {{CMD}}, {{PID}} or {{TID}}")]
    UnknownPlaceholder(String),
    /// The template of the name has a `{` without a `}`, or the other way round.
    #[error("byte {0}: a brace without its counterpart: expected {{CMD}}, {{PID}} or {{TID}}")]
    UnmatchedBrace(usize),
    /// The name is not one of a file in a directory.
    #[error("`{0}` is not the name of a file: give the directory with `path`")]
    NotAFileName(String),
    /// A label is too long once its prefixes are put before it.
    #[error("label `{label}` is {} bytes long: at most {max} are possible", label.len())]
    LabelTooLong {
        /// The label, its prefixes included.
        label: String,
        /// How long it may be.
        max: usize,
    },
    /// Two fields have the same label.
    #[error("label `{0}` is used twice")]
    DuplicateLabel(String),
    /// A label or its prefix holds a control character.
    #[error("label `{}` holds a control character", .0.escape_debug())]
    ControlCharacter(String),
    /// The struct is too large for a file.
    #[error("a struct of {size} bytes: at most {max} are possible")]
    TooLarge {
        /// How large it is.
        size: usize,
        /// How large it may be.
        max: usize,
    },
    /// There is a symbolic link where the file, or its directory, should be.
    #[error("is a symbolic link, which is not followed: remove it, or choose another name")]
    Symlink,
    /// There is something else where the file should be.
    #[error(
        "exists and is not a statistics file of this version: remove it, or choose another name"
    )]
    Foreign,
    /// A checkpoint was to lie where the file itself does.
    #[error("is where the file itself lies: a checkpoint needs another directory")]
    CheckpointInPlace,
    /// Another writer, or another handle of this process, writes this file.
    #[error("is being written by a live process: put {{PID}} into the name, or stop that process")]
    InUse,
    /// The per-user directory cannot be trusted.
    #[error("is not safe to write to: {0}")]
    UnsafeDirectory(&'static str),
    /// There is no room for the file.
    #[error("no room for {needed} bytes: {error}")]
    NoSpace {
        /// How many bytes were asked for.
        needed: u64,
        /// What the system said.
        error: io::Error,
    },
    /// The operating system refused.
    #[error("cannot {doing}: {error}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        error: io::Error,
    },
}

impl CreateErrorKind {
    /// What the operating system refused, for `map_err`.
    pub(crate) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io { doing, error }
    }
}

/// Why a file could not be read.
#[derive(Error)]
#[error("{}: {kind}", path.display())]
pub struct ReadError {
    path: PathBuf,
    kind: ReadErrorKind,
}

/// As it is displayed: what `main` prints of an error that it returns is this.
impl fmt::Debug for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl ReadError {
    pub(crate) fn new(path: impl Into<PathBuf>, kind: impl Into<ReadErrorKind>) -> Self {
        Self { path: path.into(), kind: kind.into() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is no such file, perhaps not any more.
    pub fn is_not_found(&self) -> bool {
        matches!(&self.kind, ReadErrorKind::Io { error, .. } if error.kind() == io::ErrorKind::NotFound)
    }

    /// Whether it may not be read, or not be removed, by this user.
    pub fn is_denied(&self) -> bool {
        matches!(&self.kind, ReadErrorKind::Io { error, .. } if error.kind() == io::ErrorKind::PermissionDenied)
    }

    /// What is wrong with it.
    pub fn kind(&self) -> &ReadErrorKind {
        &self.kind
    }
}

/// What is wrong with a file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// The operating system refused.
    #[error("cannot {doing}: {error}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        error: io::Error,
    },
    /// It is a directory, a pipe, a socket or a device.
    #[error("is not a regular file")]
    NotAFile,
    /// It is in a format that this version does not read, or is not a statistics file.
    #[error("byte 0: expected a statistics file (version 1 or 2), found {0}")]
    Version(String),
    /// The writer has not finished creating it.
    #[error("byte {at}: creation has not finished")]
    Incomplete {
        /// Where the state word is.
        at: u64,
    },
    /// It needs something of its readers that this version does not know.
    #[error("byte {at}: needs a newer reader (flags {flags:#x})")]
    Flags {
        /// Where the flags are.
        at: u64,
        /// Those that are not known.
        flags: u64,
    },
    /// Something ends before it should.
    #[error("byte {at}: expected {needed} bytes for {what}, found {found}")]
    Truncated {
        /// Where it begins.
        at: u64,
        /// What it is.
        what: &'static str,
        /// How many bytes it takes.
        needed: u64,
        /// How many there are.
        found: u64,
    },
    /// Something is not as it should be.
    #[error("byte {at}: expected {expected}, found {found}")]
    Invalid {
        /// Where it is.
        at: u64,
        /// What should be there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
}

impl ReadErrorKind {
    pub(crate) fn invalid(at: u64, expected: &'static str, found: impl fmt::Display) -> Self {
        let found = found.to_string();
        Self::Invalid { at, expected, found }
    }
}
