use std::fmt;
use std::mem::offset_of;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::average::is_refused;
use super::readable::{word, words};
use super::ring::{capacity, filled, slot};
use super::{Atomics, OneWriter, Part, Readable, Samples, Stamped, Statistic, Summary, atomics};
use crate::schema::{Merge, ScalarType, Shape};
use crate::seqlock::{SeqLock, is_torn};

/// The mean of the latest `N` samples.
///
/// While there are fewer, it is the mean of those. There are `N` in each
/// [lane](crate::Mapped#lanes), and a reader takes the mean of all of them.
///
/// # Examples
/// ```
/// use mmstats::MovingAverage;
///
/// let latest = MovingAverage::<2>::default();
/// latest.add(1.0);
/// assert_eq!(latest.mean(), 1.0);
/// latest.add(2.0);
/// latest.add(4.0);
/// assert_eq!(latest.mean(), 3.0);
/// ```
#[doc(alias = "MovingAverageField")]
#[repr(C)]
pub struct MovingAverage<const N: usize = 100> {
    lock: SeqLock,
    count: AtomicU64,
    refused: AtomicU64,
    ring_bits: [AtomicU64; N],
    one_writer: OneWriter,
}

atomics!([const N: usize] MovingAverage<N> { lock, count, refused, ring_bits, one_writer });

impl<const N: usize> MovingAverage<N> {
    /// Adds a sample, in the place of the oldest. This is a handful of plain loads and stores.
    ///
    /// `NaN` and infinities are [refused](Window::refused), as by an [`Average`](super::Average).
    #[inline]
    pub fn add(&self, sample: f64) {
        if is_refused(sample) {
            return self.refuse();
        }
        // Relaxed: the lock orders them.
        self.lock.write(|| {
            let count = self.count.load(Relaxed);
            self.ring_bits[slot::<N>(count)].store(sample.to_bits(), Relaxed);
            self.count.store(count.wrapping_add(1), Relaxed);
        });
    }

    /// Forgets all samples of the calling thread's [lane](crate::Mapped#lanes) but this one, so that
    /// it is the mean.
    /// ```
    /// let latest = mmstats::MovingAverage::<100>::default();
    /// [7.0, 9.0].map(|sample| latest.add(sample));
    /// latest.set(1.0);
    /// latest.add(2.0);
    /// assert_eq!((latest.count(), latest.mean()), (2, 1.5));
    /// ```
    #[inline]
    pub fn set(&self, sample: f64) {
        if is_refused(sample) {
            return self.refuse();
        }
        // Relaxed: the lock orders them. What is left in the ring is beyond the count.
        self.lock.write(|| {
            self.ring_bits[0].store(sample.to_bits(), Relaxed);
            self.count.store(1, Relaxed);
        });
    }

    #[cold]
    #[inline(never)]
    fn refuse(&self) {
        self.lock.write(|| self.refused.store(self.refused.load(Relaxed).wrapping_add(1), Relaxed));
    }

    /// Returns the number of samples so far in the calling thread's [lane](crate::Mapped#lanes).
    #[inline]
    pub fn count(&self) -> u64 {
        self.count.load(Relaxed)
    }

    /// Returns the mean of the latest samples in the calling thread's
    /// [lane](crate::Mapped#lanes); 0 if there are none.
    pub fn mean(&self) -> f64 {
        self.local().mean()
    }

    /// Returns the latest samples of the calling thread's [lane](crate::Mapped#lanes).
    pub fn local(&self) -> Window {
        let copy = |_| {
            let count = self.count.load(Relaxed);
            let samples = self.ring_bits.iter().take(filled(count, N));
            let samples = samples.map(|bits| f64::from_bits(bits.load(Relaxed))).collect();
            Window { count, samples, refused: self.refused.load(Relaxed), torn: false }
        };
        let (window, torn) = self.lock.read(copy);
        Window { torn, ..window }
    }
}

impl<const N: usize> Default for MovingAverage<N> {
    fn default() -> Self {
        Atomics::new_zeroed()
    }
}

// SAFETY: atomics only; `SHAPE` says how many.
#[expect(unsafe_code, reason = "implements `Statistic`")]
unsafe impl<const N: usize> Statistic for MovingAverage<N> {
    const SHAPE: Shape =
        Shape { capacity: capacity::<N>(), ..Shape::of(Self::CODE, ScalarType::F64) };

    type Total = Window;

    fn total<'a>(lanes: impl Iterator<Item = &'a Self>, _: Merge) -> Window {
        lanes.map(Self::local).fold(Window::default(), Window::merged)
    }
}

impl<const N: usize> Readable for MovingAverage<N> {
    const CODE: u16 = 6;

    type Value = Window;

    const PARTS: &'static [Part] = &[
        Part::word("lock", offset_of!(Self, lock)),
        Part::word("count", offset_of!(Self, count)),
        Part::word("refused", offset_of!(Self, refused)),
        Part::sized("ring", offset_of!(Self, ring_bits), "8 · capacity"),
    ];

    fn size(shape: &Shape) -> u64 {
        offset_of!(Self, ring_bits) as u64 + 8 * u64::from(shape.capacity)
    }

    fn locked(shape: &Shape) -> usize {
        offset_of!(Self, ring_bits) + 8 * shape.capacity as usize
    }

    fn empty(_: &Shape) -> Window {
        Window::default()
    }

    #[inline(never)] // in one function with those of numbers, it would slow them down
    fn decode(bytes: &[u8], shape: &Shape) -> Window {
        let count = word(bytes, offset_of!(Self, count));
        let filled = filled(count, shape.capacity as usize);
        let ring = words(bytes, offset_of!(Self, ring_bits), filled);
        Window {
            count,
            samples: ring.map(f64::from_bits).collect(),
            refused: word(bytes, offset_of!(Self, refused)),
            torn: is_torn(bytes),
        }
    }

    fn merge(a: Stamped<Window>, b: Stamped<Window>, _: Merge) -> Window {
        a.value.merged(b.value)
    }

    fn since(now: &Window, earlier: &Window) -> Window {
        let count = now.count.checked_sub(earlier.count).unwrap_or(now.count);
        let refused = now.refused.checked_sub(earlier.refused).unwrap_or(now.refused);
        let torn = now.torn || earlier.torn;
        Window { count, samples: now.samples.clone(), refused, torn }
    }

    fn summary(window: &Window) -> Summary<'_> {
        let recent_mean = Some(window.mean()).filter(|_| !window.samples.is_empty());
        let (count, refused) = (window.count, window.refused);
        let samples = Samples { count, recent_mean, refused, ..Samples::default() };
        Summary::of_samples(window.mean(), samples)
    }
}

impl<const N: usize> fmt::Debug for MovingAverage<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MovingAverage").field(&self.mean()).finish()
    }
}

/// The latest samples of a [`MovingAverage`], of each lane.
///
/// # Examples
/// ```
/// use mmstats::MovingAverage;
///
/// let latest = MovingAverage::<2>::default();
/// [1.0, 2.0, 4.0].map(|sample| latest.add(sample));
/// let latest = latest.local();
/// assert_eq!((latest.count(), latest.mean()), (3, 3.0));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Window {
    count: u64,
    samples: Vec<f64>,
    refused: u64,
    torn: bool,
}

impl Window {
    /// Returns the number of samples so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns the latest of them, as many as the windows hold, in no particular order.
    pub fn samples(&self) -> &[f64] {
        &self.samples
    }

    /// Returns the mean of the samples in the windows, which may not be full yet; 0 if there are
    /// none.
    #[expect(clippy::cast_precision_loss, reason = "a window is far shorter than 2^53")]
    pub fn mean(&self) -> f64 {
        if self.samples.is_empty() {
            0.0
        } else {
            self.samples.iter().sum::<f64>() / self.samples.len() as f64
        }
    }

    /// Returns the number of samples that were `NaN` or infinite, and so are not in the windows.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Returns whether a thread was writing it all the time, so that the samples may be of different
    /// moments.
    pub fn is_torn(&self) -> bool {
        self.torn
    }

    /// Returns the samples of both: each lane weighs as much as it has samples.
    #[must_use]
    pub fn merged(mut self, other: Self) -> Self {
        self.count = self.count.wrapping_add(other.count);
        self.samples.extend(other.samples);
        self.refused = self.refused.wrapping_add(other.refused);
        self.torn |= other.torn;
        self
    }
}
