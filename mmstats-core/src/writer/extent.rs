//! The mapping: the only code with raw pointers to memory that other processes share.

use std::fs::File;
use std::io;
use std::mem;
use std::ops::Range;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, fence};

use super::parts::Parts;
use crate::format::lane::LANE_HEADER_SIZE;
use crate::kind::{AtomicRun, Kind, Overflow, UNSET, atomics};
use crate::memory;
use crate::schema::{Content, Field, Merge, Shape};

/// A mapped range of a file, or anonymous memory, at a fixed address; or nothing. Bytes that are all
/// zero are an extent that maps nothing.
///
/// If it is a lane, the struct is after the lane header.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Extent {
    /// # Invariants
    /// 1. If it is not null, it maps `len` readable and writable bytes, starting at a page, which
    ///    are neither unmapped nor moved while `self` lives and is not taken out by value. What
    ///    they map may be exchanged for the same contents, and by the guard for zeros if it is a page
    ///    without a file.
    /// 2. The bytes of a file are allocated, so that no access raises SIGBUS unless the file is
    ///    truncated, which is a crash and not undefined behaviour. `SECURITY.md` names the file
    ///    systems where a full disk is another reason. So are those of a family's member, in a hole,
    ///    before the first access to it.
    /// 3. In this process all access to them is atomic, and of one width at each place: through the
    ///    types that [`Self::at`] is called with. Only [`Self::copy_lane`] differs.
    base: AtomicPtr<u8>,
    len: AtomicUsize,
}

/// The words that precede each lane's struct. `docs/format.md` § 4.1.
#[derive(Debug)]
#[repr(C)]
pub(super) struct LaneWords {
    pub(super) state: AtomicU64,
    pub(super) tid: AtomicU64,
    pub(super) claimed_at_ns: AtomicU64,
    pub(super) claims: AtomicU64,
}

atomics!(LaneWords { state, tid, claimed_at_ns, claims });

impl Extent {
    /// Maps nothing.
    pub(super) const fn none() -> Self {
        Self { base: AtomicPtr::new(ptr::null_mut()), len: AtomicUsize::new(0) }
    }

    /// Maps `len` bytes of a file from `offset`, which the caller has allocated.
    ///
    /// The pages of these parts are populated now, so that the first write to a field does not wait for
    /// them.
    pub(super) fn of_file(file: &File, offset: u64, len: usize, parts: &Parts) -> io::Result<Self> {
        let extent = Self::of(memory::of_file(file, offset, len)?, len);
        for part in parts.iter() {
            extent.populate(part);
        }
        Ok(extent)
    }

    /// Maps `len` bytes of private memory, and populates these parts of them.
    pub(super) fn anonymous(len: usize, parts: &Parts) -> io::Result<Self> {
        if parts.holes().next().is_none() {
            return Ok(Self::of(memory::zeroed(len, true)?, len));
        }
        let extent = Self::reserved(len)?;
        for part in parts.iter() {
            extent.populate(part);
        }
        Ok(extent)
    }

    /// Has all pages of a range ready for a store, and returns whether there is room for them.
    fn populate(&self, range: Range<usize>) -> bool {
        let base = NonNull::new(self.base.load(Relaxed));
        assert!(range.end <= self.len.load(Relaxed));
        // SAFETY: within the mapping (asserted above).
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let start = base.map(|base| unsafe { base.add(range.start) });
        // SAFETY: as above.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        start.is_some_and(|start| unsafe { memory::populate(start, range.len()) })
    }

    /// Maps `len` bytes of private memory, which takes a page when it is written to.
    pub(super) fn reserved(len: usize) -> io::Result<Self> {
        Ok(Self::of(memory::zeroed(len, false)?, len))
    }

    fn of(base: NonNull<u8>, len: usize) -> Self {
        Self { base: AtomicPtr::new(base.as_ptr()), len: AtomicUsize::new(len) }
    }

    /// Returns whether it maps something. If so, what was stored there before
    /// [`put`](Self::put) is visible.
    pub(super) fn is_mapped(&self) -> bool {
        !self.base.load(Acquire).is_null() // pairs with `put`
    }

    /// Returns whether it maps this address. Safe in a signal handler.
    pub(super) fn contains(&self, address: usize) -> bool {
        let base = self.base.load(Acquire).addr(); // pairs with `put`
        base != 0 && (base..base + self.len.load(Relaxed)).contains(&address)
    }

    /// Returns whether its first page can be written to. It cannot if the file was truncated, where
    /// an access raises SIGBUS.
    pub(super) fn is_accessible(&self) -> bool {
        let base = NonNull::new(self.base.load(Acquire)); // pairs with `put`
        let len = self.len.load(Relaxed).min(LANE_HEADER_SIZE);
        // SAFETY: a page of this mapping (invariant 1).
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        base.is_some_and(|base| unsafe { memory::populate(base, len) })
    }

    /// Takes over a mapping, if this extent has none; otherwise that one is unmapped.
    pub(super) fn put(&self, mapped: Self) {
        // One caller at a time stores the length; a reader looks at it after the base.
        if self.base.load(Relaxed).is_null() {
            self.len.store(mapped.len.load(Relaxed), Relaxed);
            self.base.store(mapped.base.load(Relaxed), Release); // pairs with `is_mapped`
            mem::forget(mapped);
        }
    }

    /// Takes the mapping out.
    ///
    /// # Safety
    /// No reference into it is used any more.
    #[expect(unsafe_code, reason = "see the Safety section")]
    pub(super) unsafe fn take(&self) -> Self {
        let base = self.base.swap(ptr::null_mut(), Acquire);
        Self { base: AtomicPtr::new(base), len: AtomicUsize::new(self.len.load(Relaxed)) }
    }

    /// Moves another mapping of the same length to this address, in place of the one that is here.
    pub(super) fn replace(&self, by: Self) -> io::Result<()> {
        let (from, to) = (by.base.load(Relaxed), self.base.load(Relaxed));
        let len = self.len.load(Relaxed);
        let (Some(from), Some(to)) = (NonNull::new(from), NonNull::new(to)) else {
            panic!("a mapping is moved over another one");
        };
        assert!(by.len.load(Relaxed) == len);
        // SAFETY: `by` is a mapping of its own, whose address nobody uses any more. This address
        // stays mapped, with `len` bytes (invariant 1).
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let moved = unsafe { memory::move_over(from, len, to) };
        if moved.is_ok() {
            mem::forget(by);
        }
        moved
    }

    /// Exchanges what is mapped for zeroed private memory.
    ///
    /// If there is no memory for that, it unmaps what is there, so that a forked child cannot change
    /// what belongs to its parent: then the next access is fatal, as in any process without memory.
    pub(super) fn make_private(&self) {
        let Some(base) = NonNull::new(self.base.load(Relaxed)) else { return };
        let len = self.len.load(Relaxed);
        // SAFETY: it exchanges the pages of this mapping, which stays mapped (invariant 1).
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let private = unsafe { memory::exchange_for_zeros(base, len) };
        if !private {
            // SAFETY: the mapping belongs to `self`. An access raises a signal from now on, and
            // nothing else maps here, since the process is out of memory.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            unsafe {
                memory::unmap(base, len);
            }
        }
    }

    /// Returns the words before the struct, if this extent is a lane.
    pub(super) fn lane_words(&self) -> &LaneWords {
        // SAFETY: `LaneWords` consists of atomics only, for which any bytes are valid.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            self.at(0)
        }
    }

    /// Returns the struct, if this extent is a lane.
    pub(super) fn stats<S: Field>(&self) -> &S {
        // SAFETY: `Field` promises that `S` consists of `Statistic`s, which consist of atomics
        // for which any bytes are valid.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            self.at(LANE_HEADER_SIZE)
        }
    }

    /// Copies a lane to this extent, which nobody else has seen yet, and to which nobody else
    /// writes; of its holes, the pages that are in use. Nobody writes to `from` meanwhile either.
    /// Returns whether there was room.
    ///
    /// Of the words before the struct, the state is not copied.
    pub(super) fn copy_lane(&self, from: &Self, parts: &Parts) -> bool {
        const STATE: usize = size_of::<AtomicU64>();
        for part in parts.iter() {
            self.copy_bytes(from, part.start.max(STATE)..part.end);
        }
        let page = memory::page_size();
        let pages = parts.holes().flat_map(|hole| hole.step_by(page)).map(|at| at..at + page);
        for page in pages.filter(|page| from.is_in_use(page)) {
            if !self.populate(page.clone()) {
                return false;
            }
            self.copy_bytes(from, page);
        }
        true
    }

    /// Copies bytes of a lane, as [`copy_lane`](Self::copy_lane) does.
    fn copy_bytes(&self, from: &Self, range: Range<usize>) {
        let len = self.len.load(Relaxed);
        assert!(from.len.load(Relaxed) == len && range.end <= len);
        // SAFETY: within both mappings.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let from = unsafe { from.base.load(Relaxed).add(range.start) };
        // SAFETY: as above.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let to = unsafe { self.base.load(Relaxed).add(range.start) };
        // SAFETY: two mappings, which do not overlap. Other threads only read the first one, and
        // no other thread has a reference into the second one.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            ptr::copy_nonoverlapping(from, to, range.len());
        }
    }

    /// Returns whether not all bytes of a page of private memory are zero.
    fn is_in_use(&self, page: &Range<usize>) -> bool {
        assert!(page.end <= self.len.load(Relaxed));
        // SAFETY: within the mapping.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let start = unsafe { self.base.load(Relaxed).add(page.start) };
        // SAFETY: as above; nobody writes there meanwhile, as for `copy_lane`.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let bytes = unsafe { slice::from_raw_parts(start, page.len()) };
        bytes.iter().any(|byte| *byte != 0)
    }

    /// Copies what a statistic stores beside its counts from another lane: a value that was set. If
    /// `own`, that includes what belongs to guards of the lane's thread.
    ///
    /// A value that is being written by somebody else stays empty.
    pub(super) fn copy_state(&self, from: &Self, shape: &Shape, offset: usize, own: bool) {
        const TRIES: usize = 8;
        let Some(kind) = Kind::from_code(shape.kind) else { return };
        let at = LANE_HEADER_SIZE + offset;
        let state = kind.state(shape, own);
        if kind.locked(shape) == 0 || own {
            self.copy(from, at, &state);
            return;
        }
        for _ in 0..TRIES {
            // SAFETY: an atomic word, for which any value is valid.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            let sequence = unsafe { from.at::<AtomicU64>(at) };
            let before = sequence.load(Acquire); // pairs with the last store of `SeqLock::write`
            if before % 2 == 0 {
                self.copy(from, at, &state);
                fence(Acquire); // pairs with the fence of `SeqLock::write`
                if sequence.load(Relaxed) == before {
                    return;
                }
            }
        }
        self.copy(&Self::none(), at, &state);
    }

    /// Copies some atomics, each as a whole, or stores zeros if `from` maps nothing.
    fn copy(&self, from: &Self, at: usize, state: &[AtomicRun]) {
        macro_rules! each {
            ($atomic:ty, $atomics:ident) => {
                for index in 0..$atomics.count {
                    let at = at + $atomics.at + index * size_of::<$atomic>();
                    // SAFETY: an atomic, for which any value is valid.
                    #[expect(unsafe_code, reason = "see the SAFETY comment")]
                    let to = unsafe { self.at::<$atomic>(at) };
                    let value = if from.is_mapped() {
                        // SAFETY: as above.
                        #[expect(unsafe_code, reason = "see the SAFETY comment")]
                        unsafe { from.at::<$atomic>(at) }.load(Relaxed)
                    } else {
                        0
                    };
                    // A page that stays zero takes no memory.
                    if to.load(Relaxed) != value {
                        to.store(value, Relaxed);
                    }
                }
            };
        }
        for atomics in state {
            match atomics.width {
                1 => each!(AtomicU8, atomics),
                2 => each!(AtomicU16, atomics),
                4 => each!(AtomicU32, atomics),
                _ => each!(AtomicU64, atomics),
            }
        }
    }

    /// Copies what a thread that forks keeps of the members of its families.
    pub(super) fn copy_members(&self, from: &Self, content: &'static Content) {
        content.families(0, &mut |family, at| {
            let Content::Dynamic { shape, other, item, .. } = family else { return };
            // SAFETY: what a family begins with, which consists of atomics.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            let taken = unsafe { from.at::<Overflow>(LANE_HEADER_SIZE + at) }.taken.load(Relaxed);
            let taken = usize::try_from(taken).unwrap_or(usize::MAX).min(shape.capacity as usize);
            for number in 1..=taken {
                let member = at + other + number * shape.buckets as usize;
                item.shapes(member, &mut |shape, at| self.copy_state(from, shape, at, true));
            }
        });
    }

    /// Has the statistics that are declared at run time make room again, before they are used: pages of
    /// zeros were not copied.
    pub(super) fn forget_room(&self, content: &'static Content) {
        content.run_time(LANE_HEADER_SIZE, &mut |bytes| {
            // SAFETY: the word before these bytes, an atomic.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            let room = unsafe { self.at::<AtomicU64>(bytes.start - size_of::<AtomicU64>()) };
            room.store(0, Relaxed);
        });
    }

    /// Turns on stamps for values that are set from now on, if this extent is a lane. A sum does not depend
    /// on them, and the members of a family have theirs from the start.
    pub(super) fn start_stamps(&self, content: &'static Content) {
        content.visit(&mut |leaf| {
            let stamp = Kind::from_code(leaf.shape.kind).and_then(Kind::stamp);
            if let Some(stamp) = stamp.filter(|_| leaf.merge() != Merge::Sum) {
                let at = LANE_HEADER_SIZE + leaf.at.offset + stamp;
                // SAFETY: an atomic word, for which any value is valid.
                #[expect(unsafe_code, reason = "see the SAFETY comment")]
                let stamp = unsafe { self.at::<AtomicU64>(at) };
                // Relaxed: a thread that sees it late sets its value as if before this call. If it
                // is not zero, the lane's thread already takes stamps.
                let _ = stamp.compare_exchange(0, UNSET, Relaxed, Relaxed);
            }
        });
    }

    /// Returns the value at `offset` bytes into the extent.
    ///
    /// # Safety
    /// `T` must consist of atomics only, and any bytes must be a valid `T`.
    #[expect(unsafe_code, reason = "see the Safety section")]
    unsafe fn at<T>(&self, offset: usize) -> &T {
        let base = self.base.load(Acquire).cast_const(); // pairs with `put`
        assert!(!base.is_null() && offset + size_of::<T>() <= self.len.load(Relaxed));
        // SAFETY: within the mapping, as asserted above.
        let place = unsafe { base.add(offset) }.cast::<T>();
        assert!(place.is_aligned());
        // SAFETY: aligned (asserted above), mapped for as long as `self` lives (invariant 1), and
        // valid with any bytes that others write there (the caller's promise).
        unsafe { &*place }
    }
}

impl Drop for Extent {
    fn drop(&mut self) {
        if let Some(base) = NonNull::new(*self.base.get_mut()) {
            // SAFETY: the mapping belongs to `self`, and nobody has a reference into it.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            unsafe {
                memory::unmap(base, *self.len.get_mut());
            }
        }
    }
}

/// Converts a length in a file to a length in memory.
pub(super) fn usize_of(len: u64) -> io::Result<usize> {
    len.try_into().map_err(|_| io::ErrorKind::OutOfMemory.into())
}
