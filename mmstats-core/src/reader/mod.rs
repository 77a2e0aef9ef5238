#![forbid(unsafe_code)]
//! Readers of files of every version, which copy and check them.

mod decode;
mod delta;
mod merge;
mod remains;
mod runs;
mod schema;
mod snapshot;
mod source;
mod v1;
mod v2;

use std::path::Path;

use crate::error::{ReadError, ReadErrorKind};
use crate::format::{MAGIC, VERSION_1};
use crate::liveness::State;

pub use delta::Delta;
pub use remains::{Claim, Remains};
pub use snapshot::{Lane, Snapshot, Stat, Writer};
pub(crate) use source::Inode;
use source::Source;

/// An open statistics file, of which snapshots can be taken at any time.
///
/// It is checked once; each snapshot copies what changes. The file may be hostile, may shrink
/// while it is read, and may have been left by a process that died in the middle of a write:
/// that gives an error, or a value that is marked as torn. The file is never mapped.
///
/// # Examples
/// ```no_run
/// # use mmstats_core as mmstats;
/// # fn main() -> Result<(), mmstats::ReadError> {
/// let reader = mmstats::Reader::open("update-emails-4280.mmstats")?;
/// let snapshot = reader.snapshot()?;
/// println!("{}: {:?}", snapshot.state(), snapshot.get("done"));
/// # Ok(())
/// # }
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
    /// Opens a file of any version, and checks its header and schema.
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

    /// The file.
    pub fn path(&self) -> &Path {
        &self.source.path
    }

    /// The file that is open, whatever its path leads to by now.
    pub(crate) fn inode(&self) -> Result<Inode, ReadError> {
        let found = self.source.metadata();
        let found = found.map_err(|kind| ReadError::new(&self.source.path, kind))?;
        Ok(Inode::of(&found))
    }

    /// Copies all values.
    ///
    /// Of a [checkpoint](crate::Builder::checkpoint_to) that its writer has replaced by a later one,
    /// those of the later one.
    ///
    /// # Errors
    /// If the file cannot be read, was cut short, or is of version 1 and holds nonsense.
    pub fn snapshot(&self) -> Result<Snapshot, ReadError> {
        let snapshot = self.own_snapshot()?;
        // The writer holds the lock of the latest one only.
        if snapshot.writer.checkpoint && matches!(snapshot.state, State::Dead | State::Unknown) {
            let latest = Self::open(self.path()).and_then(|reader| reader.own_snapshot());
            return Ok(latest
                .ok()
                .filter(|latest| latest.is_same_file(&snapshot))
                .unwrap_or(snapshot));
        }
        Ok(snapshot)
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
        _ if found == 0 => Err(ReadErrorKind::Version("nothing: it is empty".into())),
        _ => Err(ReadErrorKind::Version(format!("`{}`", start[..found].escape_ascii()))),
    }
}
