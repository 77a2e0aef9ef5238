use std::fmt;

use zerocopy::FromBytes;

use super::{Field, GaugeValue, Initial, OneWriter, Text};
use crate::schema::{Kind, Merge, Shape};

/// A number or truth value that is set at creation and then stays: how many workers, which port.
///
/// Set it with `#[mmstats(initial = …)]`, or with
/// [`Builder::constant`](crate::Builder::constant) where it is known at run time only.
#[doc(alias("StaticUIntField", "StaticInt64Field", "StaticUInt64Field"))]
#[doc(alias("StaticFloatField", "StaticDoubleField"))]
#[derive(Default, FromBytes)]
#[repr(C, align(8))]
pub struct Constant<T: GaugeValue> {
    value: T::Atomic,
    one_writer: OneWriter,
}

impl<T: GaugeValue> Constant<T> {
    /// The value.
    #[inline]
    pub fn get(&self) -> T {
        T::load(&self.value)
    }
}

// SAFETY: one atomic, and padding; `SHAPE` says so.
#[expect(unsafe_code, reason = "implements `Field`")]
unsafe impl<T: GaugeValue> Field for Constant<T> {
    const SHAPE: Shape = Shape::of(Kind::Constant, T::TYPE, Merge::One);

    type Total = T;

    fn total<'a>(mut lanes: impl Iterator<Item = &'a Self>, _: Merge) -> T {
        lanes.next().map(Self::get).unwrap_or_default()
    }
}

impl<T: GaugeValue> Initial for Constant<T> {
    type Value<'a> = T;

    fn set_initial(&self, value: T) {
        value.store(&self.value);
    }
}

impl<T: GaugeValue + fmt::Debug> fmt::Debug for Constant<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Constant").field(&self.get()).finish()
    }
}

/// A text that is set at creation and then stays: a version, a host, a configuration.
///
/// Holds up to `N` bytes of UTF-8; what is longer is cut at a character. Set it as a
/// [`Constant`].
#[doc(alias = "StaticTextField")]
#[derive(FromBytes)]
#[repr(transparent)]
pub struct ConstantText<const N: usize = 255> {
    text: Text<N>,
}

impl<const N: usize> ConstantText<N> {
    /// The text.
    pub fn get(&self) -> String {
        self.text.get()
    }
}

impl<const N: usize> Default for ConstantText<N> {
    fn default() -> Self {
        Self { text: Text::default() }
    }
}

// SAFETY: a `Text`, which fulfils it; `SHAPE` differs in what the bytes mean only.
#[expect(unsafe_code, reason = "implements `Field`")]
unsafe impl<const N: usize> Field for ConstantText<N> {
    const SHAPE: Shape =
        Shape { kind: Kind::ConstantText, merge: Merge::One, ..<Text<N> as Field>::SHAPE };

    type Total = String;

    fn total<'a>(mut lanes: impl Iterator<Item = &'a Self>, _: Merge) -> String {
        lanes.next().map(Self::get).unwrap_or_default()
    }
}

impl<const N: usize> Initial for ConstantText<N> {
    type Value<'a> = &'a str;

    fn set_initial(&self, value: &str) {
        self.text.set_initial(value);
    }
}

impl<const N: usize> fmt::Debug for ConstantText<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConstantText").field(&self.get()).finish()
    }
}
