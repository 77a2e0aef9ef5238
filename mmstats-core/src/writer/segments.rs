//! Places for lanes, in memory that is mapped rather than allocated, and that never moves.

use std::mem;
use std::ptr::{self, NonNull};
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::{AcqRel, Acquire};

use super::lane::Lane;
use crate::memory;

/// The number of places in the first segment, which about fill a page.
const FIRST: usize = 64;

/// Enough for as many lanes as there can be threads.
const SEGMENTS: usize = 20;

/// An array of places that grows: segment `k` holds `FIRST · 2ᵏ` of them.
#[derive(Debug)]
pub(super) struct Segments {
    /// # Invariants
    /// 1. Each is null, or a mapping for the lanes of this segment, which began as zeros, and
    ///    which stays until `self` is dropped.
    segments: [AtomicPtr<Lane>; SEGMENTS],
}

impl Segments {
    pub(super) const fn new() -> Self {
        Self { segments: [const { AtomicPtr::new(ptr::null_mut()) }; SEGMENTS] }
    }

    /// Returns the place at `index`, if it exists already.
    pub(super) fn get(&self, index: usize) -> Option<&Lane> {
        let (segment, place) = split(index);
        let segment = self.segments.get(segment)?.load(Acquire); // pairs with `grow`
        if segment.is_null() {
            return None;
        }
        // SAFETY: `place` is within the segment, all of whose lanes are valid: zeros are a lane, and
        // what changes in them since is atomic (invariant 1).
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let lane = unsafe { segment.add(place) };
        // SAFETY: as above.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            lane.as_ref()
        }
    }

    /// Makes the place at `index`, and returns whether there was memory for it.
    pub(super) fn grow(&self, index: usize) -> bool {
        let (segment, _) = split(index);
        let Some(place) = self.segments.get(segment) else { return false };
        if !place.load(Acquire).is_null() {
            return true;
        }
        let len = bytes(segment);
        let Ok(mapped) = memory::zeroed(len, false) else { return false };
        // Release: whoever finds the segment finds zeros; pairs with `get`.
        if place.compare_exchange(ptr::null_mut(), mapped.as_ptr().cast(), AcqRel, Acquire).is_err()
        {
            // SAFETY: nobody has seen this mapping.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            unsafe {
                memory::unmap(mapped, len);
            }
        }
        true
    }
}

impl Drop for Segments {
    fn drop(&mut self) {
        for (index, segment) in self.segments.iter_mut().enumerate() {
            let lanes = mem::replace(segment.get_mut(), ptr::null_mut());
            let Some(mapped) = NonNull::new(lanes) else { continue };
            let all = ptr::slice_from_raw_parts_mut(lanes, FIRST << index);
            // SAFETY: the lanes of a segment, to which there are no other references (invariant 1).
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            unsafe {
                ptr::drop_in_place(all);
            }
            // SAFETY: the mapping belongs to `self` (invariant 1).
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            unsafe {
                memory::unmap(mapped.cast(), bytes(index));
            }
        }
    }
}

const fn bytes(segment: usize) -> usize {
    (FIRST << segment) * size_of::<Lane>()
}

/// Returns the segment of an index, and the place in that segment.
const fn split(index: usize) -> (usize, usize) {
    let segment = (index / FIRST + 1).ilog2() as usize;
    (segment, index - FIRST * ((1 << segment) - 1))
}
