#![forbid(unsafe_code)]
//! What all clones of a handle share: the lanes, and the file that they lie in.

use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use super::MmStats;
use super::current::Release;
use super::extent::Extent;
use super::lanes::{Lane, Lanes};
use super::publish::Published;
use crate::clock::Deadline;
use crate::error::CreateError;
use crate::format::header::StateWord;
use crate::format::lane::LANE_HEADER_SIZE;

/// Where the lanes lie.
#[derive(Debug)]
pub(super) enum Backing {
    /// In a file that others can read.
    File(Box<Published>),
    /// In this process's memory, because no file could be made.
    Detached(CreateError),
}

#[derive(Debug)]
pub(super) struct Shared<S: MmStats> {
    lanes: Lanes<S>,
    pub(super) backing: Backing,
    /// The lane of threads that end and have given theirs back, if there ever was one.
    spare: OnceLock<usize>,
    /// When `flush_every` has something to do.
    flush_due: Deadline,
}

impl<S: MmStats> Shared<S> {
    pub(super) fn new(first: Extent<S>, backing: Backing) -> Self {
        Self {
            lanes: Lanes::new(first),
            backing,
            spare: OnceLock::new(),
            flush_due: Deadline::default(),
        }
    }

    /// A lane that no other thread writes to.
    ///
    /// Only where there is no memory at all it is the first one, which then has two writers, and
    /// may lose counts.
    pub(super) fn claim(&self) -> usize {
        self.lanes.claim(|index| self.extent(index)).unwrap_or(0)
    }

    /// The struct in the lane at `index`, which was claimed.
    pub(super) fn lane(&self, index: usize) -> &S {
        let lane = self.lanes.get(index).or_else(|| self.lanes.get(0));
        lane.expect("the first lane is there from the start").extent.stats()
    }

    /// The lane of threads that have none of their own any more.
    pub(super) fn spare_lane(&self) -> &S {
        self.lane(*self.spare.get_or_init(|| self.claim()))
    }

    /// The struct in each lane.
    pub(super) fn all(&self) -> impl Iterator<Item = &S> {
        self.lanes.iter().map(|lane| lane.extent.stats())
    }

    fn extent(&self, index: usize) -> Option<Extent<S>> {
        match &self.backing {
            Backing::File(file) => file.lane(index),
            Backing::Detached(_) => None,
        }
        .or_else(|| Extent::anonymous(LANE_HEADER_SIZE + size_of::<S>()).ok())
    }

    pub(super) fn flush(&self, wait: bool) -> io::Result<()> {
        let Backing::File(file) = &self.backing else {
            return Ok(());
        };
        file.stamp_flush();
        let copied = file.checkpoint().map_err(|error| io::Error::new(error.io_kind(), error))?;
        if copied {
            return Ok(());
        }
        self.lanes
            .iter()
            .map(|lane: &Lane<S>| &lane.extent)
            .try_for_each(|extent| extent.flush(wait))?;
        file.flush(wait)
    }

    pub(super) fn close(&self) {
        if let Backing::File(file) = &self.backing {
            file.end(StateWord::Closed);
            // Whoever has to know whether it came to the disk has flushed.
            let _ = file.checkpoint();
        }
    }

    /// Two threads that find it due at the same time flush twice.
    #[inline]
    pub(super) fn flush_every(&self, interval: Duration) -> io::Result<bool> {
        let due = self.flush_due.has_come();
        if due {
            self.flush_due.set(u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX));
            self.flush(true)?;
        }
        Ok(due)
    }
}

impl<S: MmStats> Release for Shared<S> {
    fn release(&self, lane: usize) {
        self.lanes.release(lane);
    }
}

impl<S: MmStats> Drop for Shared<S> {
    fn drop(&mut self) {
        if let Backing::File(file) = &self.backing {
            file.end(if std::thread::panicking() {
                StateWord::Panicked
            } else {
                StateWord::Closed
            });
            file.leave();
        }
    }
}
