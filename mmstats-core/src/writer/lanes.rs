//! The lanes of a handle: claimed by threads, returned when they end, and claimed again.
//!
//! Nothing here allocates from the heap, waits, or takes a lock: an allocator, a signal handler and
//! a forked child may count.

use std::io;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicUsize};

use super::extent::Extent;
use super::lane::{Lane, Memory};
use super::os::{Published, signals, thread_id};
use super::parts::Parts;
use super::segments::Segments;
use crate::format::lane::LaneState;
use crate::kind::Kind;
use crate::memory;
use crate::schema::{Content, Merge};

/// The lanes; their number is the largest number of threads that were alive at once.
#[derive(Debug)]
pub(super) struct Lanes {
    content: &'static Content,
    /// The size of each lane.
    size: usize,
    parts: Parts,
    /// Whether a forked child keeps anything of a lane.
    has_state: bool,
    segments: Segments,
    /// The number of places; some may have no lane yet.
    len: AtomicUsize,
    /// Where the search for lanes of threads that ended goes on.
    cursor: AtomicUsize,
    /// A lane for threads for which there is no memory: several write to it, and lose counts.
    shared: Extent,
    is_shared: AtomicBool,
}

impl Lanes {
    /// Creates the list with a first lane, which is not claimed yet.
    pub(super) fn new(
        content: &'static Content,
        first: Extent,
        size: usize,
        file: Option<&Published>,
    ) -> io::Result<Self> {
        let mut has_state = false;
        content.visit(&mut |leaf| {
            let kind = Kind::from_code(leaf.shape.kind);
            has_state |= kind.is_some_and(|kind| {
                kind.state(leaf.shape, false).iter().any(|atomics| atomics.count > 0)
            });
        });
        let lanes = Self {
            content,
            size,
            parts: Parts::of(content, size, memory::page_size()),
            has_state,
            segments: Segments::new(),
            len: AtomicUsize::new(1),
            cursor: AtomicUsize::new(0),
            shared: Extent::reserved(size)?,
            is_shared: AtomicBool::new(false),
        };
        lanes.segments.grow(0);
        let lane = lanes.get(0).ok_or(io::ErrorKind::OutOfMemory)?;
        first.lane_words().state.store(LaneState::Free.code(), Release);
        lane.extent.put(first);
        if file.is_some() {
            lane.set_memory(Memory::File);
        }
        Ok(lanes)
    }

    fn get(&self, index: usize) -> Option<&Lane> {
        self.segments.get(index)
    }

    fn places(&self) -> impl Iterator<Item = (usize, &Lane)> {
        (0..self.len.load(Acquire)).filter_map(|index| Some((index, self.get(index)?)))
    }

    /// Returns whether an address is in a lane. Safe in a signal handler.
    pub(super) fn contain(&self, address: usize) -> bool {
        self.places().any(|(_, lane)| lane.extent.contains(address))
    }

    /// Returns the lanes that have memory, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Extent> {
        let shared = Some(&self.shared).filter(|_| self.is_shared.load(Acquire));
        let lanes = self.places().map(|(_, lane)| &lane.extent);
        lanes.filter(|extent| extent.is_mapped()).chain(shared)
    }

    /// Returns the first lane, which always exists.
    pub(super) fn first(&self) -> &Extent {
        self.get(0).map_or(&self.shared, |lane| &lane.extent)
    }

    /// Returns the thread's lane, which no other thread writes to: its own, a returned one, or a
    /// new one in the file or, if there is no room, in memory.
    ///
    /// Returns `None` if there is no memory either.
    pub(super) fn claim(&self, tid: u32, file: Option<&Published>) -> Option<&Extent> {
        /// How many lanes of threads that may have ended are looked at: each takes a system call.
        const LOOKS: usize = 4;
        let own = self.places().find(|(_, lane)| lane.owner.confirm(tid));
        if let Some((_, lane)) = own {
            return Some(&lane.extent);
        }
        loop {
            let len = self.len.load(Acquire);
            let returned = self.places().find(|(_, lane)| lane.owner.claim(tid));
            let claimed = returned.or_else(|| {
                let from = self.cursor.fetch_add(LOOKS, Relaxed);
                (from..from.wrapping_add(LOOKS.min(len)))
                    .filter_map(|at| Some((at % len, self.get(at % len)?)))
                    .find(|(_, lane)| lane.owner.claim_left(tid, thread_id::exists))
            });
            if let Some((index, lane)) = claimed {
                return self.complete(index, lane, file);
            }
            if !self.segments.grow(len) {
                return None;
            }
            // If another thread was faster, its place may be free already.
            let _ = self.len.compare_exchange(len, len + 1, AcqRel, Relaxed);
        }
    }

    /// Completes a claim. If there is no memory for the lane, its place stays without.
    fn complete<'a>(
        &'a self,
        index: usize,
        lane: &'a Lane,
        file: Option<&Published>,
    ) -> Option<&'a Extent> {
        if !lane.extent.is_mapped() {
            signals::blocked(|| self.make(index, lane, file));
        } else if let Some(file) = file.filter(|_| lane.memory() != Memory::File) {
            if lane.lose() {
                file.lose_lane();
            }
            signals::blocked(|| move_to(index, lane, (self.content, &self.parts), file));
        }
        if !lane.extent.is_mapped() {
            lane.release();
            return None;
        }
        lane.finish_claim();
        Some(&lane.extent)
    }

    /// Makes a lane at a place that the caller has claimed.
    fn make(&self, index: usize, lane: &Lane, file: Option<&Published>) {
        let (extent, memory) = match (file, file.and_then(|file| file.lane(index).ok())) {
            (_, Some(extent)) => (extent, Memory::File),
            (file, None) => {
                let Ok(extent) = Extent::anonymous(self.size, &self.parts) else { return };
                if let Some(file) = file {
                    file.lose_lane();
                    (extent, Memory::Lost)
                } else {
                    (extent, Memory::Private)
                }
            }
        };
        self.copy_constants(&extent);
        // From now on, stamps decide which lane's value is the latest.
        self.first().start_stamps(self.content);
        extent.start_stamps(self.content);
        lane.set_memory(memory);
        lane.extent.put(extent);
        if let (Some(file), Memory::File) = (file, memory) {
            file.add_lane(index);
        }
    }

    /// Copies the constants to a new lane: they are the same in every lane.
    pub(super) fn copy_constants(&self, extent: &Extent) {
        self.content.visit(&mut |leaf| {
            if leaf.merge() == Merge::One {
                extent.copy_state(self.first(), leaf.shape, leaf.at.offset, true);
            }
        });
    }

    /// Returns the lane of all threads for which there is no memory.
    pub(super) fn shared(&self, file: Option<&Published>) -> &Extent {
        if !self.is_shared.load(Acquire) {
            // Two threads may do so at once, and store the same.
            self.copy_constants(&self.shared);
            self.shared.start_stamps(self.content);
            if !self.is_shared.swap(true, AcqRel) {
                file.inspect(|file| file.lose_lane());
            }
        }
        &self.shared
    }

    /// Returns the thread's lanes. There is one, unless a signal handler claimed another.
    fn of(&self, tid: u32) -> impl Iterator<Item = &Lane> {
        self.places().map(|(_, lane)| lane).filter(move |lane| lane.owner.tid() == tid)
    }

    /// Returns the lanes of a thread that ends.
    pub(super) fn release(&self, tid: u32) {
        self.of(tid).for_each(Lane::release);
    }

    /// Moves what can be moved to a file that has just been created, and counts the rest as lost.
    pub(super) fn move_all(&self, tid: u32, file: &Published) {
        if self.is_shared.load(Acquire) {
            file.lose_lane();
        }
        for (index, lane) in self.places() {
            if lane.lose() {
                file.lose_lane();
            }
            if lane.owner.tid() == tid {
                signals::blocked(|| move_to(index, lane, (self.content, &self.parts), file));
            } else if lane.owner.claim(tid) {
                if lane.extent.is_mapped() {
                    signals::blocked(|| move_to(index, lane, (self.content, &self.parts), file));
                }
                lane.release();
            }
        }
    }

    /// Before the calling thread forks: makes a copy of what its child keeps, since the thread
    /// may go on before the child runs.
    pub(super) fn prepare_fork(&self, tid: u32) {
        for lane in self.of(tid).filter(|lane| lane.extent.is_mapped()) {
            if let Ok(copy) = self.for_child(lane, true) {
                lane.for_child.put(copy);
            }
        }
    }

    /// After that, in the parent.
    pub(super) fn forget_fork(&self, tid: u32) {
        for lane in self.of(tid) {
            drop_copy(lane);
        }
    }

    /// In a forked child, whose only thread had another id before: takes all lanes out of the
    /// parent's file, with states and without counts.
    pub(super) fn detach(&self, before: u32, now: u32) {
        for (_, lane) in self.places() {
            let own = lane.owner.inherit(before, now);
            lane.set_memory(Memory::Private);
            if lane.extent.is_mapped() {
                self.detach_lane(lane, own);
                let state = if own { LaneState::Claimed } else { LaneState::Free };
                let words = lane.extent.lane_words();
                words.tid.store(now.into(), Relaxed);
                words.claims.store(own.into(), Relaxed);
                words.state.store(state.code(), Release);
            }
            drop_copy(lane);
        }
        if self.is_shared.swap(false, AcqRel) {
            self.shared.make_private();
        }
    }

    fn detach_lane(&self, lane: &Lane, own: bool) {
        let copy = if own && lane.for_child.is_mapped() {
            Ok(take_copy(lane))
        } else if self.has_state || own {
            self.for_child(lane, own)
        } else {
            Err(io::ErrorKind::Other.into())
        };
        if copy.and_then(|copy| lane.extent.replace(copy)).is_err() {
            lane.extent.make_private();
        }
    }

    /// Copies what a child keeps of a lane.
    fn for_child(&self, lane: &Lane, own: bool) -> io::Result<Extent> {
        let copy = Extent::reserved(self.size)?;
        self.content.visit(&mut |leaf| {
            copy.copy_state(&lane.extent, leaf.shape, leaf.at.offset, own);
        });
        if own {
            copy.copy_members(&lane.extent, self.content);
        }
        if self.len.load(Acquire) > 1 {
            copy.start_stamps(self.content);
        }
        Ok(copy)
    }
}

/// Moves a lane, to which nobody else writes, from memory to the file, and keeps its address.
fn move_to(
    index: usize,
    lane: &Lane,
    (content, parts): (&'static Content, &Parts),
    file: &Published,
) {
    let Ok(extent) = file.lane(index) else { return };
    if !extent.copy_lane(&lane.extent, parts) {
        return;
    }
    extent.forget_room(content);
    let state = lane.extent.lane_words().state.load(Relaxed);
    // Release: a reader that sees the lane sees its counts.
    extent.lane_words().state.store(state, Release);
    if lane.extent.replace(extent).is_ok() {
        if lane.set_memory(Memory::File) == Memory::Lost {
            file.find_lane();
        }
        file.add_lane(index);
    }
}

fn take_copy(lane: &Lane) -> Extent {
    // SAFETY: there are no references into the copy: only the owner of the lane fills and empties
    // this place, or the only thread of a forked child.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    unsafe {
        lane.for_child.take()
    }
}

fn drop_copy(lane: &Lane) {
    if lane.for_child.is_mapped() {
        drop(take_copy(lane));
    }
}
