use std::fmt;
use std::mem::offset_of;
use std::sync::atomic::Ordering::Relaxed;

use super::precision::VALUE_OCTAVES;
use super::summary::Quantiles;
use super::totals::Totals;
use super::{
    Atomics, BadShape, Bits, Distribution, OneWriter, Part, Precision, Readable, Samples, Stamped,
    Statistic, Summary, atomics,
};
use crate::buckets::Buckets;
use crate::schema::{Merge, ScalarType, Shape};

/// The distribution of integers in any unit: bytes per request, rows per batch.
///
/// Keeps count, sum, minimum and maximum, and log-linear buckets of all values of a `u64`, from which
/// a reader computes quantiles, of all time or of an interval. Their relative error is at most 1/32;
/// another [precision](Bits) is `B`. No clock is read. Readers add up the lanes.
///
/// For durations there is [`Timer`](super::Timer).
///
/// # Examples
/// ```
/// use mmstats::{Histogram, MmStats, Reader};
///
/// #[derive(MmStats)]
/// struct Web {
///     /// The size of an answer.
///     #[mmstats(unit = "bytes")]
///     answer: Histogram,
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # let stats = Web::builder().directory(&directory).create()?;
/// # let path = stats.path().ok_or("no file")?;
/// for bytes in [200, 300, 90_000] {
///     stats.answer.record(bytes);
/// }
/// let snapshot = Reader::open(path)?.snapshot()?;
/// let stat = snapshot.stat("answer").ok_or("no such statistic")?;
/// let answers = stat.value().as_distribution().ok_or("no histogram")?;
/// assert_eq!((answers.count(), answers.max(), stat.unit()), (3, 90_000, "bytes"));
/// assert!(answers.quantile(0.5).abs_diff(300) * 32 <= 300);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C, align(64))]
pub struct Histogram<const B: u8 = 4>
where
    Bits<B>: Precision,
{
    totals: Totals,
    counts: <Bits<B> as Precision>::Values,
    one_writer: OneWriter,
}

atomics!([const B: u8] Histogram<B> where [Bits<B>: Precision] { totals, counts, one_writer });

impl<const B: u8> Histogram<B>
where
    Bits<B>: Precision,
{
    const BUCKETS: Buckets = Buckets::covering(B, VALUE_OCTAVES);

    /// Creates a histogram of any [precision](Bits), which counts on its own, in no file.
    ///
    /// # Examples
    /// ```
    /// use mmstats::Histogram;
    ///
    /// let rows = Histogram::<7>::new();
    /// rows.record(10_000);
    /// rows.record(20_000);
    /// assert!(rows.local().quantile(0.5).abs_diff(10_000) * 256 <= 10_000);
    /// ```
    pub fn new() -> Self {
        Atomics::new_zeroed()
    }

    /// Records a value.
    #[inline]
    pub fn record(&self, value: u64) {
        self.add(value, 1);
    }

    /// Records a value `n` times, in the time that one takes.
    #[inline]
    pub fn record_n(&self, value: u64, n: u64) {
        if n > 0 {
            self.add(value, n);
        }
    }

    #[inline]
    fn add(&self, value: u64, n: u64) {
        let (totals, counts) = (&self.totals, self.counts.as_ref());
        totals.lock.write(|| totals.add(value, n, counts, Self::BUCKETS));
    }

    /// Returns the number of values that the calling thread's [lane](crate::Mapped#lanes) recorded.
    #[inline]
    pub fn count(&self) -> u64 {
        self.totals.count.load(Relaxed)
    }

    /// Returns what the calling thread's [lane](crate::Mapped#lanes) recorded.
    pub fn local(&self) -> Distribution {
        self.totals.read(self.counts.as_ref(), Self::BUCKETS, |_, _| ()).0
    }
}

/// Only for the default precision, so that `Histogram::default()` means it.
impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: atomics only; `SHAPE` says how many.
#[expect(unsafe_code, reason = "implements `Statistic`")]
unsafe impl<const B: u8> Statistic for Histogram<B>
where
    Bits<B>: Precision,
{
    const SHAPE: Shape = Self::BUCKETS.shaped(Shape::of(Self::CODE, ScalarType::U64));

    type Total = Distribution;

    fn total<'a>(lanes: impl Iterator<Item = &'a Self>, _: Merge) -> Distribution {
        let parts = lanes.map(Self::local);
        parts.reduce(Distribution::merged).unwrap_or_else(|| Distribution::empty(Self::BUCKETS))
    }
}

impl<const B: u8> Readable for Histogram<B>
where
    Bits<B>: Precision,
{
    const CODE: u16 = 11;

    type Value = Box<Distribution>;

    const PARTS: &'static [Part] = &[
        Part::word("lock", offset_of!(Self, totals.lock)),
        Part::word("count", offset_of!(Self, totals.count)),
        Part::word("sum", offset_of!(Self, totals.sum)),
        Part::word("min", offset_of!(Self, totals.min)),
        Part::word("max", offset_of!(Self, totals.max)),
        Part::sized("counts", offset_of!(Self, counts), "8 · buckets"),
    ];

    fn size(shape: &Shape) -> u64 {
        offset_of!(Self, counts) as u64 + 8 * u64::from(shape.buckets)
    }

    fn locked(_: &Shape) -> usize {
        offset_of!(Self, counts)
    }

    fn check(shape: &Shape) -> Result<(), BadShape> {
        Buckets::of(shape).map(|_| ())
    }

    fn empty(shape: &Shape) -> Box<Distribution> {
        Box::new(Distribution::empty(Buckets::of(shape).unwrap_or(Self::BUCKETS)))
    }

    #[inline(never)] // in one function with those of numbers, it would slow them down
    fn decode(bytes: &[u8], shape: &Shape) -> Box<Distribution> {
        let buckets = Buckets::of(shape).unwrap_or(Self::BUCKETS);
        Box::new(Totals::decode(bytes, offset_of!(Self, counts), buckets))
    }

    fn merge(
        a: Stamped<Box<Distribution>>,
        b: Stamped<Box<Distribution>>,
        _: Merge,
    ) -> Box<Distribution> {
        Box::new(a.value.merged(*b.value))
    }

    fn since(now: &Box<Distribution>, earlier: &Box<Distribution>) -> Box<Distribution> {
        now.since(earlier).map_or_else(|| now.clone(), Box::new)
    }

    fn summary(values: &Box<Distribution>) -> Summary<'_> {
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
        let known = |value: u64| (values.count > 0).then_some(value as f64);
        let samples = Samples {
            count: values.count,
            sum: known(values.sum),
            mean: Some(values.mean()).filter(|_| values.count > 0),
            min: known(values.min),
            max: known(values.max),
            quantiles: Some(Quantiles { of: values, scale: 1.0 }),
            ..Samples::default()
        };
        Summary::of_samples(values.mean(), samples)
    }
}

impl<const B: u8> fmt::Debug for Histogram<B>
where
    Bits<B>: Precision,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Histogram").field(&self.local()).finish()
    }
}
