#![forbid(unsafe_code)]
//! Errors of creating, flushing and reading files.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// An error from creating a statistics file. No file is left behind.
///
/// # Examples
/// ```
/// use mmstats::MmStats;
/// # use mmstats::Counter;
/// # #[derive(MmStats)]
/// # struct Job { done: Counter }
///
/// # let directory = tempfile::tempdir()?;
/// let job = Job::builder().directory(&directory).file("job.mmstats").create()?;
/// let error = Job::builder().directory(&directory).file("job.mmstats").create().unwrap_err();
/// assert_eq!(Some(error.path()), job.path());
/// assert!(error.to_string().contains("is being written by a live process"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CreateError {
    path: PathBuf,
    kind: CreateErrorKind,
    /// The other default directories that were tried.
    others: Vec<CreateError>,
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.kind)?;
        self.others.iter().try_for_each(|other| write!(f, "; {other}"))
    }
}

impl Error for CreateError {
    /// Returns the operating system's error, if there is one.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.kind.source()
    }
}

/// Prints the same as `Display`, since `main` prints an error that it returns with `Debug`.
impl fmt::Debug for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl CreateError {
    pub(crate) fn new(path: impl Into<PathBuf>, kind: impl Into<CreateErrorKind>) -> Self {
        Self { path: path.into(), kind: kind.into(), others: Vec::new() }
    }

    /// Adds that another default directory failed as well.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.others.push(other);
        self
    }

    /// Returns the file or directory that the error is about; the first one, if each of the default
    /// directories failed.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns what went wrong.
    pub fn kind(&self) -> &CreateErrorKind {
        &self.kind
    }

    /// Returns whether any directory was passed over because others could tamper with it.
    pub(crate) fn is_of_unsafe_directory(&self) -> bool {
        matches!(self.kind, CreateErrorKind::UnsafeDirectory(_))
            || self.others.iter().any(Self::is_of_unsafe_directory)
    }

    /// Returns whether the file may be created in another directory.
    pub(crate) fn is_of_directory(&self) -> bool {
        matches!(
            self.kind,
            CreateErrorKind::Io { .. }
                | CreateErrorKind::NoSpace { .. }
                | CreateErrorKind::UnsafeDirectory(_)
        )
    }
}

/// An error from writing a file back to its disk, or from making a checkpoint.
///
/// # Examples
/// ```
/// use mmstats::MmStats;
/// # use mmstats::Counter;
/// # #[derive(MmStats)]
/// # struct Job { done: Counter }
///
/// # let (memory, disk) = (tempfile::tempdir()?, tempfile::tempdir()?);
/// let job = Job::builder().directory(&memory).checkpoint_to(&disk).create()?;
/// std::fs::remove_dir_all(&disk)?;
/// let error = job.flush().unwrap_err();
/// assert!(error.path().starts_with(&disk));
/// job.done.inc(); // counting goes on, and readers see it
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FlushError(
    /// Boxed, so that the result of a flush that is not due fits in registers.
    Box<CreateError>,
);

impl FlushError {
    pub(crate) fn new(path: &Path, doing: &'static str, error: io::Error) -> Self {
        CreateError::new(path, CreateErrorKind::Io { doing, error }).into()
    }

    /// Returns the file or directory that the error is about.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl From<CreateError> for FlushError {
    fn from(error: CreateError) -> Self {
        Self(Box::new(error))
    }
}

/// Keeps the kind of the system's error.
impl From<FlushError> for io::Error {
    fn from(error: FlushError) -> Self {
        let kind = error.source().and_then(<dyn Error>::downcast_ref).map(Self::kind);
        Self::new(kind.unwrap_or(io::ErrorKind::Other), error)
    }
}

impl fmt::Display for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for FlushError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// The reason for a failed creation.
///
/// # Examples
/// ```
/// use mmstats::{CreateErrorKind, MmStats};
/// # use mmstats::Counter;
/// # #[derive(MmStats)]
/// # struct Job { done: Counter }
///
/// # let directory = tempfile::tempdir()?;
/// let error = Job::builder().directory(&directory).file("{HOST}.mmstats").create().unwrap_err();
/// assert!(matches!(error.kind(), CreateErrorKind::UnknownPlaceholder(name) if name == "HOST"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum CreateErrorKind {
    /// The name template has an unknown placeholder.
    UnknownPlaceholder(String),
    /// The name template has a `{` without a `}`, or the reverse.
    UnmatchedBrace(usize),
    /// The name is not a plain file name.
    NotAFileName(String),
    /// The name does not end in `.mmstats`.
    NoExtension(String),
    /// A statistic's name, including its prefixes, or the text of its labels is too long.
    NameTooLong {
        /// The name, with its labels if it has any.
        name: String,
        /// The limit for the name, and for its labels.
        max: usize,
    },
    /// Two statistics have the same name and labels.
    DuplicateKey(String),
    /// A name or its prefix contains a control character.
    ControlCharacter(String),
    /// A name or its prefix contains a brace.
    Brace(String),
    /// The struct has more statistics than a file can describe.
    TooManyStatistics,
    /// The struct is too large for a file.
    TooLarge {
        /// The size in bytes.
        size: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// The path of the file or its directory is a symbolic link.
    Symlink,
    /// The path of the file belongs to something else.
    Foreign,
    /// The checkpoint's directory is that of the file itself.
    CheckpointInPlace,
    /// Another process, or another handle of this one, is writing this file.
    InUse,
    /// Files need little-endian Linux.
    Unsupported,
    /// The per-user directory cannot be trusted.
    UnsafeDirectory(&'static str),
    /// There is no room for the file.
    NoSpace {
        /// The number of bytes requested.
        needed: u64,
        /// The operating system's error.
        error: io::Error,
    },
    /// A system call failed.
    Io {
        /// The operation that failed.
        doing: &'static str,
        /// The operating system's error.
        error: io::Error,
    },
}

impl fmt::Display for CreateErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownPlaceholder(name) => {
                write!(f, "unknown placeholder `{{{name}}}`: expected {{CMD}}, {{PID}} or {{TID}}")
            }
            Self::UnmatchedBrace(at) => {
                write!(f, "byte {at}: unmatched brace: expected {{CMD}}, {{PID}} or {{TID}}")
            }
            Self::NotAFileName(name) => {
                write!(f, "`{name}` is not a file name: set the directory with `directory`")
            }
            Self::NoExtension(name) => write!(
                f,
                "`{name}` does not end in `.mmstats`: the tools would not find it, so add that"
            ),
            Self::NameTooLong { name, max } => write!(
                f,
                "`{}` is {} bytes long: the limit is {max} for a name and {max} for its labels",
                brief(name),
                name.len()
            ),
            Self::DuplicateKey(name) => write!(f, "`{}` is used twice", brief(name)),
            Self::ControlCharacter(name) => {
                write!(f, "the name `{}` contains a control character", brief(name))
            }
            Self::Brace(name) => {
                write!(f, "the name `{}` contains `{{`, which starts labels", brief(name))
            }
            Self::TooManyStatistics => f.write_str(
                "a file holds at most 1,048,576 statistics and 64 MiB of names and help texts",
            ),
            Self::TooLarge { size, max } => {
                write!(f, "the struct has {size} bytes: the limit is {max}")
            }
            Self::Symlink => f.write_str(
                "is a symbolic link, which is not followed: remove it, or choose another name",
            ),
            Self::Foreign => f.write_str(
                "exists and is not a statistics file of this version: remove it, or choose another \
                 name",
            ),
            Self::CheckpointInPlace => f.write_str(
                "is the directory of the file itself: choose another one for the checkpoint",
            ),
            Self::InUse => f.write_str(
                "is being written by a live process: add {PID} to the name, or stop that process",
            ),
            Self::Unsupported => f.write_str(
                "files of statistics need little-endian Linux: `create_or_detached` counts in memory",
            ),
            Self::UnsafeDirectory(why) => write!(f, "is not safe to write to: {why}"),
            Self::NoSpace { needed, error } => write!(f, "no room for {needed} bytes: {error}"),
            Self::Io { doing, error } => write!(f, "cannot {doing}: {error}"),
        }
    }
}

impl Error for CreateErrorKind {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NoSpace { error, .. } | Self::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl CreateErrorKind {
    /// Returns a function for `map_err` that names the operation that failed.
    pub(crate) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io { doing, error }
    }
}

/// Returns the start of a text that may be long, with control characters escaped.
fn brief(text: &str) -> String {
    const SHOWN: usize = 60;
    let end = text.char_indices().nth(SHOWN).map(|(at, _)| at);
    let shown = text[..end.unwrap_or(text.len())].escape_debug();
    format!("{shown}{}", if end.is_some() { "…" } else { "" })
}

/// An error from reading a file.
///
/// # Examples
/// ```
/// use mmstats::Reader;
///
/// let error = Reader::open("/nowhere/web.mmstats").unwrap_err();
/// assert!(error.is_not_found());
/// assert!(error.to_string().starts_with("/nowhere/web.mmstats: cannot open it: "));
/// ```
pub struct ReadError {
    path: PathBuf,
    kind: ReadErrorKind,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.kind)
    }
}

impl Error for ReadError {
    /// Returns the operating system's error, if there is one.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.kind.source()
    }
}

/// Prints the same as `Display`, since `main` prints an error that it returns with `Debug`.
impl fmt::Debug for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl ReadError {
    pub(crate) fn new(path: impl Into<PathBuf>, kind: impl Into<ReadErrorKind>) -> Self {
        Self { path: path.into(), kind: kind.into() }
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether the file does not exist, or no longer exists.
    pub fn is_not_found(&self) -> bool {
        self.io_kind() == Some(io::ErrorKind::NotFound)
    }

    /// Returns whether this user may not read or remove the file.
    pub fn is_denied(&self) -> bool {
        self.io_kind() == Some(io::ErrorKind::PermissionDenied)
    }

    /// Returns what is wrong with the file.
    pub fn kind(&self) -> &ReadErrorKind {
        &self.kind
    }

    fn io_kind(&self) -> Option<io::ErrorKind> {
        match &self.kind {
            ReadErrorKind::Io { error, .. } => Some(error.kind()),
            _ => None,
        }
    }
}

/// The reason for a failed read.
///
/// # Examples
/// ```
/// use mmstats::{ReadErrorKind, Reader};
///
/// # let directory = tempfile::tempdir()?;
/// let path = directory.path().join("notes.mmstats");
/// std::fs::write(&path, "milk, bread")?;
/// let error = Reader::open(&path).unwrap_err();
/// assert!(matches!(error.kind(), ReadErrorKind::Version(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// A system call failed.
    Io {
        /// The operation that failed.
        doing: &'static str,
        /// The operating system's error.
        error: io::Error,
    },
    /// Files of statistics are read on Linux only.
    Unsupported,
    /// The path is a directory, a pipe, a socket or a device.
    NotAFile,
    /// The path is a symbolic link that another user may have created.
    Symlink,
    /// The file is to be removed, but its directory is a symbolic link.
    LinkedDirectory,
    /// The file has an unsupported format, or is not a statistics file.
    Version(String),
    /// The writer has not finished creating the file.
    Incomplete {
        /// The offset of the state word.
        at: u64,
    },
    /// The file requires something of readers that this version does not support.
    Flags {
        /// The offset of the flags.
        at: u64,
        /// The unknown flags.
        flags: u64,
    },
    /// The file ends too early.
    Truncated {
        /// The offset of the part that is cut off.
        at: u64,
        /// The name of the part.
        what: &'static str,
        /// The number of bytes it takes.
        needed: u64,
        /// The number of bytes found.
        found: u64,
    },
    /// A part of the file is invalid.
    Invalid {
        /// The offset of the part.
        at: u64,
        /// What is expected there.
        expected: &'static str,
        /// What was found.
        found: String,
    },
    /// The file claims far more than it has.
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// Reading the file takes too long.
    TooSlow {
        /// The limit.
        limit: Duration,
    },
    /// There is not enough memory to read the file.
    OutOfMemory {
        /// The number of bytes requested.
        needed: u64,
    },
}

impl fmt::Display for ReadErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { doing, error } => write!(f, "cannot {doing}: {error}"),
            Self::Unsupported => f.write_str("files of statistics are read on Linux only"),
            Self::NotAFile => f.write_str("is not a regular file"),
            Self::Symlink => f.write_str(
                "is a symbolic link of another user, which is not followed: name the file itself",
            ),
            Self::LinkedDirectory => f.write_str(
                "is in a symbolic link, which is not followed: name the directory itself",
            ),
            Self::TooLarge { limit } => write!(
                f,
                "takes more than the {limit} bytes of memory that a file of this size may take"
            ),
            Self::TooSlow { limit } => {
                write!(f, "takes longer to read than {} s", limit.as_secs())
            }
            Self::OutOfMemory { needed } => write!(f, "no memory for {needed} bytes"),
            Self::Version(found) => {
                write!(f, "byte 0: expected a statistics file (version 1 or 2), found {found}")
            }
            Self::Incomplete { at } => write!(f, "byte {at}: creation has not finished"),
            Self::Flags { at, flags } => {
                write!(f, "byte {at}: needs a newer reader (flags {flags:#x})")
            }
            Self::Truncated { at, what, needed, found } => {
                write!(f, "byte {at}: expected {needed} bytes for {what}, found {found}")
            }
            Self::Invalid { at, expected, found } => {
                write!(f, "byte {at}: expected {expected}, found {found}")
            }
        }
    }
}

impl Error for ReadErrorKind {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl ReadErrorKind {
    pub(crate) fn invalid(at: u64, expected: &'static str, found: impl fmt::Display) -> Self {
        let found = found.to_string();
        Self::Invalid { at, expected, found }
    }
}

/// An error from declaring a statistic at run time.
///
/// # Examples
/// ```
/// use mmstats::{Counter, Registry, Timer};
///
/// let registry = Registry::detached();
/// registry.declare::<Counter>("hits").register()?;
/// let error = registry.declare::<Timer>("hits").register().unwrap_err();
/// assert_eq!(error.to_string(), "`hits` is declared already, as a Counter");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct DeclareError {
    key: String,
    kind: DeclareErrorKind,
}

impl DeclareError {
    pub(crate) fn new(key: &str, kind: DeclareErrorKind) -> Self {
        Self { key: key.to_owned(), kind }
    }

    /// Returns the key that the statistic would have.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns what went wrong.
    pub fn kind(&self) -> &DeclareErrorKind {
        &self.kind
    }
}

impl fmt::Display for DeclareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        match &self.kind {
            DeclareErrorKind::Key(why) => why.fmt(f),
            DeclareErrorKind::Conflict(what) => {
                write!(f, "`{key}` is declared already, as a {what}")
            }
            DeclareErrorKind::Attribute(why) => write!(f, "`{key}` cannot be declared so: {why}"),
            DeclareErrorKind::NoRoom(why) => {
                write!(f, "`{key}` has no room in the registry: {why}")
            }
            DeclareErrorKind::Io(error) => {
                write!(f, "`{key}` cannot be written to the file: {error}")
            }
        }
    }
}

impl Error for DeclareError {
    /// Returns the operating system's error, if there is one.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            DeclareErrorKind::Io(error) => Some(error),
            _ => None,
        }
    }
}

/// The reason for a [`DeclareError`].
#[derive(Debug)]
#[non_exhaustive]
pub enum DeclareErrorKind {
    /// No statistic can have this key.
    Key(CreateErrorKind),
    /// There is another statistic of this key: of another kind or type, with another unit or merged
    /// in another way.
    Conflict(String),
    /// Statistics of this kind cannot have this attribute, or it has a value that it cannot have.
    Attribute(&'static str),
    /// There are too many statistics, or they are too large.
    NoRoom(&'static str),
    /// The file cannot be written to.
    Io(io::Error),
}
