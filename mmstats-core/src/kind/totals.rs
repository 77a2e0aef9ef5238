use std::mem::offset_of;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::readable::{word, words};
use super::{Distribution, atomics};
use crate::buckets::Buckets;
use crate::seqlock::{SeqLock, WHOLE_TRIES, is_torn};

/// What timers and histograms begin with: the lock, and what is known of all values besides their
/// buckets.
#[repr(C)]
pub(super) struct Totals {
    pub(super) lock: SeqLock,
    pub(super) count: AtomicU64,
    pub(super) sum: AtomicU64,
    pub(super) min: AtomicU64,
    pub(super) max: AtomicU64,
}

atomics!(Totals { lock, count, sum, min, max });

impl Totals {
    /// Adds a value `n` times, at least once, and returns how many there were before. The caller
    /// holds the lock.
    // Relaxed, here and below: the lock orders them.
    #[inline]
    pub(super) fn add(&self, value: u64, n: u64, counts: &[AtomicU64], buckets: Buckets) -> u64 {
        let count = self.count.load(Relaxed);
        self.count.store(count.wrapping_add(n), Relaxed);
        let sum = self.sum.load(Relaxed).wrapping_add(value.wrapping_mul(n));
        self.sum.store(sum, Relaxed);
        if count == 0 || value < self.min.load(Relaxed) {
            self.min.store(value, Relaxed);
        }
        if value > self.max.load(Relaxed) {
            self.max.store(value, Relaxed);
        }
        let bucket = &counts[buckets.index(value)];
        bucket.store(bucket.load(Relaxed).wrapping_add(n), Relaxed);
        count
    }

    /// Returns a consistent copy, and of the `rest` that the lock protects as well.
    ///
    /// `rest` gets the number of values, and whether it may take long.
    pub(super) fn read<R>(
        &self,
        counts: &[AtomicU64],
        buckets: Buckets,
        mut rest: impl FnMut(u64, bool) -> R,
    ) -> (Distribution, R) {
        let load = || counts.iter().map(|count| count.load(Relaxed)).collect();
        let copy = |tries| {
            let whole = tries < WHOLE_TRIES;
            let distribution = Distribution {
                count: self.count.load(Relaxed),
                sum: self.sum.load(Relaxed),
                min: self.min.load(Relaxed),
                max: self.max.load(Relaxed),
                counts: if whole { load() } else { Vec::new() },
                ..Distribution::empty(buckets)
            };
            let rest = rest(distribution.count, whole);
            (distribution, rest)
        };
        let ((mut distribution, rest), torn) = self.lock.read(copy);
        distribution.torn = torn;
        if distribution.counts.is_empty() {
            // As a reader of the file does: they may be ahead of the totals, but are not older.
            distribution.counts = load();
        }
        (distribution, rest)
    }

    /// Decodes what a field begins with, and its buckets, which begin at `counts_at`.
    pub(super) fn decode(bytes: &[u8], counts_at: usize, buckets: Buckets) -> Distribution {
        let count = word(bytes, offset_of!(Self, count));
        let counts = words(bytes, counts_at, buckets.count());
        Distribution {
            count,
            sum: word(bytes, offset_of!(Self, sum)),
            min: word(bytes, offset_of!(Self, min)),
            max: word(bytes, offset_of!(Self, max)),
            // A file may have buckets of nothing for each lane, as a hole.
            counts: if count == 0 { Vec::new() } else { counts.collect() },
            buckets,
            torn: is_torn(bytes),
        }
    }
}
