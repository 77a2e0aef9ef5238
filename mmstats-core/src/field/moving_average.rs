use std::fmt;
use std::mem::offset_of;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use zerocopy::FromBytes;

use super::ring::{capacity, filled, slot};
use super::{Field, OneWriter};
use crate::format::body::moving_average as layout;
use crate::schema::{Kind, Merge, ScalarType, Shape};
use crate::seqlock::SeqLock;
use crate::value::Window;

/// The mean of the latest `N` samples.
///
/// While there are fewer, it is the mean of those. There are `N` in each
/// [lane](crate::Mapped#lanes), and a reader takes the mean of all of them.
///
/// # Examples
/// ```
/// # use mmstats_core::MovingAverage;
/// let latest = MovingAverage::<2>::default();
/// latest.add(1.0);
/// assert_eq!(latest.mean(), 1.0);
/// latest.add(2.0);
/// latest.add(4.0);
/// assert_eq!(latest.mean(), 3.0);
/// ```
#[doc(alias = "MovingAverageField")]
#[derive(FromBytes)]
#[repr(C)]
pub struct MovingAverage<const N: usize = 100> {
    lock: SeqLock,
    count: AtomicU64,
    ring_bits: [AtomicU64; N],
    one_writer: OneWriter,
}

const _: () = {
    assert!(offset_of!(MovingAverage, count) == layout::COUNT);
    assert!(offset_of!(MovingAverage, ring_bits) == layout::RING);
};

impl<const N: usize> MovingAverage<N> {
    /// Adds a sample, in the place of the oldest. A handful of plain loads and stores.
    #[inline]
    pub fn add(&self, sample: f64) {
        // Relaxed: the lock orders them.
        self.lock.write(|| {
            let count = self.count.load(Relaxed);
            self.ring_bits[slot::<N>(count)].store(sample.to_bits(), Relaxed);
            self.count.store(count.wrapping_add(1), Relaxed);
        });
    }

    /// How many samples were added in the calling thread's [lane](crate::Mapped#lanes).
    #[inline]
    pub fn count(&self) -> u64 {
        self.count.load(Relaxed)
    }

    /// The mean of the latest samples in the calling thread's [lane](crate::Mapped#lanes); 0 where
    /// there is none.
    pub fn mean(&self) -> f64 {
        self.read().mean()
    }

    fn read(&self) -> Window {
        let copy = || {
            let count = self.count.load(Relaxed);
            let samples = self.ring_bits.iter().take(filled(count, N));
            let samples = samples.map(|bits| f64::from_bits(bits.load(Relaxed))).collect();
            Window { count, samples }
        };
        self.lock.read(copy)
    }
}

impl<const N: usize> Default for MovingAverage<N> {
    fn default() -> Self {
        zerocopy::FromZeros::new_zeroed()
    }
}

// SAFETY: atomics only; `SHAPE` says how many.
#[expect(unsafe_code, reason = "implements `Field`")]
unsafe impl<const N: usize> Field for MovingAverage<N> {
    const SHAPE: Shape = Shape {
        capacity: capacity::<N>(),
        ..Shape::of(Kind::MovingAverage, ScalarType::F64, Merge::Sum)
    };

    type Total = Window;

    fn total<'a>(lanes: impl Iterator<Item = &'a Self>, _: Merge) -> Window {
        lanes.map(Self::read).fold(Window::default(), Window::merged)
    }
}

impl<const N: usize> fmt::Debug for MovingAverage<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MovingAverage").field(&self.mean()).finish()
    }
}
