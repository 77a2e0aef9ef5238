#![forbid(unsafe_code)]

use std::sync::atomic::AtomicU64;

use super::Atomics;
use crate::buckets::Buckets;

/// The octaves of a timer's buckets: up to 2⁴⁴ ns, which is 4 h 53 min.
pub(super) const DURATION_OCTAVES: u32 = 44;
/// The octaves of a histogram's buckets: all values.
pub(super) const VALUE_OCTAVES: u32 = 64;

/// The precision of a [`Histogram`](crate::Histogram) or a [`Timer`](crate::Timer): each octave, from
/// one power of two to the next, has 2 to the power of `B` buckets.
///
/// | `B` | relative error | bytes per lane of a `Histogram<B>` | of a `Timer<100, B>` |
/// |---:|---:|---:|---:|
/// | 3 | 1/16 | 4,032 | 3,584 |
/// | 4 | 1/32 | 7,872 | 6,144 |
/// | 5 | 1/64 | 15,424 | 11,136 |
/// | 6 | 1/128 | 30,272 | 20,864 |
/// | 7 | 1/256 | 59,456 | 39,808 |
///
/// It has no values, and only says which precisions there are.
#[derive(Debug)]
pub enum Bits<const B: u8> {}

/// A number of [`Bits`] that is supported: 3 to 7.
#[diagnostic::on_unimplemented(
    message = "a histogram cannot have a precision of `{Self}`",
    label = "this precision is not supported",
    note = "3 to 7 bits are: with 3 the relative error is at most 1/16, with the default of 4 at most 1/32, with 7 at most 1/256"
)]
pub trait Precision: Supported {
    /// The counts of a histogram's buckets.
    #[doc(hidden)]
    type Values: Atomics + AsRef<[AtomicU64]>;

    /// The counts of a timer's buckets.
    #[doc(hidden)]
    type Durations: Atomics + AsRef<[AtomicU64]>;
}

/// Keeps other crates from implementing [`Precision`].
pub trait Supported {}

macro_rules! precisions {
    ($($bits:literal)*) => {$(
        impl Supported for Bits<$bits> {}

        impl Precision for Bits<$bits> {
            type Values = [AtomicU64; Buckets::covering($bits, VALUE_OCTAVES).count()];
            type Durations = [AtomicU64; Buckets::covering($bits, DURATION_OCTAVES).count()];
        }
    )*};
}

precisions! { 3 4 5 6 7 }
