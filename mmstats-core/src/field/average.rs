use std::fmt;
use std::mem::offset_of;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use zerocopy::FromBytes;

use super::{Field, OneWriter};
use crate::format::body::average as layout;
use crate::schema::{Kind, Merge, ScalarType, Shape};
use crate::seqlock::SeqLock;
use crate::value::Mean;

/// The mean of all samples: bytes a request, rows a batch.
///
/// A reader sees count, sum and mean, over all threads.
///
/// # Examples
/// ```
/// # use mmstats_core::Average;
/// let rows = Average::default();
/// rows.add(10.0);
/// rows.add(20.0);
/// assert_eq!((rows.count(), rows.mean()), (2, 15.0));
/// ```
#[doc(alias = "AverageField")]
#[derive(Default, FromBytes)]
#[repr(C)]
pub struct Average {
    lock: SeqLock,
    count: AtomicU64,
    sum_bits: AtomicU64,
    one_writer: OneWriter,
}

const _: () = {
    assert!(offset_of!(Average, count) == layout::COUNT);
    assert!(offset_of!(Average, sum_bits) == layout::SUM);
    assert!(size_of::<Average>() == layout::SIZE);
};

impl Average {
    /// Adds a sample. A handful of plain loads and stores.
    #[inline]
    pub fn add(&self, sample: f64) {
        // Relaxed: the lock orders them.
        self.lock.write(|| {
            self.count.store(self.count.load(Relaxed).wrapping_add(1), Relaxed);
            let sum = f64::from_bits(self.sum_bits.load(Relaxed)) + sample;
            self.sum_bits.store(sum.to_bits(), Relaxed);
        });
    }

    /// How many samples are in the calling thread's [lane](crate::Mapped#lanes).
    #[inline]
    pub fn count(&self) -> u64 {
        self.count.load(Relaxed)
    }

    /// The mean of the samples in the calling thread's [lane](crate::Mapped#lanes); 0 where there
    /// is none.
    pub fn mean(&self) -> f64 {
        self.read().mean()
    }

    fn read(&self) -> Mean {
        let copy = || Mean {
            count: self.count.load(Relaxed),
            sum: f64::from_bits(self.sum_bits.load(Relaxed)),
        };
        self.lock.read(copy)
    }
}

// SAFETY: three atomics; `SHAPE` says so.
#[expect(unsafe_code, reason = "implements `Field`")]
unsafe impl Field for Average {
    const SHAPE: Shape = Shape::of(Kind::Average, ScalarType::F64, Merge::Sum);

    type Total = Mean;

    fn total<'a>(lanes: impl Iterator<Item = &'a Self>, _: Merge) -> Mean {
        lanes.map(Self::read).fold(Mean::default(), Mean::merged)
    }
}

impl fmt::Debug for Average {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Average").field(&self.mean()).finish()
    }
}
