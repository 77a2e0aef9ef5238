use std::fmt;
use std::mem::offset_of;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::readable::word;
use super::{OneWriter, Part, Readable, Samples, Stamped, Statistic, Summary, atomics};
use crate::schema::{Merge, ScalarType, Shape};
use crate::seqlock::{SeqLock, is_torn};

/// The mean of all samples: bytes per request, rows per batch.
///
/// A reader sees count, sum and mean, over all threads.
///
/// # Examples
/// ```
/// use mmstats::Average;
///
/// let rows = Average::default();
/// rows.add(10.0);
/// rows.add(20.0);
/// assert_eq!((rows.count(), rows.mean()), (2, 15.0));
/// ```
#[doc(alias = "AverageField")]
#[derive(Default)]
#[repr(C)]
pub struct Average {
    lock: SeqLock,
    count: AtomicU64,
    sum_bits: AtomicU64,
    refused: AtomicU64,
    one_writer: OneWriter,
}

atomics!(Average { lock, count, sum_bits, refused, one_writer });

impl Average {
    /// Adds a sample. This is a handful of plain loads and stores.
    ///
    /// `NaN` and infinities are [refused](Mean::refused): they would stay in the sum for ever.
    #[inline]
    pub fn add(&self, sample: f64) {
        if is_refused(sample) {
            return self.refuse();
        }
        // Relaxed: the lock orders them.
        self.lock.write(|| {
            self.count.store(self.count.load(Relaxed).wrapping_add(1), Relaxed);
            let sum = f64::from_bits(self.sum_bits.load(Relaxed)) + sample;
            self.sum_bits.store(sum.to_bits(), Relaxed);
        });
    }

    /// Sets the number of samples and their sum in the calling thread's
    /// [lane](crate::Mapped#lanes), to take over samples that something else adds up.
    ///
    /// To readers that compare two times, fewer samples than before are a restart from none.
    /// ```
    /// let rows = mmstats::Average::default();
    /// rows.set(4, 10.0);
    /// rows.add(5.0);
    /// assert_eq!((rows.count(), rows.mean()), (5, 3.0));
    /// ```
    #[inline]
    pub fn set(&self, count: u64, sum: f64) {
        if is_refused(sum) {
            return self.refuse();
        }
        // Relaxed: the lock orders them.
        self.lock.write(|| {
            self.count.store(count, Relaxed);
            self.sum_bits.store(sum.to_bits(), Relaxed);
        });
    }

    #[cold]
    #[inline(never)]
    fn refuse(&self) {
        self.lock.write(|| self.refused.store(self.refused.load(Relaxed).wrapping_add(1), Relaxed));
    }

    /// Returns the number of samples in the calling thread's [lane](crate::Mapped#lanes).
    #[inline]
    pub fn count(&self) -> u64 {
        self.count.load(Relaxed)
    }

    /// Returns the mean of the samples in the calling thread's [lane](crate::Mapped#lanes); 0 if
    /// there are none.
    pub fn mean(&self) -> f64 {
        self.local().mean()
    }

    /// Returns the samples of the calling thread's [lane](crate::Mapped#lanes).
    pub fn local(&self) -> Mean {
        let copy = |_| Mean {
            count: self.count.load(Relaxed),
            sum: f64::from_bits(self.sum_bits.load(Relaxed)),
            refused: self.refused.load(Relaxed),
            torn: false,
        };
        let (mean, torn) = self.lock.read(copy);
        Mean { torn, ..mean }
    }
}

// SAFETY: four atomics; `SHAPE` says so.
#[expect(unsafe_code, reason = "implements `Statistic`")]
unsafe impl Statistic for Average {
    const SHAPE: Shape = Shape::of(Self::CODE, ScalarType::F64);

    type Total = Mean;

    fn total<'a>(lanes: impl Iterator<Item = &'a Self>, _: Merge) -> Mean {
        lanes.map(Self::local).fold(Mean::default(), Mean::merged)
    }
}

impl Readable for Average {
    const CODE: u16 = 5;

    type Value = Mean;

    const PARTS: &'static [Part] = &[
        Part::word("lock", offset_of!(Self, lock)),
        Part::word("count", offset_of!(Self, count)),
        Part::word("sum", offset_of!(Self, sum_bits)),
        Part::word("refused", offset_of!(Self, refused)),
    ];

    fn size(_: &Shape) -> u64 {
        size_of::<Self>() as u64
    }

    fn locked(_: &Shape) -> usize {
        size_of::<Self>()
    }

    fn empty(_: &Shape) -> Mean {
        Mean::default()
    }

    fn decode(bytes: &[u8], _: &Shape) -> Mean {
        Mean {
            count: word(bytes, offset_of!(Self, count)),
            sum: f64::from_bits(word(bytes, offset_of!(Self, sum_bits))),
            refused: word(bytes, offset_of!(Self, refused)),
            torn: is_torn(bytes),
        }
    }

    fn merge(a: Stamped<Mean>, b: Stamped<Mean>, _: Merge) -> Mean {
        a.value.merged(b.value)
    }

    fn since(now: &Mean, earlier: &Mean) -> Mean {
        let Some(count) = now.count.checked_sub(earlier.count) else { return *now };
        Mean {
            count,
            sum: if count == 0 { 0.0 } else { now.sum - earlier.sum },
            refused: now.refused.saturating_sub(earlier.refused),
            torn: now.torn || earlier.torn,
        }
    }

    fn summary(mean: &Mean) -> Summary<'_> {
        let known = |value| Some(value).filter(|_| mean.count > 0);
        let samples = Samples {
            count: mean.count,
            sum: known(mean.sum),
            mean: known(mean.mean()),
            refused: mean.refused,
            ..Samples::default()
        };
        Summary::of_samples(mean.mean(), samples)
    }
}

impl fmt::Debug for Average {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Average").field(&self.mean()).finish()
    }
}

/// The samples of an [`Average`].
///
/// # Examples
/// ```
/// use mmstats::Average;
///
/// let rows = Average::default();
/// rows.add(10.0);
/// rows.add(20.0);
/// let rows = rows.local();
/// assert_eq!((rows.count(), rows.sum(), rows.mean()), (2, 30.0, 15.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Mean {
    count: u64,
    sum: f64,
    refused: u64,
    torn: bool,
}

impl Mean {
    /// Returns the number of samples.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns their sum.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// Returns their mean; 0 if there are none.
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 samples")]
    pub fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum / self.count as f64 }
    }

    /// Returns the number of samples that were `NaN` or infinite, and so are not in the others.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Returns whether a thread was writing it all the time, so that sum and count may not belong
    /// together.
    pub fn is_torn(&self) -> bool {
        self.torn
    }

    /// Returns the samples of both.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        Self {
            count: self.count.wrapping_add(other.count),
            sum: self.sum + other.sum,
            refused: self.refused.wrapping_add(other.refused),
            torn: self.torn || other.torn,
        }
    }
}

/// Returns whether an average refuses a sample, which is not finite.
#[inline]
pub(super) fn is_refused(sample: f64) -> bool {
    // Two instructions less than `!is_finite()`.
    #[expect(clippy::eq_op, reason = "it is not 0 for `NaN` and infinities")]
    (sample - sample).is_nan()
}
