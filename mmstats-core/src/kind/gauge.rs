use std::fmt;
use std::mem::offset_of;

use super::stamp::Stamp;
use super::{
    AtomicRun, Creation, GaugeValue, Initial, OneWriter, Part, Readable, Role, Scalar, Sealed,
    Stamped, Statistic, Summary, atomics,
};
use crate::schema::{Attribute, Attributes, Merge, Shape};

/// The latest value of something: a temperature, the length of a queue, a state.
///
/// A reader sees the value that was set last, by any thread; `#[mmstats(merge = "sum")]`, `"min"`
/// or `"max"` make it the sum, the smallest or the largest over all [lanes](crate::Mapped#lanes).
/// The value of a thread stays when it ends, as a high-water mark should. To count what is there
/// now, such as open connections, use an [`UpDown`](super::UpDown).
///
/// # Examples
/// ```
/// use mmstats::Gauge;
///
/// let load = Gauge::<f64>::default();
/// load.set(0.75);
/// assert_eq!(load.local(), 0.75);
/// ```
#[doc(alias("IntField", "UIntField", "UInt64Field", "ShortField", "UShortField"))]
#[doc(alias("ByteField", "FloatField", "DoubleField", "BoolField"))]
#[derive(Default)]
#[repr(C)]
pub struct Gauge<T: GaugeValue> {
    stamp: Stamp,
    value: T::Atomic,
    one_writer: OneWriter,
}

atomics!([T: GaugeValue] Gauge<T> { stamp, value, one_writer });

impl<T: GaugeValue> Gauge<T> {
    /// Sets the value.
    ///
    /// This is a plain store. Once a second thread writes statistics it also reads the clock, since
    /// readers find the latest value by its time; a gauge with `merge = "sum"` does not.
    #[inline]
    pub fn set(&self, value: T) {
        value.store(&self.value);
        if let Some(now_ns) = self.stamp.now_ns() {
            // A reader between the two stores pairs the new value with the old stamp, as if this
            // thread had set it earlier.
            self.stamp.set(now_ns);
        }
    }

    /// Returns the value that was set last in the calling thread's [lane](crate::Mapped#lanes).
    ///
    /// [`Mapped::total`](crate::Mapped::total) returns the one over all of them.
    #[inline]
    pub fn local(&self) -> T {
        T::load(&self.value)
    }
}

// SAFETY: two atomics, and padding; `SHAPE` says so.
#[expect(unsafe_code, reason = "implements `Statistic`")]
unsafe impl<T: GaugeValue> Statistic for Gauge<T> {
    const SHAPE: Shape = Shape::of(Self::CODE, T::TYPE);

    const ATTRIBUTES: Attributes =
        Attributes { merge: Attribute::Open(Merge::Latest), unit: Attribute::Open("") };

    type Total = T;

    fn total<'a>(lanes: impl Iterator<Item = &'a Self>, merge: Merge) -> T
    where
        T: 'a,
    {
        let lanes =
            lanes.map(|lane| Stamped { stamp_ns: lane.stamp.get(), value: lane.local().scalar() });
        let merged = lanes.reduce(|a, b| a.merged(b, merge));
        merged.and_then(|merged| T::from_scalar(merged.value)).unwrap_or_default()
    }
}

impl<T: GaugeValue> Sealed for Gauge<T> {}

impl<T: GaugeValue> Initial for Gauge<T> {
    type Value<'a> = T;

    fn set_initial(&self, value: T, _: Creation) {
        value.store(&self.value);
    }
}

impl<T: GaugeValue> Readable for Gauge<T> {
    const CODE: u16 = 3;

    type Value = Scalar;

    const PARTS: &'static [Part] = &[
        Part::word("stamp", offset_of!(Self, stamp)),
        Part::sized("value", offset_of!(Self, value), "scalar"),
    ];

    const STAMP: Option<usize> = Some(offset_of!(Self, stamp));

    fn state(shape: &Shape, _: bool) -> [AtomicRun; 3] {
        let width = shape.scalar.size();
        let value = AtomicRun { at: offset_of!(Self, value), width, count: 1 };
        [AtomicRun::words(offset_of!(Self, stamp), 1), value, AtomicRun::NONE]
    }

    fn size(shape: &Shape) -> u64 {
        (offset_of!(Self, value) + shape.scalar.size()) as u64
    }

    fn empty(shape: &Shape) -> Scalar {
        Scalar::from_bits(shape.scalar, 0)
    }

    fn decode(bytes: &[u8], shape: &Shape) -> Scalar {
        Scalar::decode(shape.scalar, &bytes[offset_of!(Self, value)..])
    }

    fn merge(a: Stamped<Scalar>, b: Stamped<Scalar>, merge: Merge) -> Scalar {
        a.merged(b, merge).value
    }

    fn since(now: &Scalar, _: &Scalar) -> Scalar {
        *now
    }

    fn summary(value: &Scalar) -> Summary<'_> {
        Summary::number(Role::Gauge, *value, None)
    }
}

impl<T: GaugeValue + fmt::Debug> fmt::Debug for Gauge<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gauge").field(&self.local()).finish()
    }
}
