#![forbid(unsafe_code)]

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::source::Inode;
use super::stat::{Names, Reading, Stat};
use super::writer_info::WriterInfo;
use crate::kind::Value;
use crate::liveness::State;

/// The contents of a file at one moment: owned values, the lanes merged.
///
/// # Examples
/// ```
/// use mmstats::Reader;
/// # use mmstats::{Counter, MmStats};
///
/// # #[derive(MmStats)]
/// # struct Job { done: Counter }
/// # let directory = tempfile::tempdir()?;
/// # let job = Job::builder().directory(&directory).file("job.mmstats").create()?;
/// # job.done.add(1047);
/// # let path = job.path().ok_or("no file")?;
/// let snapshot = Reader::open(path)?.snapshot()?;
/// assert_eq!(snapshot.state().to_string(), "live");
/// let lines: Vec<String> = snapshot.stats().map(|stat| stat.to_string()).collect();
/// assert!(lines.contains(&"done 1047".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(super) path: PathBuf,
    pub(super) version: u8,
    pub(super) state: State,
    pub(super) taken: SystemTime,
    pub(super) written: Option<SystemTime>,
    pub(super) as_of: Option<(SystemTime, SystemTime)>,
    /// The time of `taken`, by a clock that is never adjusted.
    pub(super) read_at: Instant,
    pub(super) writer: WriterInfo,
    pub(super) origin: Origin,
    pub(super) names: Arc<Names>,
    pub(super) values: Vec<Reading>,
    pub(super) lanes: Vec<Lane>,
    pub(super) lanes_lost: u64,
}

/// The identity of a version 1 file beyond its contents. Unused for version 2.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Origin {
    pub(super) inode: Option<Inode>,
    /// Whether its live writer maps this file; if not, this is a copy.
    pub(super) mapped: Option<bool>,
    /// `sys.created` as stored, which a program may repeat in the files of all its threads.
    pub(super) declared: Option<SystemTime>,
}

/// The statistics of one thread.
///
/// # Examples
/// ```
/// use mmstats::Reader;
/// # use mmstats::{Counter, MmStats};
///
/// # #[derive(MmStats)]
/// # struct Job { done: Counter }
/// # let directory = tempfile::tempdir()?;
/// # let job = Job::builder().directory(&directory).file("job.mmstats").create()?;
/// # let path = job.path().ok_or("no file")?;
/// std::thread::scope(|scope| {
///     scope.spawn(|| job.done.add(2));
///     job.done.add(1);
/// });
/// let snapshot = Reader::open(path)?.snapshot()?;
/// let values = snapshot.lanes().iter().flat_map(|lane| lane.stats());
/// assert_eq!(values.filter_map(|stat| stat.value().as_u64()).sum::<u64>(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Lane {
    pub(super) tid: u32,
    pub(super) claimed: bool,
    pub(super) values: Vec<Reading>,
    pub(super) names: Arc<Names>,
}

impl Snapshot {
    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the version of its format.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// Returns the state of its writer.
    pub fn state(&self) -> State {
        self.state
    }

    /// Returns when the snapshot was taken or, for a [checkpoint](WriterInfo::is_checkpoint), when
    /// that was made.
    pub fn taken(&self) -> SystemTime {
        self.taken
    }

    /// Returns the latest time at which the writer is known to have been alive: it ended, created
    /// or flushed the file, started a thread, recorded a duration, or caused the system to record a
    /// modification.
    ///
    /// It may have written later, since a store to memory leaves no trace of its time.
    pub fn written(&self) -> Option<SystemTime> {
        self.written
    }

    /// Returns the earliest and the latest time at which the file may have had these values.
    ///
    /// The two are equal where the file shows the time: a file that is being written has them now, a
    /// closed one had them when its writer ended, and a checkpoint when it was made. A copy had them
    /// between the latest time stored in it and its own creation. `None` if nothing is known, as for
    /// a file of version 1 that does not record when it was created.
    ///
    /// The time of modification is not used: stores to memory do not set it, and copying does.
    pub fn as_of(&self) -> Option<(SystemTime, SystemTime)> {
        self.as_of
    }

    /// Returns the writer of the file.
    pub fn writer(&self) -> &WriterInfo {
        &self.writer
    }

    /// Returns the age of the file when the snapshot was taken.
    pub fn age(&self) -> Option<Duration> {
        self.taken.duration_since(self.writer.created?).ok()
    }

    /// Returns all statistics in the file's order. In a version 2 file, `sys.pid` and the other
    /// facts from the header come first; in a version 1 file they are fields. They have the
    /// program's `prefix`, if it set one; [`writer`](Self::writer) returns them without.
    pub fn stats(&self) -> impl ExactSizeIterator<Item = Stat<'_>> + Clone {
        self.names.stats(&self.values)
    }

    /// Returns the statistic with this key.
    ///
    /// # Examples
    /// ```
    /// use mmstats::{Counter, KeyBuf, MmStats, Reader};
    ///
    /// #[derive(MmStats)]
    /// struct Web {
    ///     requests: [Counter; 2],
    /// }
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let stats = Web::builder().directory(&directory).create()?;
    /// # let path = stats.path().ok_or("no file")?;
    /// let snapshot = Reader::open(path)?.snapshot()?;
    /// assert!(snapshot.stat(r#"requests{index="1"}"#).is_some());
    /// assert!(snapshot.stat(KeyBuf::new("requests").with("index", "1")).is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stat(&self, key: impl AsRef<str>) -> Option<Stat<'_>> {
        self.names.find(&self.values, key.as_ref())
    }

    /// Returns the value of the statistic with this key.
    pub fn get(&self, key: impl AsRef<str>) -> Option<&Value> {
        self.stat(key).map(|stat| stat.value())
    }

    /// Returns the statistics of each thread. Empty for a version 1 file.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// Returns how many threads found no room in the file, so that their counts are invisible.
    pub fn lanes_lost(&self) -> u64 {
        self.lanes_lost
    }
}

impl Lane {
    /// Returns the thread that owns it, or owned it last.
    pub fn tid(&self) -> u32 {
        self.tid
    }

    /// Returns whether a thread owns it now, or did when its process ended.
    pub fn is_claimed(&self) -> bool {
        self.claimed
    }

    /// Returns its statistics.
    pub fn stats(&self) -> impl ExactSizeIterator<Item = Stat<'_>> + Clone {
        self.names.stats(&self.values)
    }
}

/// Prints the path and the state, and then a line for each statistic.
impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.state)?;
        self.stats().try_for_each(|stat| write!(f, "\n{stat}"))
    }
}
