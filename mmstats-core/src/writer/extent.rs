//! The mapping: the only code with raw pointers to memory that other processes share.

use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};

use memmap2::{Advice, MmapOptions, MmapRaw};
use zerocopy::FromBytes;

use super::ranges;
use crate::format::lane::LANE_HEADER_SIZE;
use crate::kind::{Kind, UNSET};
use crate::schema::Field;

/// A mapped range of a file, or anonymous memory, at a fixed address.
///
/// If it is a lane, `S` is the struct after the lane header.
#[derive(Debug)]
pub(super) struct Extent<S> {
    /// # Invariants
    /// 1. Maps readable and writable bytes, starting at a page, which are neither unmapped
    ///    nor moved while `self` lives. The guard may exchange a page without a file for zeros.
    /// 2. All of these bytes are allocated in the file, so that no access raises SIGBUS unless
    ///    the file is truncated, which is a crash and not undefined behaviour. `SECURITY.md` names
    ///    the file systems where a full disk is another reason.
    /// 3. In this process all access to them is atomic: through the types that [`Self::at`]
    ///    is called with, or byte by byte while a lane is prepared.
    map: MmapRaw,
    holds: PhantomData<fn() -> S>,
}

/// The words that precede each lane's struct. `docs/format.md` § 4.1.
#[derive(Debug, FromBytes)]
#[repr(C)]
pub(super) struct LaneWords {
    pub(super) state: AtomicU64,
    pub(super) tid: AtomicU64,
    pub(super) claimed_at_ns: AtomicU64,
    pub(super) claims: AtomicU64,
}

impl<S> Extent<S> {
    /// Maps `len` bytes of a file from `offset`, which the caller has allocated.
    ///
    /// The pages are populated now, so that the first write to a field does not wait for them.
    pub(super) fn of_file(file: &File, offset: u64, len: usize) -> io::Result<Self> {
        let map = MmapOptions::new().offset(offset).len(len).map_raw(file)?;
        // Kernels before 5.14 do not support this: the first write then waits after all.
        let _ = map.advise(Advice::PopulateWrite);
        ranges::add(map.as_mut_ptr().addr(), len);
        Ok(Self { map, holds: PhantomData })
    }

    /// Maps `len` bytes of private anonymous memory.
    pub(super) fn anonymous(len: usize) -> io::Result<Self> {
        let map = MmapOptions::new().len(len).populate().map_anon()?.into();
        Ok(Self { map, holds: PhantomData })
    }

    /// Returns the words before the struct, if this extent is a lane.
    pub(super) fn lane_words(&self) -> &LaneWords {
        // SAFETY: `LaneWords` consists of atomics only, for which any bytes are valid.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            self.at(0)
        }
    }

    /// Copies a range of another lane's struct to this one.
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

    /// Returns the value at `offset` bytes into the extent.
    ///
    /// # Safety
    /// `T` must consist of atomics only, and any bytes must be a valid `T`.
    #[expect(unsafe_code, reason = "see the Safety section")]
    unsafe fn at<T>(&self, offset: usize) -> &T {
        assert!(offset + size_of::<T>() <= self.map.len());
        let base = self.map.as_mut_ptr().cast_const();
        // SAFETY: within the mapping, as asserted above.
        let place = unsafe { base.add(offset) }.cast::<T>();
        assert!(place.is_aligned());
        // SAFETY: aligned (asserted above), mapped for as long as `self` lives (invariant 1), and
        // valid with any bytes that others write there (the caller's promise).
        unsafe { &*place }
    }
}

impl<S> Drop for Extent<S> {
    fn drop(&mut self) {
        ranges::remove(self.map.as_mut_ptr().addr());
    }
}

impl<S: Field> Extent<S> {
    /// Turns on stamps for values that are set from now on, if this extent is a lane.
    pub(super) fn start_stamps(&self) {
        S::CONTENT.visit(&mut |leaf| {
            if let Some(stamp) = Kind::from_code(leaf.shape.kind).and_then(Kind::stamp) {
                // SAFETY: an atomic word, for which any value is valid.
                #[expect(unsafe_code, reason = "see the SAFETY comment")]
                let stamp = unsafe { self.at::<AtomicU64>(LANE_HEADER_SIZE + leaf.offset + stamp) };
                // Relaxed: a thread that sees it late sets its value as if before this call. If it
                // is not zero, the lane's thread already takes stamps.
                let _ = stamp.compare_exchange(0, UNSET, Relaxed, Relaxed);
            }
        });
    }

    /// Returns the struct, if this extent is a lane.
    pub(super) fn stats(&self) -> &S {
        // SAFETY: `Field` promises that `S` consists of `Statistic`s, which consist of atomics
        // for which any bytes are valid.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            self.at(LANE_HEADER_SIZE)
        }
    }
}

/// Converts a length in a file to a length in memory.
pub(super) fn usize_of(len: u64) -> io::Result<usize> {
    len.try_into().map_err(|_| io::ErrorKind::OutOfMemory.into())
}
