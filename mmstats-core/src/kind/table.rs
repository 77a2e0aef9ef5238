#![forbid(unsafe_code)]
//! The table of kinds, and what is done with a value of any kind.

use super::readable::word;
use super::{
    AtomicRun, Average, BadShape, Constant, ConstantText, Counter, Distribution, Gauge, Histogram,
    Mean, MovingAverage, Overflow, Part, Progress, Readable, Scalar, Stamped, Summary, Text, Timer,
    Timing, UpDown, Window, Work,
};
use crate::schema::{Merge, Shape};

/// Makes [`Kind`] and [`Value`] of the table below, and forwards each operation of [`Readable`] to
/// the file of its kind.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $kind:ident: $field:ty, $value:ty;)*) => {
        /// A kind of statistic. `docs/format.md` § 3.2.
        ///
        /// # Examples
        /// ```
        /// use mmstats::{Kind, Value};
        ///
        /// assert_eq!(Value::Counter(3).kind(), Some(Kind::Counter));
        /// assert_eq!(Kind::from_code(Kind::Timer.code()), Some(Kind::Timer));
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum Kind {
            $($(#[doc = $doc])* $kind = <$field as Readable>::CODE,)*
        }

        impl Kind {
            const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// Returns the parts of its bytes, for the test of `docs/format.md`.
            #[doc(hidden)]
            pub fn parts(self) -> &'static [Part] {
                match self { $(Self::$kind => <$field as Readable>::PARTS,)* }
            }

            /// See [`Readable::STAMP`].
            pub(crate) fn stamp(self) -> Option<usize> {
                match self { $(Self::$kind => <$field as Readable>::STAMP,)* }
            }

            /// See [`Readable::state`].
            pub(crate) fn state(self, shape: &Shape, own: bool) -> [AtomicRun; 3] {
                match self { $(Self::$kind => <$field as Readable>::state(shape, own),)* }
            }

            /// See [`Readable::HAS_CLOCK`].
            pub(crate) fn has_clock(self) -> bool {
                match self { $(Self::$kind => <$field as Readable>::HAS_CLOCK,)* }
            }

            /// See [`Readable::size`].
            pub(crate) fn size(self, shape: &Shape) -> u64 {
                match self { $(Self::$kind => <$field as Readable>::size(shape),)* }
            }

            /// See [`Readable::locked`].
            pub(crate) fn locked(self, shape: &Shape) -> usize {
                match self { $(Self::$kind => <$field as Readable>::locked(shape),)* }
            }

            /// See [`Readable::check`].
            pub(crate) fn check(self, shape: &Shape) -> Result<(), BadShape> {
                match self { $(Self::$kind => <$field as Readable>::check(shape),)* }
            }

            /// See [`Readable::empty`].
            pub(crate) fn empty(self, shape: &Shape) -> Value {
                match self {
                    $(Self::$kind => Value::$kind(<$field as Readable>::empty(shape)),)*
                }
            }

            /// Decodes the stamp as well. See [`Readable::decode`].
            pub(crate) fn decode(self, bytes: &[u8], shape: &Shape) -> Stamped<Value> {
                match self {
                    $(Self::$kind => Stamped {
                        stamp_ns: <$field as Readable>::STAMP.map_or(0, |at| word(bytes, at)),
                        value: Value::$kind(<$field as Readable>::decode(bytes, shape)),
                    },)*
                }
            }
        }

        /// The value of one statistic.
        ///
        /// [`summary`](Self::summary) describes it, whatever its kind.
        ///
        /// # Examples
        /// ```
        /// use mmstats::Value;
        ///
        /// let value = Value::Counter(3);
        /// assert_eq!(value.summary().count, Some(3));
        /// assert_eq!(value.to_string(), "3");
        /// if let Value::Counter(count) = value {
        ///     assert_eq!(count, 3);
        /// }
        /// ```
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Value {
            $($(#[doc = $doc])* $kind($value),)*
            /// A number of a version 1 file, which does not tell what it is.
            Untyped(Scalar),
            /// A value of a kind that this version does not know.
            Unknown {
                /// The number of the kind in the file.
                kind: u16,
            },
        }

        impl Value {
            /// Returns the kind of statistic that it is of; `None` for a number of a version 1
            /// file, and for kinds that this version does not know.
            pub fn kind(&self) -> Option<Kind> {
                match self {
                    $(Self::$kind(_) => Some(Kind::$kind),)*
                    Self::Untyped(_) | Self::Unknown { .. } => None,
                }
            }

            /// Returns what tools show of it.
            pub fn summary(&self) -> Summary<'_> {
                match self {
                    $(Self::$kind(value) => <$field as Readable>::summary(value),)*
                    Self::Untyped(number) => Summary::untyped(*number),
                    Self::Unknown { kind } => Summary::unknown(*kind),
                }
            }

            /// Merges the values of two lanes or files. The first one stays where the two are of
            /// different kinds.
            pub(crate) fn merge(a: Stamped<Self>, b: Stamped<Self>, merge: Merge) -> Stamped<Self> {
                let stamp_ns = a.stamp_ns.max(b.stamp_ns);
                let value = match (a.value, b.value) {
                    $((Self::$kind(x), Self::$kind(y)) => Self::$kind(<$field as Readable>::merge(
                        Stamped { stamp_ns: a.stamp_ns, value: x },
                        Stamped { stamp_ns: b.stamp_ns, value: y },
                        merge,
                    )),)*
                    (Self::Untyped(x), Self::Untyped(y)) => Self::Untyped(x.plus(y)),
                    (a, _) => a,
                };
                Stamped { stamp_ns, value }
            }

            /// Returns what happened since it was `earlier`: all of it, if it was reset meanwhile
            /// or was of another kind.
            pub(crate) fn since(&self, earlier: &Self) -> Self {
                match (self, earlier) {
                    $((Self::$kind(now), Self::$kind(earlier)) => {
                        Self::$kind(<$field as Readable>::since(now, earlier))
                    })*
                    (Self::Untyped(now), Self::Untyped(earlier)) => {
                        Self::Untyped(now.since(*earlier))
                    }
                    (now, _) => now.clone(),
                }
            }

            /// See [`Readable::seen_ns`].
            pub(crate) fn seen_ns(&self) -> u64 {
                match self {
                    $(Self::$kind(value) => <$field as Readable>::seen_ns(value),)*
                    Self::Untyped(_) | Self::Unknown { .. } => 0,
                }
            }

            /// See [`Readable::lanes_are_missing`].
            pub(crate) fn lanes_are_missing(&mut self) {
                match self {
                    $(Self::$kind(value) => <$field as Readable>::lanes_are_missing(value),)*
                    Self::Untyped(_) | Self::Unknown { .. } => {}
                }
            }

            /// See [`Readable::set_now_ns`].
            pub(crate) fn set_now_ns(&mut self, now_ns: u64) {
                match self {
                    $(Self::$kind(value) => <$field as Readable>::set_now_ns(value, now_ns),)*
                    Self::Untyped(_) | Self::Unknown { .. } => {}
                }
            }

            /// See [`Readable::set_ended`].
            pub(crate) fn set_ended(&mut self) {
                match self {
                    $(Self::$kind(value) => <$field as Readable>::set_ended(value),)*
                    Self::Untyped(_) | Self::Unknown { .. } => {}
                }
            }
        }
    };
}

// The table: a kind, the type that a program declares, the value that is read. The parameters of the
// type do not matter here.
kinds! {
    /// A count that only grows.
    Counter: Counter, u64;
    /// A count that goes up and down.
    UpDown: UpDown, i64;
    /// The latest value of something.
    Gauge: Gauge<u64>, Scalar;
    /// The latest text.
    Text: Text, String;
    /// The mean of all samples.
    Average: Average, Mean;
    /// The mean of the latest samples.
    MovingAverage: MovingAverage, Window;
    /// Durations.
    Timer: Timer, Box<Timing>;
    /// A number that is set at creation.
    Constant: Constant<u64>, Scalar;
    /// A text that is set at creation.
    ConstantText: ConstantText, String;
    /// The progress of a job.
    Progress: Progress, Box<Work>;
    /// The distribution of integers.
    Histogram: Histogram, Box<Distribution>;
    /// How often a family had no room for a key.
    Overflow: Overflow, u64;
}

impl Kind {
    /// Returns the number that stands for this kind in a file.
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// Returns the kind that a number in a file stands for, if this version knows it.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }
}
