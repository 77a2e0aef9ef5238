#![forbid(unsafe_code)]
//! The lanes of a handle: claimed by threads, given back when they end, and claimed again.

use std::sync::OnceLock;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicUsize};

use super::MmStats;
use super::extent::Extent;
use crate::format::lane::LaneState;
use crate::schema::Kind;
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
        // Acquire: what the last owner wrote is seen; pairs with `release`.
        let free = !self.claimed.load(Relaxed)
            && self.claimed.compare_exchange(false, true, AcqRel, Relaxed).is_ok();
        if free {
            let words = self.extent.lane_words();
            words.tid.store(process::tid().into(), Relaxed);
            words.claimed_at_ns.store(clock::now_ns(), Relaxed);
            words.claims.store(words.claims.load(Relaxed).wrapping_add(1), Relaxed);
            // Release: a reader that sees it claimed sees by whom.
            words.state.store(LaneState::Claimed.code(), Release);
        }
        free
    }

    fn release(&self) {
        self.extent.lane_words().state.store(LaneState::Free.code(), Release);
        self.claimed.store(false, Release); // pairs with `try_claim`
    }
}

type Segment<S> = Box<[OnceLock<Lane<S>>]>;

/// As many lanes as threads were ever alive at once.
///
/// Segment `k` holds 2ᵏ lanes, so that a lane never moves and none is looked for behind a lock.
#[derive(Debug)]
pub(super) struct Lanes<S> {
    segments: [OnceLock<Segment<S>>; usize::BITS as usize],
    /// How many places are taken; the last of them may not have their lane yet.
    len: AtomicUsize,
}

impl<S: MmStats> Lanes<S> {
    /// With a first lane, which is not claimed yet.
    pub(super) fn new(first: Extent<S>) -> Self {
        let lanes = Self { segments: [const { OnceLock::new() }; _], len: AtomicUsize::new(1) };
        lanes.place(0).get_or_init(|| Lane::new(first));
        lanes
    }

    /// The lane at `index`, if it is there already.
    pub(super) fn get(&self, index: usize) -> Option<&Lane<S>> {
        let (segment, place) = split(index);
        self.segments[segment].get()?.get(place)?.get()
    }

    /// Those that are there, the first one first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Lane<S>> {
        (0..self.len.load(Acquire)).filter_map(|index| self.get(index))
    }

    /// A lane that no other thread writes to: one that was given back, or a new one from
    /// `extent`, which is told the place that it will have.
    ///
    /// `None` if there is none to be had.
    pub(super) fn claim(&self, extent: impl FnOnce(usize) -> Option<Extent<S>>) -> Option<usize> {
        let mut given_back = 0..self.len.load(Acquire);
        let given_back = given_back.find(|index| self.get(*index).is_some_and(Lane::try_claim));
        if given_back.is_some() {
            return given_back;
        }
        let index = self.len.fetch_add(1, AcqRel);
        let lane = Lane::new(self.with_constants(extent(index)?));
        // Which lane's value is the latest is a question from now on.
        self.get(0).iter().for_each(|first| first.extent.start_stamps());
        lane.extent.start_stamps();
        lane.try_claim();
        self.place(index).get_or_init(|| lane);
        Some(index)
    }

    /// Gives a lane back. What was counted in it stays counted.
    pub(super) fn release(&self, index: usize) {
        if let Some(lane) = self.get(index) {
            lane.release();
        }
    }

    /// Constants are the same in every lane.
    fn with_constants(&self, extent: Extent<S>) -> Extent<S> {
        if let Some(first) = self.get(0) {
            let constants = S::SCHEMA
                .iter()
                .filter(|entry| matches!(entry.shape.kind, Kind::Constant | Kind::ConstantText));
            for entry in constants {
                extent.copy_bytes(&first.extent, entry.offset, entry.size);
            }
        }
        extent
    }

    fn place(&self, index: usize) -> &OnceLock<Lane<S>> {
        let (segment, place) = split(index);
        let segment_of = || (0..1usize << segment).map(|_| OnceLock::new()).collect();
        &self.segments[segment].get_or_init(segment_of)[place]
    }
}

/// Which segment an index is in, and where in it.
fn split(index: usize) -> (usize, usize) {
    let segment = (index + 1).ilog2();
    (segment as usize, index + 1 - (1 << segment))
}
