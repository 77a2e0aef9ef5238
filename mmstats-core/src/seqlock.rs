#![forbid(unsafe_code)]
//! The sequence lock: several words that are read as one, at the price of two stores.
//!
//! A writer makes the sequence odd, stores, and makes it even again; a reader takes what it
//! copied only if the sequence was the same even number before and after. Writers never wait.
//!
//! Source: Hans-J. Boehm, "Can Seqlocks Get Along with Programming Language Memory Models?",
//! MSPC 2012.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU64, fence};

use zerocopy::FromBytes;

/// How often a copy is tried before it is given as torn.
pub(crate) const TRIES: usize = 64;

/// How often all of a field is copied before its totals alone have to do.
const WHOLE_TRIES: usize = 8;

/// The sequence number in front of words that belong together.
#[derive(Debug, Default, FromBytes)]
#[repr(transparent)]
pub(crate) struct SeqLock(AtomicU64);

impl SeqLock {
    /// Runs `stores`, which readers then see either wholly or not at all.
    ///
    /// For one writer at a time. A second one may cost a reader its consistency, but not for
    /// longer than both write: each leaves the sequence even.
    #[inline]
    pub(crate) fn write<R>(&self, stores: impl FnOnce() -> R) -> R {
        let odd = self.0.load(Relaxed).wrapping_add(1) | 1;
        // Relaxed: the fence below keeps the stores after it.
        self.0.store(odd, Relaxed);
        fence(Release); // no store below is seen before `odd`; pairs with the fence in `read`
        let result = stores();
        // Release: all stores above are seen before this; pairs with the first load in `read`.
        self.0.store(odd.wrapping_add(1), Release);
        result
    }

    /// What `copy` saw between two writes; what it saw last, if the writer is always busy.
    pub(crate) fn read<R>(&self, mut copy: impl FnMut() -> R) -> R {
        let mut tries = 0;
        loop {
            let before = self.0.load(Acquire); // pairs with the last store of `write`
            let value = copy();
            fence(Acquire); // no load above is done after the one below; pairs with `write`'s fence
            tries += 1;
            if is_intact(before, self.0.load(Relaxed)) || tries == TRIES {
                return value;
            }
            std::hint::spin_loop();
        }
    }
}

/// Copies a field, from its sequence number on, until its first `locked` bytes were copied between
/// two looks at the same even number, of which `field` holds the first; tells whether they were.
///
/// `fill` copies from where it is told, by a system call, so that no look is done out of order.
/// `patience` is how many copies may still be tried again, of this field and others.
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
            // Ring and buckets must not be older than the totals.
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

/// Whether what was copied between two looks at the sequence belongs together.
const fn is_intact(before: u64, after: u64) -> bool {
    before == after && before.is_multiple_of(2)
}
