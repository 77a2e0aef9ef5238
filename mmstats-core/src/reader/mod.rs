#![forbid(unsafe_code)]
//! Copies and checks files of every version.

mod budget;
mod claims;
mod coalesce;
mod declared;
mod delta;
mod family;
mod fields;
#[cfg_attr(not(target_os = "linux"), path = "no_files.rs")]
mod files;
mod lanes;
mod schema;
#[cfg(feature = "serde")]
mod serialize;
mod shown;
mod snapshot;
mod source;
mod stat;
mod total;
mod v1;
mod v2;
#[cfg(feature = "serde")]
mod view;
mod wait;
mod writer_info;

use std::fs::File;
use std::path::Path;

use crate::error::{ReadError, ReadErrorKind};
use crate::format::{MAGIC, VERSION_1};
use crate::liveness::State;

pub use delta::Delta;
pub(crate) use files::{limit, status};
pub use snapshot::{Lane, Snapshot};
pub(crate) use source::Inode;
use source::Source;
pub use stat::Stat;
#[cfg(feature = "serde")]
pub use view::ViewError;
pub use writer_info::WriterInfo;

/// An open statistics file, from which snapshots can be taken at any time.
///
/// Header and schema are checked once; each snapshot copies what changes. The file may be hostile,
/// may shrink while it is read, and may have been left by a process that died during a write:
/// the result is then an error, or a value that is marked as torn. The file is never mapped.
///
/// # Examples
/// ```
/// use mmstats::{Reader, Value};
/// # use mmstats::{Counter, MmStats};
///
/// # #[derive(MmStats)]
/// # struct Job { done: Counter }
/// # let directory = tempfile::tempdir()?;
/// # let job = Job::builder().directory(&directory).file("job.mmstats").create()?;
/// # let path = job.path().ok_or("no file")?;
/// let reader = Reader::open(path)?;
/// assert_eq!(reader.snapshot()?.get("done"), Some(&Value::Counter(0)));
/// job.done.inc(); // in this program or, as usual, in another one
/// assert_eq!(reader.snapshot()?.get("done"), Some(&Value::Counter(1)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Reader {
    source: Source,
    format: Format,
}

#[derive(Debug)]
enum Format {
    V1(v1::File),
    V2(Box<v2::File>),
}

impl Reader {
    /// Opens a file of any version and checks its header and schema.
    ///
    /// # Errors
    /// If it cannot be opened, or is not a statistics file that this version can read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        let source = Source::open(path.as_ref())?;
        match format(&source) {
            Ok(format) => Ok(Self { source, format }),
            Err(kind) => Err(ReadError::new(source.path, kind)),
        }
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.source.path
    }

    /// Returns the identity of the open file, even if its path now leads to another one.
    pub(crate) fn inode(&self) -> Result<Inode, ReadError> {
        let found = self.source.metadata();
        let found = found.map_err(|kind| ReadError::new(&self.source.path, kind))?;
        Ok(Inode::of(&found))
    }

    /// Copies all values.
    ///
    /// If the file is a [checkpoint](crate::Builder::checkpoint_to) that its writer has replaced,
    /// copies the values of the latest one.
    ///
    /// # Errors
    /// If the file cannot be read, was truncated, or has version 1 and is malformed.
    pub fn snapshot(&self) -> Result<Snapshot, ReadError> {
        let snapshot = self.own_snapshot()?;
        // The writer holds only the lock of the latest checkpoint.
        if snapshot.writer.checkpoint && matches!(snapshot.state, State::Dead | State::Unknown) {
            let latest = Self::open(self.path()).and_then(|reader| reader.own_snapshot());
            return Ok(latest
                .ok()
                .filter(|latest| latest.is_same_file(&snapshot))
                .unwrap_or(snapshot));
        }
        Ok(snapshot)
    }

    pub(crate) fn file(&self) -> &File {
        &self.source.file
    }

    /// Returns `Live` if anybody may still write the file, how its writer ended if nobody does, and
    /// `Unknown` otherwise. `held` is whether the writer may hold the lock.
    pub(crate) fn verdict(&self, held: bool) -> Result<State, ReadErrorKind> {
        match &self.format {
            Format::V2(file) => file.verdict(&self.source, held),
            Format::V1(file) => file.verdict(&self.source),
        }
    }

    fn own_snapshot(&self) -> Result<Snapshot, ReadError> {
        let snapshot = match &self.format {
            Format::V1(file) => file.snapshot(&self.source),
            Format::V2(file) => file.snapshot(&self.source),
        };
        snapshot.map_err(|kind| ReadError::new(&self.source.path, kind))
    }
}

fn format(source: &Source) -> Result<Format, ReadErrorKind> {
    let found = usize::try_from(source.size()?).unwrap_or(usize::MAX).min(MAGIC.len());
    let mut start = [0; MAGIC.len()];
    source.fill(0, &mut start[..found], "the version")?;
    match start {
        MAGIC => Ok(Format::V2(Box::new(v2::File::parse(source)?))),
        [VERSION_1, ..] => Ok(Format::V1(v1::File::default())),
        [version, ..] if start[1..] == MAGIC[1..] => {
            Err(ReadErrorKind::Version(format!("version {version}")))
        }
        _ if found == 0 => Err(ReadErrorKind::Version("an empty file".into())),
        // What it contains is nobody's business: a link may have led here.
        _ => Err(ReadErrorKind::Version("another file".into())),
    }
}
