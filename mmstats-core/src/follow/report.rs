#![forbid(unsafe_code)]
//! Reads a file, and determines the event.

use super::followed::{Followed, Latest, Read, Stamp, since_first};
use super::sighting::{Event, Sighting, Since};
use super::{Follower, Lost, next_id};
use crate::error::ReadError;
use crate::reader::{Inode, Snapshot};

/// How a file is accessed.
pub(super) enum Access {
    Listed(Stamp),
    /// As far as it is open, or its path still leads to it. With the reason why it was not found.
    Unlisted(Option<ReadError>),
}

impl Follower {
    /// Reads a file and reports it, after the file whose place it took.
    pub(super) fn sight(
        &mut self,
        inode: Inode,
        access: Access,
        lost: &mut Lost,
        sightings: &mut Vec<Sighting>,
    ) {
        let Some(mut file) = self.files.remove(&inode) else { return };
        let event = match lost.get(&file.path) {
            _ if file.first < self.look => Event::Known,
            Some(_) => Event::Replaced,
            None => Event::Appeared,
        };
        let stamp = match access {
            Access::Listed(stamp) => Some(stamp),
            Access::Unlisted(_) => file.latest.as_ref().and_then(|latest| latest.stamp),
        };
        let sighting = match (file.read(&inode, stamp, &mut self.open), access) {
            (Ok(Read::Snapshot(now)), _) => {
                let (event, since) = self.compare(&mut file, &inode, &now, event, lost, sightings);
                let before = file.latest.replace(Latest::new(now, stamp));
                file.sighting(event, before, since)
            }
            (Ok(Read::Settled), _) => file.settled(event),
            (Ok(Read::Moved), Access::Unlisted(error)) => file.unread(event, error),
            (Ok(Read::Moved), Access::Listed(_)) => {
                // It was replaced after it was found. The next look finds its successor.
                if file.latest.is_some() {
                    lost.insert(file.path.clone(), inode);
                    self.files.insert(inode, file);
                }
                return;
            }
            (Err(error), _) => file.unread(event, Some(error)),
        };
        sightings.push(sighting);
        file.last = self.look;
        self.files.insert(inode, file);
    }

    /// Finds out whether a snapshot continues the latest one, or that of a file which had the path.
    fn compare(
        &mut self,
        file: &mut Followed,
        inode: &Inode,
        now: &Snapshot,
        event: Event,
        lost: &mut Lost,
        sightings: &mut Vec<Sighting>,
    ) -> (Event, Since) {
        if let Some(before) = file.snapshot() {
            if now.is_same_file(before) {
                return (Event::Known, Since::Before);
            }
            // It was overwritten in place.
            sightings.push(file.unread(Event::Gone, None));
            *file = Followed { id: next_id(&mut self.ids), latest: None, ..file.clone() };
            let since = if now.version() == 1 {
                Since::Creation
            } else {
                since_first(now, inode, self.complete)
            };
            return (Event::Replaced, since);
        }
        if let Some(old) = lost.remove(&file.path) {
            let is_successor = |earlier: &Followed| {
                let snapshot = earlier.snapshot();
                snapshot.is_some_and(|it| now.writer().checkpoint && now.is_same_file(it))
            };
            if self.files.get(&old).is_some_and(is_successor) {
                if let Some(earlier) = self.files.remove(&old) {
                    self.open.take(&old);
                    (file.id, file.latest) = (earlier.id, earlier.latest);
                    return (Event::Known, Since::Before);
                }
            }
            sightings.extend(self.last_sighting(old));
        }
        (event, since_first(now, inode, file.since))
    }

    /// Forgets a file, after reading it a last time if it is open.
    pub(super) fn last_sighting(&mut self, inode: Inode) -> Option<Sighting> {
        let mut file = self.files.remove(&inode)?;
        let before = file.snapshot()?.clone();
        let last = self.open.take(&inode).and_then(|reader| reader.snapshot().ok());
        Some(match last.filter(|last| last.is_same_file(&before)) {
            Some(last) => {
                let before = file.latest.replace(Latest::new(last.into(), None));
                file.sighting(Event::Gone, before, Since::Before)
            }
            None if before.state().has_ended() => file.settled(Event::Gone),
            None => file.unread(Event::Gone, None),
        })
    }
}
