//! Saved copies of files, as a baseline for changes.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use mmstats_core::{Delta, Reader, Role, Snapshot};

use crate::files::select::select;
use crate::report::Report;

/// The copies, made with `cp`, from which changes are counted.
#[derive(Debug, Default)]
pub(crate) struct Baseline {
    copies: Vec<Snapshot>,
    /// Indexes of the copies, by identity, and by identity and name.
    by_identity: HashMap<Identity, Vec<usize>>,
    by_name: HashMap<(Identity, OsString), Vec<usize>>,
}

/// What two snapshots of one file have in common. Those of two files may have it in common as well.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Identity {
    Id([u8; 16]),
    /// The process, the thread and the time of creation, as the file stores them.
    Writer(Vec<String>),
    /// The keys of a file that does not identify its writer.
    Keys(Vec<String>),
}

/// What changed in a file since its copy was made.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    pub(crate) copy: &'a Snapshot,
    pub(crate) delta: Arc<Delta>,
    /// `None` if the two files do not show how much time passed.
    pub(crate) elapsed: Option<Duration>,
}

/// Why a file has no change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoChange {
    NoCopy,
    LaterCopy,
}

impl fmt::Display for NoChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCopy => "has no copy",
            Self::LaterCopy => "is earlier than its copy: name the earlier file first",
        })
    }
}

impl Baseline {
    /// Reads the selected copies, and reports those that cannot be read.
    pub(crate) fn read(targets: &[OsString], report: &mut Report) -> Self {
        let mut baseline = Self::default();
        if targets.is_empty() {
            return baseline;
        }
        for selected in select(targets, report) {
            match Reader::open(&selected.path).and_then(|reader| reader.snapshot()) {
                Ok(snapshot) => baseline.push(snapshot),
                Err(error) => report.failure(error),
            }
        }
        baseline
    }

    fn push(&mut self, copy: Snapshot) {
        let (index, identity) = (self.copies.len(), Identity::of(&copy));
        let name = name_of(&copy).to_owned();
        self.by_name.entry((identity.clone(), name)).or_default().push(index);
        self.by_identity.entry(identity).or_default().push(index);
        self.copies.push(copy);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.copies.is_empty()
    }

    /// Computes what changed since the copy of this file was made.
    pub(crate) fn change(&self, now: &Snapshot) -> Result<Change<'_>, NoChange> {
        let copy = self.copy_of(now).ok_or(NoChange::NoCopy)?;
        let delta = now.since(copy).ok_or(NoChange::NoCopy)?;
        if is_earlier(now, copy) {
            return Err(NoChange::LaterCopy);
        }
        Ok(Change { copy, delta: Arc::new(delta), elapsed: elapsed(now, copy) })
    }

    /// Returns the copy of this file, preferably one with its name: the pid and the time of creation
    /// of version 1 files need not be unique.
    fn copy_of(&self, now: &Snapshot) -> Option<&Snapshot> {
        let identity = Identity::of(now);
        let same = |found: &Vec<usize>| {
            let mut copies = found.iter().filter_map(|index| self.copies.get(*index));
            copies.find(|copy| copy.is_same_file(now))
        };
        let named = self.by_name.get(&(identity.clone(), name_of(now).to_owned()));
        named.and_then(same).or_else(|| self.by_identity.get(&identity).and_then(same))
    }
}

impl Identity {
    fn of(snapshot: &Snapshot) -> Self {
        // The id is zero if the system had no random numbers.
        if let Some(id) = snapshot.writer().file_id().filter(|id| *id != [0; 16]) {
            return Self::Id(id);
        }
        // As stored: the time of creation that the writer is known to have may be a better one.
        let stored = ["sys.pid", "sys.tid", "sys.created"];
        let facts = snapshot
            .stats()
            .filter(|stat| stat.is_fact() && stored.iter().any(|fact| stat.name().ends_with(fact)));
        let facts: Vec<String> = facts.map(|fact| fact.value().to_string()).collect();
        if facts.is_empty() {
            Self::Keys(snapshot.stats().map(|stat| stat.key().to_string()).collect())
        } else {
            Self::Writer(facts)
        }
    }
}

fn name_of(snapshot: &Snapshot) -> &OsStr {
    snapshot.path().file_name().unwrap_or_default()
}

/// Returns whether `now` is older than its supposed copy: the files show it, or else counts are
/// lower and none is higher.
fn is_earlier(now: &Snapshot, copy: &Snapshot) -> bool {
    if let (Some((earliest, latest)), Some((copy_earliest, copy_latest))) =
        (now.as_of(), copy.as_of())
    {
        if latest < copy_earliest {
            return true;
        }
        if copy_latest < earliest {
            return false;
        }
    }
    let counts = now.stats().zip(copy.stats()).filter_map(|(now, copy)| {
        let (now, copy) = (now.value().summary(), copy.value().summary());
        let grows = matches!(now.role, Role::Counter | Role::Samples);
        Some(now.count?.cmp(&copy.count?)).filter(|_| grows)
    });
    counts.clone().any(Ordering::is_lt) && !counts.clone().any(Ordering::is_gt)
}

/// Returns the time between two files by the times that they show; `None` if it may differ from the
/// truth by more than a tenth.
fn elapsed(now: &Snapshot, copy: &Snapshot) -> Option<Duration> {
    let ((earliest, latest), (copy_earliest, copy_latest)) = (now.as_of()?, copy.as_of()?);
    let between = |now: SystemTime, then| now.duration_since(then).ok();
    let shown = between(earliest, copy_earliest)?;
    let (least, most) = (between(earliest, copy_latest)?, between(latest, copy_earliest)?);
    (most.abs_diff(least) <= most / 10).then_some(shown)
}
