#![forbid(unsafe_code)]

use std::fmt;

/// The state of a file's writer. All tools use these words.
///
/// # Examples
/// ```
/// use mmstats::{Reader, State};
/// # use mmstats::{Counter, MmStats};
///
/// # #[derive(MmStats)]
/// # struct Job { done: Counter }
/// # let directory = tempfile::tempdir()?;
/// # let job = Job::builder().directory(&directory).file("job.mmstats").create()?;
/// # let path = job.path().ok_or("no file")?;
/// let reader = Reader::open(path)?;
/// assert_eq!(reader.snapshot()?.state(), State::Live);
/// drop(job);
/// assert_eq!(reader.snapshot()?.state(), State::Closed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// It is running.
    Live,
    /// It ended normally.
    Closed,
    /// It ended with a panic.
    Panicked,
    /// It ended without a trace: it was killed, or its machine crashed, or its handle was in a
    /// `static` that the program did not [`close`](crate::Mapped::close).
    Dead,
    /// Its state cannot be determined.
    Unknown,
}

impl State {
    /// Returns whether the writer is known to have ended.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Closed | Self::Panicked | Self::Dead)
    }

    /// Returns `live`, `closed`, `panicked`, `dead` or `unknown`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Closed => "closed",
            Self::Panicked => "panicked",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
