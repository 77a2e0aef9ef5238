#![forbid(unsafe_code)]
//! The sequence lock: several words that are read as one, at the cost of two stores.
//!
//! A writer makes the sequence odd, stores, and makes it even again; a reader accepts its copy
//! only if the sequence was the same even number before and after. Writers never wait.
//!
//! Source: Hans-J. Boehm, "Can Seqlocks Get Along with Programming Language Memory Models?",
//! MSPC 2012.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU64, fence};

use zerocopy::FromBytes;

/// The number of copies a reader makes before it reports a value as torn.
pub(crate) const TRIES: usize = 64;

/// The number of copies of a whole field before a reader settles for its totals.
const WHOLE_TRIES: usize = 8;

/// The sequence number in front of words that belong together.
#[derive(Debug, Default, FromBytes)]
#[repr(transparent)]
pub(crate) struct SeqLock(AtomicU64);

impl SeqLock {
    /// Runs `stores`; readers then see either all of them or none.
    ///
    /// Only one writer may run at a time. A second one can make a reader's copy inconsistent, but
    /// only while both write: each leaves the sequence even.
    #[inline]
    pub(crate) fn write<R>(&self, stores: impl FnOnce() -> R) -> R {
        let odd = self.0.load(Relaxed).wrapping_add(1) | 1;
        // Relaxed: the fence below keeps the stores after it.
        self.0.store(odd, Relaxed);
        fence(Release); // no store below is visible before `odd`; pairs with the fence in `read`
        let result = stores();
        // Release: all stores above are visible before it; pairs with the first load in `read`.
        self.0.store(odd.wrapping_add(1), Release);
        result
    }

    /// Returns what `copy` saw between two writes, or its last result if the writer is always busy.
    pub(crate) fn read<R>(&self, mut copy: impl FnMut() -> R) -> R {
        let mut tries = 0;
        loop {
            let before = self.0.load(Acquire); // pairs with the last store of `write`
            let value = copy();
            fence(Acquire); // no load above moves below the next one; pairs with `write`'s fence
            tries += 1;
            if is_intact(before, self.0.load(Relaxed)) || tries == TRIES {
                return value;
            }
            std::hint::spin_loop();
        }
    }
}

/// Copies a field, which starts with its sequence number, until its first `locked` bytes lie
/// between two reads of the same even number, and returns whether that succeeded. `field` holds
/// the first read.
///
/// `fill` copies from the given offset by a system call, so that no read is reordered.
/// `patience` is the number of retries left for this field and others.
pub(crate) fn settle<E>(
    field: &mut [u8],
    locked: usize,
    mut fill: impl FnMut(usize, &mut [u8]) -> Result<(), E>,
    patience: &mut usize,
) -> Result<bool, E> {
    let Some((before, _)) = field.split_first_chunk() else { return Ok(true) };
    let mut before = u64::from_le_bytes(*before);
    for attempt in 0..TRIES {
        let len = if attempt < WHOLE_TRIES { field.len() } else { locked };
        fill(0, &mut field[..len])?;
        let mut after = [0; 8];
        fill(0, &mut after)?;
        let after = u64::from_le_bytes(after);
        if is_intact(before, after) {
            // The ring and the buckets must not be older than the totals.
            fill(len, &mut field[len..])?;
            return Ok(true);
        }
        before = after;
        match patience.checked_sub(1) {
            Some(left) => *patience = left,
            None => break,
        }
    }
    Ok(false)
}

/// Returns whether a copy made between two reads of the sequence is consistent.
const fn is_intact(before: u64, after: u64) -> bool {
    before == after && before.is_multiple_of(2)
}
