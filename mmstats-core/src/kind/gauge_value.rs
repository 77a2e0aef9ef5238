use std::convert::identity;
use std::sync::atomic::{
    AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicU8, AtomicU16, AtomicU32, AtomicU64,
    Ordering::Relaxed,
};

use super::Atomics;
use super::Scalar;
use crate::schema::ScalarType;

mod sealed {
    pub trait Sealed {}
}

/// A type that a [`Gauge`](super::Gauge) or a [`Constant`](super::Constant) can hold: an integer of
/// 8 to 64 bits, `f32`, `f64` or `bool`.
///
/// # Examples
/// ```
/// use mmstats::{Gauge, GaugeValue};
///
/// fn raise<T: GaugeValue + PartialOrd>(peak: &Gauge<T>, value: T) {
///     if value > peak.local() {
///         peak.set(value);
///     }
/// }
///
/// let peak = Gauge::<u32>::default();
/// raise(&peak, 7);
/// raise(&peak, 5);
/// assert_eq!(peak.local(), 7);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a gauge or a constant",
    label = "not an integer of 8 to 64 bits, `f32`, `f64` or `bool`",
    note = "for text use `Text<64>`, for a `usize` a `u64`, for a number of another width the next larger one"
)]
pub trait GaugeValue: Copy + Default + sealed::Sealed + 'static {
    /// Its form in memory.
    #[doc(hidden)]
    type Atomic: Atomics + Default;

    /// Its name in a file.
    #[doc(hidden)]
    const TYPE: ScalarType;

    #[doc(hidden)]
    fn load(atomic: &Self::Atomic) -> Self;

    #[doc(hidden)]
    fn store(self, atomic: &Self::Atomic);

    #[doc(hidden)]
    fn scalar(self) -> Scalar;

    #[doc(hidden)]
    fn from_scalar(scalar: Scalar) -> Option<Self>;
}

// Relaxed throughout: a value stands for itself and publishes nothing.
macro_rules! gauge_value {
    ($($type:ty, $atomic:ty, $code:ident, $load:expr, $store:expr, $scalar:expr, $from:pat => $to:expr;)*) => {$(
        impl sealed::Sealed for $type {}

        impl GaugeValue for $type {
            type Atomic = $atomic;
            const TYPE: ScalarType = ScalarType::$code;

            #[inline]
            fn load(atomic: &$atomic) -> Self {
                $load(atomic.load(Relaxed))
            }

            #[inline]
            fn store(self, atomic: &$atomic) {
                atomic.store($store(self), Relaxed);
            }

            fn scalar(self) -> Scalar {
                $scalar(self.into())
            }

            fn from_scalar(scalar: Scalar) -> Option<Self> {
                match scalar {
                    $from => Some($to),
                    _ => None,
                }
            }
        }
    )*};
}

/// Integers that a sum over lanes may exceed: they saturate.
macro_rules! integers {
    ($($type:ty, $atomic:ty, $code:ident;)*) => {
        gauge_value! {$(
            $type, $atomic, $code, identity, identity, Scalar::Integer,
            Scalar::Integer(value) => value
                .clamp(<$type>::MIN.into(), <$type>::MAX.into())
                .try_into()
                .unwrap_or_default();
        )*}
    };
}

integers! {
    u8, AtomicU8, U8;
    u16, AtomicU16, U16;
    u32, AtomicU32, U32;
    u64, AtomicU64, U64;
    i8, AtomicI8, I8;
    i16, AtomicI16, I16;
    i32, AtomicI32, I32;
    i64, AtomicI64, I64;
}

gauge_value! {
    f32, AtomicU32, F32, f32::from_bits, f32::to_bits, Scalar::Float,
    Scalar::Float(value) => value;
    f64, AtomicU64, F64, f64::from_bits, f64::to_bits, Scalar::Double,
    Scalar::Double(value) => value;
    bool, AtomicU8, Bool, |byte| byte != 0, u8::from, Scalar::Bool,
    Scalar::Bool(value) => value;
}
