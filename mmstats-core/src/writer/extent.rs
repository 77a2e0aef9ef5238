//! **The** mapping: the only place of raw pointers to memory that other processes share.

use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};

use memmap2::{Advice, MmapOptions, MmapRaw};
use zerocopy::FromBytes;

use super::MmStats;
use crate::format::body;
use crate::format::header::VITALS_OFFSET;
use crate::format::lane::LANE_HEADER_SIZE;

/// A range of a file that stays where it is mapped, or as much anonymous memory.
///
/// `S` is what lies behind the lane header, if it is a lane.
#[derive(Debug)]
pub(super) struct Extent<S> {
    /// # Invariants
    /// 1. Maps readable and writable bytes, from a page's start on, which are neither unmapped
    ///    nor moved while `self` lives.
    /// 2. The file holds all of these bytes, allocated, so that no access raises SIGBUS unless
    ///    somebody truncates the file, which is a crash and not undefined behaviour.
    /// 3. In this process all access to them is atomic: through the types that [`Self::at`]
    ///    is called with, or byte by byte while a lane is being prepared.
    map: MmapRaw,
    holds: PhantomData<fn() -> S>,
}

/// The words of the header that change. `docs/format.md` § 2.1.
#[derive(Debug, FromBytes)]
#[repr(C)]
pub(super) struct Vitals {
    pub(super) state: AtomicU64,
    pub(super) lanes: AtomicU64,
    pub(super) lanes_lost: AtomicU64,
    pub(super) flushed_realtime_ns: AtomicU64,
    pub(super) anchor_clock_ns: AtomicU64,
    pub(super) anchor_boottime_ns: AtomicU64,
}

/// The words before each lane's struct. `docs/format.md` § 4.1.
#[derive(Debug, FromBytes)]
#[repr(C)]
pub(super) struct LaneWords {
    pub(super) state: AtomicU64,
    pub(super) tid: AtomicU64,
    pub(super) claimed_at_ns: AtomicU64,
    pub(super) claims: AtomicU64,
}

impl<S> Extent<S> {
    /// Maps `len` bytes of a file from `offset` on, which the caller has allocated.
    ///
    /// The pages are touched now, so that the first write to a field does not wait for them.
    pub(super) fn of_file(file: &File, offset: u64, len: usize) -> io::Result<Self> {
        let map = MmapOptions::new().offset(offset).len(len).map_raw(file)?;
        // Kernels before 5.14 cannot: then the first write waits after all.
        let _ = map.advise(Advice::PopulateWrite);
        Ok(Self { map, holds: PhantomData })
    }

    /// As much memory as that, which nobody else sees.
    pub(super) fn anonymous(len: usize) -> io::Result<Self> {
        let map = MmapOptions::new().len(len).populate().map_anon()?.into();
        Ok(Self { map, holds: PhantomData })
    }

    /// Writes what changed back to the file: now, or soon.
    pub(super) fn flush(&self, wait: bool) -> io::Result<()> {
        if wait { self.map.flush() } else { self.map.flush_async() }
    }

    /// The words of the header, if this extent is a file's first page.
    pub(super) fn vitals(&self) -> &Vitals {
        // SAFETY: `Vitals` is atomics only, for which any bytes are valid.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            self.at(VITALS_OFFSET)
        }
    }

    /// The words before the struct, if this extent is a lane.
    pub(super) fn lane_words(&self) -> &LaneWords {
        // SAFETY: `LaneWords` is atomics only, for which any bytes are valid.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            self.at(0)
        }
    }

    /// Copies some of another lane's bytes here.
    pub(super) fn copy_bytes(&self, from: &Self, offset: usize, len: usize) {
        for at in (offset..offset + len).map(|at| LANE_HEADER_SIZE + at) {
            // SAFETY: an atomic byte, for which any value is valid.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            let from = unsafe { from.at::<AtomicU8>(at) };
            // SAFETY: as above.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            let to = unsafe { self.at::<AtomicU8>(at) };
            to.store(from.load(Relaxed), Relaxed);
        }
    }

    /// What lies `offset` bytes into the extent.
    ///
    /// # Safety
    /// `T` is made of atomics only, and any bytes are a valid `T`.
    #[expect(unsafe_code, reason = "see the Safety section")]
    unsafe fn at<T>(&self, offset: usize) -> &T {
        assert!(offset + size_of::<T>() <= self.map.len());
        let base = self.map.as_mut_ptr().cast_const();
        // SAFETY: within the mapping, as was just asserted.
        let place = unsafe { base.add(offset) }.cast::<T>();
        assert!(place.is_aligned());
        // SAFETY: aligned, mapped for as long as `self` (invariant 1), and valid whatever anyone
        // writes there meanwhile (the caller's promise).
        unsafe { &*place }
    }
}

impl<S: MmStats> Extent<S> {
    /// Has each value that is set from now on stamped, if this extent is a lane.
    pub(super) fn start_stamps(&self) {
        for entry in S::SCHEMA {
            if let Some(stamp) = body::stamp(entry.shape.kind) {
                // SAFETY: an atomic word, for which any value is valid.
                #[expect(unsafe_code, reason = "see the SAFETY comment")]
                let stamp =
                    unsafe { self.at::<AtomicU64>(LANE_HEADER_SIZE + entry.offset + stamp) };
                // Relaxed: whoever sees it late sets as if it had been before. Unless it is zero
                // the lane's thread stamps already.
                let _ = stamp.compare_exchange(0, body::UNSET, Relaxed, Relaxed);
            }
        }
    }

    /// The struct, if this extent is a lane.
    pub(super) fn stats(&self) -> &S {
        // SAFETY: `MmStats` promises that `S` is made of `Field`s, and those promise it.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            self.at(LANE_HEADER_SIZE)
        }
    }
}

/// A length in a file, as one in memory.
pub(super) fn usize_of(len: u64) -> io::Result<usize> {
    len.try_into().map_err(|_| io::ErrorKind::OutOfMemory.into())
}
