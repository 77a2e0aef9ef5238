#![forbid(unsafe_code)]

use std::time::SystemTime;

/// The writer of a file, as far as the file identifies it.
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
/// let snapshot = Reader::open(path)?.snapshot()?;
/// let writer = snapshot.writer();
/// assert_eq!(writer.pid(), Some(std::process::id()));
/// assert_eq!(writer.ended(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct WriterInfo {
    pub(crate) pid: Option<u32>,
    pub(crate) tid: Option<u32>,
    pub(crate) uid: Option<u32>,
    pub(crate) gid: Option<u32>,
    pub(crate) command: Option<String>,
    pub(crate) created: Option<SystemTime>,
    pub(crate) ended: Option<SystemTime>,
    pub(crate) flushed: Option<SystemTime>,
    pub(crate) checkpoint: bool,
    pub(crate) file_id: Option<[u8; 16]>,
}

impl WriterInfo {
    /// Returns its process, in its own pid namespace.
    pub fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// Returns the thread that created the file.
    pub fn tid(&self) -> Option<u32> {
        self.tid
    }

    /// Returns the user that it runs as.
    pub fn uid(&self) -> Option<u32> {
        self.uid
    }

    /// Returns the group that it runs as.
    pub fn gid(&self) -> Option<u32> {
        self.gid
    }

    /// Returns the name under which it was started.
    pub fn command(&self) -> Option<&str> {
        self.command.as_deref()
    }

    /// Returns when the file was created.
    pub fn created(&self) -> Option<SystemTime> {
        self.created
    }

    /// Returns when it ended; `None` if it did not record its end.
    pub fn ended(&self) -> Option<SystemTime> {
        self.ended
    }

    /// Returns when it last wrote the file back to its disk.
    pub fn flushed(&self) -> Option<SystemTime> {
        self.flushed
    }

    /// Returns whether the file is a [checkpoint](crate::Builder::checkpoint_to), which shows the
    /// values at the time of a flush.
    pub fn is_checkpoint(&self) -> bool {
        self.checkpoint
    }

    /// Returns what identifies the file, even if another one has its name later.
    pub fn file_id(&self) -> Option<[u8; 16]> {
        self.file_id
    }
}
