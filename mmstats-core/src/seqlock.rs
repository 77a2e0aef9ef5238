#![forbid(unsafe_code)]
//! The sequence lock: several words that are read as one, at the cost of two stores.
//!
//! A writer makes the sequence odd, stores, and makes it even again; a reader accepts its copy
//! only if the sequence was the same even number before and after. Writers never wait.
//!
//! Source: Hans-J. Boehm, "Can Seqlocks Get Along with Programming Language Memory Models?",
//! MSPC 2012.

use std::time::{Duration, Instant};

use crate::sync::Ordering::{Acquire, Relaxed, Release};
use crate::sync::{AtomicU64, fence};

/// The number of copies a reader makes before it reports a value as torn, or, in the writer's
/// process, before it lets other threads run.
pub(crate) const TRIES: usize = 64;

/// The number of copies of a whole field before a reader settles for its totals.
pub(crate) const WHOLE_TRIES: usize = if cfg!(loom) { 0 } else { 8 }; // the models check the totals

/// How long a reader in the writer's process retries. A writer that was interrupted goes on by then;
/// one that never will, because this process is a fork's child or the reader interrupted it, must
/// not keep the reader.
const PATIENCE: Duration = Duration::from_millis(10);

/// What a copy costs at least, in bytes: a system call takes as long as copying these.
pub(crate) const LEAST_COPY: usize = 4096;

/// The sequence number in front of words that belong together.
#[derive(Debug, Default)]
#[repr(transparent)]
pub(crate) struct SeqLock(AtomicU64);

impl SeqLock {
    /// Runs `stores`; readers then see either all of them or none.
    ///
    /// Only one writer may run at a time. If a second one interrupts it, the number is odd
    /// afterwards, so that readers see the mixture as torn, and even again after the next write.
    #[inline]
    pub(crate) fn write<R>(&self, stores: impl FnOnce() -> R) -> R {
        // Load and store become one instruction. Relaxed: the fence keeps the stores after it.
        self.0.store(self.0.load(Relaxed) | 1, Relaxed);
        fence(Release); // no store below is visible before the odd number; pairs with `copy`'s fence
        let result = stores();
        // Release: all stores above are visible before it; pairs with the first load in `copy`.
        self.0.store(self.0.load(Relaxed).wrapping_add(1), Release);
        result
    }

    /// Starts a write that ends when the result is dropped; nothing within another one, of which this
    /// is a part then.
    #[inline]
    pub(crate) fn hold(&self) -> Option<Held<'_>> {
        let number = self.0.load(Relaxed);
        if number % 2 == 1 {
            return None;
        }
        self.0.store(number + 1, Relaxed);
        fence(Release); // as in `write`
        Some(Held(self))
    }

    /// Returns what `copy` saw, and whether it is torn.
    ///
    /// It retries for a few milliseconds, and passes the number of the try, from 0.
    pub(crate) fn read<R>(&self, mut copy: impl FnMut(usize) -> R) -> (R, bool) {
        let mut tries = 0;
        let mut since = None;
        loop {
            let (value, torn) = self.copy(|| copy(tries));
            tries += 1;
            if !torn {
                return (value, false);
            }
            if tries < TRIES {
                std::hint::spin_loop();
            } else if since.get_or_insert_with(Instant::now).elapsed() < PATIENCE {
                std::thread::yield_now();
            } else {
                return (value, true);
            }
        }
    }

    /// Returns what `copy` saw, and whether a write overlapped.
    pub(crate) fn copy<R>(&self, copy: impl FnOnce() -> R) -> (R, bool) {
        let before = self.0.load(Acquire); // pairs with the last store of `write`
        let value = copy();
        fence(Acquire); // no load above moves below the next one; pairs with `write`'s fence
        (value, !is_intact(before, self.0.load(Relaxed)))
    }

    /// Returns the word, as a reader of the file sees it.
    #[cfg(loom)]
    pub(crate) fn number(&self) -> &AtomicU64 {
        &self.0
    }
}

/// A write that goes on.
#[derive(Debug)]
pub(crate) struct Held<'a>(&'a SeqLock);

impl Drop for Held<'_> {
    #[inline]
    fn drop(&mut self) {
        let number = self.0.0.load(Relaxed);
        // Even from any number: in a forked child, it began again at 0 meanwhile. Release: as in
        // `write`.
        self.0.0.store((number | 1).wrapping_add(1), Release);
    }
}

/// Copies a field, which starts with its sequence number, until its first `locked` bytes lie
/// between two reads of the same even number, and returns whether that succeeded. `field` holds
/// the first read.
///
/// `fill` copies from the given offset by a system call, so that no read is reordered.
/// `patience` is the number of bytes that may still be copied in vain, for this field and others.
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
        match patience.checked_sub(len.max(LEAST_COPY)) {
            Some(left) => *patience = left,
            None => break,
        }
    }
    Ok(false)
}

/// Returns whether a copy made between two reads of the sequence is consistent.
const fn is_intact(before: u64, after: u64) -> bool {
    before == after && before % 2 == 0
}

/// Returns whether the sequence number that a field starts with marks it as torn.
pub(crate) fn is_torn(field: &[u8]) -> bool {
    field.first().is_some_and(|byte| byte % 2 == 1)
}
