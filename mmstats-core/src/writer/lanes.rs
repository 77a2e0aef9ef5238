#![forbid(unsafe_code)]
//! The lanes of a handle: claimed by threads, returned when they end, and claimed again.

use std::sync::OnceLock;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicUsize};

use super::extent::Extent;
use crate::format::lane::LaneState;
use crate::schema::{Field, Merge};
use crate::{clock, process};

/// One thread's copy of the statistics.
#[derive(Debug)]
pub(super) struct Lane<S> {
    pub(super) extent: Extent<S>,
    claimed: AtomicBool,
}

impl<S> Lane<S> {
    pub(super) fn new(extent: Extent<S>) -> Self {
        extent.lane_words().state.store(LaneState::Free.code(), Release);
        Self { extent, claimed: AtomicBool::new(false) }
    }

    fn try_claim(&self) -> bool {
        // Acquire: the last owner's writes are visible; pairs with `release`.
        let free = !self.claimed.load(Relaxed)
            && self.claimed.compare_exchange(false, true, AcqRel, Relaxed).is_ok();
        if free {
            let words = self.extent.lane_words();
            words.tid.store(process::tid().into(), Relaxed);
            words.claimed_at_ns.store(clock::now_ns(), Relaxed);
            words.claims.store(words.claims.load(Relaxed).wrapping_add(1), Relaxed);
            // Release: a reader that sees the lane claimed also sees its owner.
            words.state.store(LaneState::Claimed.code(), Release);
        }
        free
    }

    fn release(&self) {
        self.extent.lane_words().state.store(LaneState::Free.code(), Release);
        self.claimed.store(false, Release); // pairs with `try_claim`
    }
}

/// Takes back the lane of a thread that ends.
pub(super) trait TakeBack: Send + Sync {
    fn take_back(&self, lane: usize);
}

type Segment<S> = Box<[OnceLock<Lane<S>>]>;

/// The lanes; their number is the largest number of threads that were alive at once.
///
/// Segment `k` holds 2ᵏ lanes, so that lanes never move and are found without a lock.
#[derive(Debug)]
pub(super) struct Lanes<S> {
    segments: [OnceLock<Segment<S>>; usize::BITS as usize],
    /// The number of places taken; the last ones may not have their lane yet.
    len: AtomicUsize,
}

impl<S: Field> Lanes<S> {
    /// Creates the list with a first lane, which is not claimed yet.
    pub(super) fn new(first: Extent<S>) -> Self {
        let lanes = Self { segments: [const { OnceLock::new() }; _], len: AtomicUsize::new(1) };
        lanes.place(0).get_or_init(|| Lane::new(first));
        lanes
    }

    /// Returns the lane at `index`, if it exists already.
    pub(super) fn get(&self, index: usize) -> Option<&Lane<S>> {
        let (segment, place) = split(index);
        self.segments[segment].get()?.get(place)?.get()
    }

    /// Returns the existing lanes in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Lane<S>> {
        (0..self.len.load(Acquire)).filter_map(|index| self.get(index))
    }

    /// Claims a lane that no other thread writes to: a returned one, or a new one from `extent`,
    /// which is called with the index of the lane.
    ///
    /// Returns `None` if `extent` does.
    pub(super) fn claim(&self, extent: impl FnOnce(usize) -> Option<Extent<S>>) -> Option<usize> {
        let mut indexes = 0..self.len.load(Acquire);
        let returned = indexes.find(|index| self.get(*index).is_some_and(Lane::try_claim));
        if returned.is_some() {
            return returned;
        }
        let index = self.len.fetch_add(1, AcqRel);
        let lane = Lane::new(self.with_constants(extent(index)?));
        // From now on, stamps decide which lane's value is the latest.
        self.get(0).iter().for_each(|first| first.extent.start_stamps());
        lane.extent.start_stamps();
        lane.try_claim();
        self.place(index).get_or_init(|| lane);
        Some(index)
    }

    /// Returns a lane. Its counts stay valid.
    pub(super) fn release(&self, index: usize) {
        if let Some(lane) = self.get(index) {
            lane.release();
        }
    }

    /// Copies the constants to a new lane: they are the same in every lane.
    fn with_constants(&self, extent: Extent<S>) -> Extent<S> {
        if let Some(first) = self.get(0) {
            S::CONTENT.visit(&mut |leaf| {
                if leaf.merge() == Merge::One {
                    extent.copy_bytes(&first.extent, leaf.offset, leaf.size);
                }
            });
        }
        extent
    }

    fn place(&self, index: usize) -> &OnceLock<Lane<S>> {
        let (segment, place) = split(index);
        let segment_of = || (0..1usize << segment).map(|_| OnceLock::new()).collect();
        &self.segments[segment].get_or_init(segment_of)[place]
    }
}

/// Returns the segment of an index, and the place in that segment.
fn split(index: usize) -> (usize, usize) {
    let segment = (index + 1).ilog2();
    (segment as usize, index + 1 - (1 << segment))
}
