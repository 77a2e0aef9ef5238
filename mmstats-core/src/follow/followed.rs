#![forbid(unsafe_code)]

use std::fs::Metadata;
use std::mem;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::open_files::OpenFiles;
use super::sighting::{Event, FollowId, Sighting, Since};
use crate::error::ReadError;
use crate::liveness::State;
use crate::reader::{Inode, Snapshot, status};

/// What the follower remembers of a file.
#[derive(Debug, Clone)]
pub(super) struct Followed {
    pub(super) id: FollowId,
    pub(super) path: Arc<Path>,
    /// The numbers of the looks that found it first and last.
    pub(super) first: u64,
    pub(super) last: u64,
    /// When the last complete look before its first sighting began: what was created later is new.
    pub(super) since: Option<SystemTime>,
    pub(super) latest: Option<Latest>,
}

/// The latest snapshot of a file.
#[derive(Debug, Clone)]
pub(super) struct Latest {
    pub(super) snapshot: Arc<Snapshot>,
    /// What the file system said before it was taken.
    pub(super) stamp: Option<Stamp>,
    /// When it was last known to be true.
    pub(super) at: Instant,
}

/// Size and times of a file; different if somebody wrote to it with a system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    pub(super) fn of(found: &Metadata) -> Self {
        Self {
            size: found.len(),
            modified: status::modified(found),
            changed: status::changed(found),
        }
    }
}

/// The result of reading a file.
pub(super) enum Read {
    Snapshot(Arc<Snapshot>),
    /// The latest snapshot is still true.
    Settled,
    /// The path leads to another file by now, or to none.
    Moved,
}

impl Latest {
    pub(super) fn new(snapshot: Arc<Snapshot>, stamp: Option<Stamp>) -> Self {
        Self { snapshot, stamp, at: Instant::now() }
    }
}

impl Followed {
    pub(super) fn snapshot(&self) -> Option<&Arc<Snapshot>> {
        self.latest.as_ref().map(|latest| &latest.snapshot)
    }

    /// Notes that the file has another path, so that it is read again under this one.
    pub(super) fn rename(&mut self, path: &Path) {
        self.path = path.into();
        if let Some(latest) = &mut self.latest {
            latest.stamp = None;
        }
    }

    /// Returns whether the file never changes again, and nobody has overwritten it. A version 1
    /// file may be taken over by another writer at any time.
    fn is_settled(&self, stamp: Option<Stamp>) -> bool {
        self.latest.as_ref().is_some_and(|latest| {
            let snapshot = &latest.snapshot;
            snapshot.version() > 1 && snapshot.state().has_ended() && latest.stamp == stamp
        })
    }

    /// Reads the file, whose stamp was just found to be this, unless it is settled.
    pub(super) fn read(
        &self,
        inode: &Inode,
        stamp: Option<Stamp>,
        open: &mut OpenFiles,
    ) -> Result<Read, ReadError> {
        if self.is_settled(stamp) {
            return Ok(Read::Settled);
        }
        let reader = match open.take(inode) {
            Some(reader) => reader,
            None => match open.open(&self.path) {
                Err(error) if error.is_not_found() => return Ok(Read::Moved),
                Ok(reader) if reader.inode()? != *inode => return Ok(Read::Moved),
                reader => reader?,
            },
        };
        let snapshot = reader.snapshot()?;
        // Others are not expected to change, or may be overwritten with another schema.
        if snapshot.version() == 1 || snapshot.state() == State::Live {
            open.keep(*inode, reader);
        }
        Ok(Read::Snapshot(snapshot.into()))
    }

    pub(super) fn sighting(&self, event: Event, before: Option<Latest>, since: Since) -> Sighting {
        Sighting {
            id: self.id,
            path: self.path.clone(),
            event,
            snapshot: self.snapshot().cloned(),
            before: before.map(|before| before.snapshot),
            since,
            error: None,
        }
    }

    /// Reports that nothing changed since the latest snapshot.
    pub(super) fn settled(&mut self, event: Event) -> Sighting {
        let now = Instant::now();
        let before = self.latest.clone();
        let elapsed = self.latest.as_mut().map(|latest| now - mem::replace(&mut latest.at, now));
        self.sighting(event, before, Since::Settled(elapsed.unwrap_or_default()))
    }

    /// Reports that the file was not read.
    pub(super) fn unread(&self, event: Event, error: Option<ReadError>) -> Sighting {
        Sighting { error, ..self.sighting(event, self.latest.clone(), Since::Nothing) }
    }
}

/// Returns what the first snapshot of a file is relative to: its creation if it was created after
/// `before`, when the files were looked at.
///
/// A version 1 file of a live program is as old as its snapshot says, which knows that a program
/// repeats one `sys.created` in the files of all threads. Where it does not say, it is as old as
/// its inode.
pub(super) fn since_first(now: &Snapshot, inode: &Inode, before: Option<SystemTime>) -> Since {
    /// How long it may take from the time that a file stores until the file has its name.
    const CREATION: Duration = Duration::from_secs(1);
    let Some(before) = before else { return Since::Nothing };
    let publication = before.checked_sub(CREATION).unwrap_or(before);
    let is_new = match (now.version(), now.writer().created) {
        (1, Some(created)) if now.is_copy() => created >= before,
        (1, None) => inode.born.is_none_or(|born| born >= publication),
        (_, created) => created.is_some_and(|created| created >= publication),
    };
    if is_new { Since::Creation } else { Since::Nothing }
}
