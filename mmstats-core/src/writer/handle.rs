#![forbid(unsafe_code)]
//! The state that all clones of a handle share: the lanes and their file.

use std::sync::OnceLock;
use std::time::Duration;

use super::detached::Detached;
use super::extent::Extent;
use super::lanes::{Lanes, TakeBack};
use super::publish::Published;
use super::unwinding::Unwinding;
use crate::clock::Deadline;
use crate::error::FlushError;
use crate::format::header::StateWord;
use crate::format::lane::LANE_HEADER_SIZE;
use crate::schema::Field;

/// The location of the lanes.
#[derive(Debug)]
pub(super) enum Backing {
    /// A file that others can read.
    File(Box<Published>),
    /// This process's memory.
    Detached(Detached),
}

#[derive(Debug)]
pub(super) struct Shared<S: Field> {
    lanes: Lanes<S>,
    pub(super) backing: Backing,
    /// The lane of threads that are ending and have returned their own, once one was needed.
    spare: OnceLock<usize>,
    unwinding: Unwinding,
    /// The time when `flush_every` flushes next.
    flush_due: Deadline,
}

impl<S: Field> Shared<S> {
    pub(super) fn new(first: Extent<S>, backing: Backing) -> Self {
        Self {
            lanes: Lanes::new(first),
            backing,
            spare: OnceLock::new(),
            unwinding: Unwinding::now(),
            flush_due: Deadline::default(),
        }
    }

    /// Claims a lane that no other thread writes to.
    ///
    /// Only if memory is exhausted, it returns the first lane, which then has two writers and may
    /// lose counts.
    pub(super) fn claim(&self) -> usize {
        self.restore_len();
        self.lanes.claim(|index| self.extent(index)).unwrap_or(0)
    }

    /// Returns the struct in the claimed lane at `index`.
    pub(super) fn lane(&self, index: usize) -> &S {
        let lane = self.lanes.get(index).or_else(|| self.lanes.get(0));
        lane.expect("the first lane always exists").extent.stats()
    }

    /// Returns the lane of threads that no longer have their own.
    pub(super) fn spare_lane(&self) -> &S {
        self.lane(*self.spare.get_or_init(|| self.claim()))
    }

    /// Returns the struct in each lane.
    pub(super) fn all(&self) -> impl Iterator<Item = &S> {
        self.lanes.iter().map(|lane| lane.extent.stats())
    }

    /// Prepares for access to the words of a lane, which would raise SIGBUS in a truncated file.
    fn restore_len(&self) {
        if let Backing::File(file) = &self.backing {
            file.restore_len();
        }
    }

    fn extent(&self, index: usize) -> Option<Extent<S>> {
        match &self.backing {
            Backing::File(file) => file.lane(index),
            Backing::Detached(_) => None,
        }
        .or_else(|| Extent::anonymous(LANE_HEADER_SIZE + size_of::<S>()).ok())
    }

    pub(super) fn flush(&self, wait: bool) -> Result<(), FlushError> {
        let Backing::File(file) = &self.backing else {
            return Ok(());
        };
        let failed = |error| FlushError::new(file.path(), "flush it", error);
        file.stamp_flush().map_err(failed)?;
        if !file.checkpoint()? && wait {
            file.sync().map_err(failed)?;
        }
        Ok(())
    }

    pub(super) fn close(&self) {
        if let Backing::File(file) = &self.backing {
            file.end(StateWord::Closed);
            // Callers that need the result call `flush` first.
            let _ = file.checkpoint();
        }
    }

    /// If two threads find it due at the same time, both flush.
    #[inline]
    pub(super) fn flush_every(&self, interval: Duration) -> Result<bool, FlushError> {
        let due = self.flush_due.has_passed();
        if due {
            self.flush_due.set(u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX));
            self.flush(true)?;
        }
        Ok(due)
    }
}

impl<S: Field> TakeBack for Shared<S> {
    fn take_back(&self, lane: usize) {
        self.restore_len();
        self.lanes.release(lane);
    }
}

impl<S: Field> Drop for Shared<S> {
    fn drop(&mut self) {
        if let Backing::File(file) = &self.backing {
            file.end(if self.unwinding.has_begun() {
                StateWord::Panicked
            } else {
                StateWord::Closed
            });
            file.leave();
        }
    }
}
