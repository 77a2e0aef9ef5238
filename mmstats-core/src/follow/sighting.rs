#![forbid(unsafe_code)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::error::ReadError;
use crate::reader::{Delta, Snapshot};

/// Identifies a file that a [`Follower`](crate::Follower) follows, for as long as it is followed.
///
/// It is the same for a [checkpoint](crate::Builder::checkpoint_to) and the later one that replaces
/// it. A restarted writer has a new file, and so a new id. No id is used twice.
///
/// # Examples
/// ```
/// use std::collections::HashMap;
/// use mmstats::{Follower, Listing};
/// # use mmstats::{Counter, MmStats};
///
/// # #[derive(MmStats)]
/// # struct Job { done: Counter }
/// # let directory = tempfile::tempdir()?;
/// # let job = Job::builder().directory(&directory).file("job.mmstats").create()?;
/// # let directory = directory.path();
/// let mut follower = Follower::new();
/// let mut looks = HashMap::new();
/// for _ in 0..3 {
///     for sighting in follower.look(Listing::of_directories([directory])) {
///         *looks.entry(sighting.id()).or_insert(0) += 1;
///     }
/// }
/// assert_eq!(looks.into_values().collect::<Vec<_>>(), [3]); // one file, seen three times
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FollowId(pub(super) u64);

/// What a look found of one file.
///
/// # Examples
/// ```
/// use mmstats::{Follower, Listing, State};
/// # use mmstats::{Counter, MmStats};
///
/// # #[derive(MmStats)]
/// # struct Job { done: Counter }
/// # let directory = tempfile::tempdir()?;
/// # let job = Job::builder().directory(&directory).file("job.mmstats").create()?;
/// # let path = job.path().ok_or("no file")?;
/// let mut follower = Follower::new();
/// let sighting = &follower.look(Listing::of([path]))[0];
/// let snapshot = sighting.snapshot().ok_or("cannot be read")?;
/// assert_eq!((sighting.path(), snapshot.state()), (path, State::Live));
///
/// # let path = path.to_owned();
/// drop(job);
/// assert!(follower.look(Listing::of([path]))[0].ended());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Sighting {
    pub(super) id: FollowId,
    pub(super) path: Arc<Path>,
    pub(super) event: Event,
    pub(super) snapshot: Option<Arc<Snapshot>>,
    pub(super) before: Option<Arc<Snapshot>>,
    pub(super) since: Since,
    pub(super) error: Option<ReadError>,
}

/// What happened to a file since the look before.
///
/// # Examples
/// ```
/// use mmstats::{Event, Follower, Listing};
/// # use mmstats::{Counter, MmStats};
///
/// # #[derive(MmStats)]
/// # struct Job { done: Counter }
/// # let directory = tempfile::tempdir()?;
/// # let job = Job::builder().directory(&directory).file("job.mmstats").create()?;
/// # let path = directory.path().join("job.mmstats");
/// let mut follower = Follower::new();
/// let mut look = || {
///     let sightings = follower.look(Listing::of([&path]));
///     sightings.iter().map(|sighting| sighting.event()).collect::<Vec<_>>()
/// };
/// assert_eq!(look(), [Event::Appeared]);
/// assert_eq!(look(), [Event::Known]);
///
/// drop(job); // and its program starts again, with a new file
/// # let job = Job::builder().directory(&directory).file("job.mmstats").create()?;
/// assert_eq!(look(), [Event::Gone, Event::Replaced]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// The follower has not seen it before.
    Appeared,
    /// It has not been seen before, and took the place of a file that was: its writer restarted.
    Replaced,
    /// The follower knows it already.
    Known,
    /// It was deleted, or is no longer listed. This is its last sighting.
    Gone,
}

/// What the change is relative to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Since {
    /// Unknown: it was not read, or never before.
    Nothing,
    Before,
    Creation,
    /// Nothing changes any more. This much time has passed.
    Settled(Duration),
}

impl Sighting {
    /// Returns the handle of the file, which its sightings at all looks share.
    pub fn id(&self) -> FollowId {
        self.id
    }

    /// Returns the path under which the file was listed first.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns what happened to the file.
    pub fn event(&self) -> Event {
        self.event
    }

    /// Returns the latest snapshot that could be taken.
    ///
    /// It is the one of an earlier look if the file could not be read this time, or need not be
    /// because its writer has ended. `None` if the file never could be read.
    pub fn snapshot(&self) -> Option<&Arc<Snapshot>> {
        self.snapshot.as_ref()
    }

    /// Returns the latest snapshot that an earlier look took of this file.
    pub fn before(&self) -> Option<&Arc<Snapshot>> {
        self.before.as_ref()
    }

    /// Returns why the file could not be read this time.
    pub fn error(&self) -> Option<&ReadError> {
        self.error.as_ref()
    }

    /// Computes what changed since [`before`](Self::before), or since creation for a file that was
    /// created after the first look. The changes of all looks add up: nothing is counted twice, and
    /// a file that could not be read at one look makes up for it at the next.
    ///
    /// `None` at the first look, at the first sight of a file that existed earlier but was not
    /// listed, and if the file could not be read.
    pub fn change(&self) -> Option<Delta> {
        let now = self.snapshot.as_ref()?;
        match self.since {
            Since::Nothing => None,
            Since::Before => now.since(self.before.as_ref()?),
            Since::Creation => Some(now.since_creation()),
            Since::Settled(elapsed) => Some(now.unchanged(elapsed)),
        }
    }

    /// Returns whether the writer ended since the look before.
    pub fn ended(&self) -> bool {
        let is_ended = |snapshot: &Arc<Snapshot>| snapshot.state().has_ended();
        let ran = match self.since {
            Since::Creation => true,
            _ => self.before.as_ref().is_some_and(|before| !is_ended(before)),
        };
        ran && self.snapshot.as_ref().is_some_and(is_ended)
    }
}
