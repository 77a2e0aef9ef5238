#![forbid(unsafe_code)]
//! Follows a set of files over time.

mod followed;
mod listing;
mod open_files;
mod report;
mod sighting;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::mem;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use crate::error::{ReadError, ReadErrorKind};
use crate::reader::Inode;
use followed::{Followed, Stamp};
use listing::Listed;
pub use listing::Listing;
use open_files::OpenFiles;
use report::Access;
use sighting::Since;
pub use sighting::{Event, FollowId, Sighting};

/// Follows a set of files over time.
///
/// Each look takes a snapshot of every file and reports what happened to it since the look before.
/// A file is identified by device, inode and, if the file system records it, time of birth:
///
/// - A file with several names is reported once.
/// - A restarted writer has a new file, whose counts are not compared with those of the old one.
///   The same holds for a file that is overwritten in place with another one.
/// - A [checkpoint](crate::Builder::checkpoint_to) and the later one that replaces it are one file.
/// - A deleted file is read a last time, because it is still open.
/// - A file whose writer has ended is read again only if somebody writes to it.
/// - If the listing is incomplete, files that are not listed stay known.
///
/// # Examples
/// ```
/// use mmstats::{Event, Follower, Listing, Value};
/// # use mmstats::{Counter, MmStats};
///
/// # #[derive(MmStats)]
/// # struct Job { done: Counter }
/// # let directory = tempfile::tempdir()?;
/// # let job = Job::builder().directory(&directory).file("job.mmstats").create()?;
/// # let directory = directory.path();
/// # job.done.add(5);
/// let mut follower = Follower::new();
/// let sightings = follower.look(Listing::of_directories([directory]));
/// assert_eq!(sightings[0].event(), Event::Appeared);
/// // It was there before the first look: what it counted until then is no change.
/// assert!(sightings[0].change().is_none());
///
/// // A minute later, it has counted from 5 to 8.
/// # job.done.add(3);
/// let sightings = follower.look(Listing::of_directories([directory]));
/// assert_eq!(sightings[0].event(), Event::Known);
/// let change = sightings[0].change().ok_or("no change")?;
/// assert_eq!(change.get("done"), Some(&Value::Counter(3)));
///
/// job.remove()?;
/// let sightings = follower.look(Listing::of_directories([directory]));
/// assert_eq!(sightings[0].event(), Event::Gone);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Follower {
    files: HashMap<Inode, Followed>,
    /// Paths at which no file could be found, and the look that tried last.
    missing: HashMap<Arc<Path>, (FollowId, u64)>,
    open: OpenFiles,
    /// How many ids are in use.
    ids: u64,
    /// The number of this look.
    look: u64,
    /// When the last look at a complete listing began.
    complete: Option<SystemTime>,
}

/// What is at a listed path.
enum Found {
    File(Inode, Stamp),
    Nothing(Arc<Path>, ReadError),
}

/// Files that no listed path leads to.
type Lost = BTreeMap<Arc<Path>, Inode>;

impl Default for Follower {
    fn default() -> Self {
        Self::new()
    }
}

impl Follower {
    /// Creates a follower that knows no files.
    pub fn new() -> Self {
        Self {
            files: HashMap::new(),
            missing: HashMap::new(),
            open: OpenFiles::new(),
            ids: 0,
            look: 0,
            complete: None,
        }
    }

    /// Limits the number of files that stay open between looks.
    ///
    /// It is never more than the process's limit on open files less a reserve of 64, which is the
    /// default. Files beyond the limit are reopened at each look, which takes longer, and cannot be
    /// read a last time after they are deleted.
    #[must_use]
    pub fn keep_open(mut self, files: usize) -> Self {
        self.open.limit = files;
        self
    }

    /// Looks at all listed files, and at those that were listed before.
    ///
    /// Returns a sighting of each file in the order of the listing, followed by those that are not
    /// listed. If the listing is complete, these are read a last time and reported as gone;
    /// otherwise they are read again if possible, and stay known.
    pub fn look(&mut self, listing: Listing) -> Vec<Sighting> {
        let began = SystemTime::now();
        self.look += 1;
        self.open.begin_look();
        let complete = listing.is_complete();
        let found = self.find(listing.paths);
        let mut lost = self.lost();
        let mut sightings = Vec::with_capacity(found.len() + lost.len());
        for found in found {
            match found {
                Found::File(inode, stamp) => {
                    self.sight(inode, Access::Listed(stamp), &mut lost, &mut sightings);
                }
                Found::Nothing(path, error) => match lost.get(&path).copied() {
                    None => sightings.extend(self.missing(path, error)),
                    // Its deletion is reported below.
                    Some(_) if error.is_not_found() => {}
                    Some(inode) => {
                        lost.remove(&path);
                        let access = Access::Unlisted(Some(error));
                        self.sight(inode, access, &mut lost, &mut sightings);
                    }
                },
            }
        }
        for (path, inode) in lost {
            // A checkpoint whose path exists is just being replaced.
            if complete && !(self.is_checkpoint(inode) && path.exists()) {
                sightings.extend(self.last_sighting(inode));
            } else {
                self.sight(inode, Access::Unlisted(None), &mut Lost::new(), &mut sightings);
            }
        }
        if complete {
            self.complete = Some(began);
            self.files.retain(|_, file| file.last == self.look);
            self.missing.retain(|_, (_, last)| *last == self.look);
        }
        sightings
    }

    /// Finds out which file each path leads to. Each file is found once.
    fn find(&mut self, listed: Vec<Listed>) -> Vec<Found> {
        let mut found = Vec::with_capacity(listed.len());
        for Listed { path, expected } in listed {
            let metadata = match fs::metadata(&path) {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == io::ErrorKind::NotFound && !expected => continue,
                Err(error) => {
                    let kind = ReadErrorKind::Io { doing: "open it", error };
                    let error = ReadError::new(&path, kind);
                    found.push(Found::Nothing(path.into(), error));
                    continue;
                }
            };
            let inode = Inode::of(&metadata);
            let (ids, look) = (&mut self.ids, self.look);
            let file = self.files.entry(inode).or_insert_with(|| Followed {
                id: next_id(ids),
                path: path.as_path().into(),
                first: look,
                last: 0,
                since: self.complete,
                latest: None,
            });
            if file.last == look {
                continue; // by another name
            }
            file.last = look;
            if *file.path != *path {
                file.rename(&path);
                self.open.take(&inode);
            }
            found.push(Found::File(inode, Stamp::of(&metadata)));
        }
        found
    }

    fn lost(&self) -> Lost {
        let lost = self.files.iter().filter(|(_, file)| file.last < self.look);
        let read = lost.filter(|(_, file)| file.latest.is_some());
        read.map(|(inode, file)| (file.path.clone(), *inode)).collect()
    }

    fn is_checkpoint(&self, inode: Inode) -> bool {
        let file = self.files.get(&inode);
        file.and_then(Followed::snapshot).is_some_and(|snapshot| snapshot.writer().checkpoint)
    }

    /// Reports a path that leads to no file, once.
    fn missing(&mut self, path: Arc<Path>, error: ReadError) -> Option<Sighting> {
        let event = if self.missing.contains_key(&path) { Event::Known } else { Event::Appeared };
        let ids = &mut self.ids;
        let (id, last) = self.missing.entry(path.clone()).or_insert_with(|| (next_id(ids), 0));
        let (id, since) = (*id, Since::Nothing);
        let is_first = mem::replace(last, self.look) < self.look;
        let error = Some(error);
        is_first.then_some(Sighting { id, path, event, snapshot: None, before: None, since, error })
    }
}

fn next_id(ids: &mut u64) -> FollowId {
    *ids += 1;
    FollowId(*ids)
}
