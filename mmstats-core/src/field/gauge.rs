use std::fmt;
use std::mem::offset_of;

use zerocopy::FromBytes;

use super::{Field, GaugeValue, Initial, OneWriter, stamp::Stamp};
use crate::format::body::gauge as layout;
use crate::schema::{Kind, Merge, Shape};
use crate::value::stamped::Stamped;

/// The latest value of something: a temperature, a queue's length, a state.
///
/// A reader sees the value that was set last, by whichever thread; `#[mmstats(merge = "sum")]`,
/// `"min"` or `"max"` make it the sum, the smallest or the largest over all
/// [lanes](crate::Mapped#lanes). What a thread set stays when it ends: a high-water mark should, but
/// of things that are there now, such as open connections, take an [`UpDown`](super::UpDown).
///
/// # Examples
/// ```
/// # use mmstats_core::Gauge;
/// let load = Gauge::<f64>::default();
/// load.set(0.75);
/// assert_eq!(load.get(), 0.75);
/// ```
#[doc(alias("IntField", "UIntField", "UInt64Field", "ShortField", "UShortField"))]
#[doc(alias("ByteField", "FloatField", "DoubleField", "BoolField"))]
#[derive(Default, FromBytes)]
#[repr(C)]
pub struct Gauge<T: GaugeValue> {
    stamp: Stamp,
    value: T::Atomic,
    one_writer: OneWriter,
}

const _: () = {
    assert!(offset_of!(Gauge<u8>, stamp) == layout::STAMP);
    assert!(offset_of!(Gauge<u8>, value) == layout::VALUE);
};

impl<T: GaugeValue> Gauge<T> {
    /// Sets the value.
    ///
    /// A plain store; once a second thread writes statistics, also a look at the clock, by which
    /// readers tell which thread's value is the latest.
    #[inline]
    pub fn set(&self, value: T) {
        value.store(&self.value);
        if let Some(now_ns) = self.stamp.now_ns() {
            // A reader between the two stores pairs the new value with the old stamp, as if this
            // thread had set it earlier.
            self.stamp.set(now_ns);
        }
    }

    /// What was set last in the calling thread's [lane](crate::Mapped#lanes); see
    /// [`Mapped::read`](crate::Mapped::read) for all of it.
    #[inline]
    pub fn get(&self) -> T {
        T::load(&self.value)
    }
}

// SAFETY: two atomics, and padding; `SHAPE` says so.
#[expect(unsafe_code, reason = "implements `Field`")]
unsafe impl<T: GaugeValue> Field for Gauge<T> {
    const SHAPE: Shape = Shape::of(Kind::Gauge, T::TYPE, Merge::Latest);

    type Total = T;

    fn total<'a>(lanes: impl Iterator<Item = &'a Self>, merge: Merge) -> T
    where
        T: 'a,
    {
        let lanes =
            lanes.map(|lane| Stamped { stamp_ns: lane.stamp.get(), value: lane.get().scalar() });
        let merged = lanes.reduce(|a, b| a.merged(b, merge));
        merged.and_then(|merged| T::from_scalar(merged.value)).unwrap_or_default()
    }
}

impl<T: GaugeValue> Initial for Gauge<T> {
    type Value<'a> = T;

    fn set_initial(&self, value: T) {
        value.store(&self.value);
    }
}

impl<T: GaugeValue + fmt::Debug> fmt::Debug for Gauge<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gauge").field(&self.get()).finish()
    }
}
