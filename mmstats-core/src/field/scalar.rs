use std::convert::identity;
use std::sync::atomic::{
    AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicU8, AtomicU16, AtomicU32, AtomicU64,
    Ordering::Relaxed,
};

use zerocopy::FromBytes;

use crate::schema::ScalarType;
use crate::value::Scalar;

mod sealed {
    pub trait Sealed {}
}

/// What a [`Gauge`](super::Gauge) or a [`Constant`](super::Constant) can hold: an integer of 8
/// to 64 bits, `f32`, `f64` or `bool`.
#[diagnostic::on_unimplemented(
    message = "a gauge cannot hold `{Self}`",
    label = "not an integer of 8 to 64 bits, `f32`, `f64` or `bool`",
    note = "for text use `Text<64>`, for a `usize` a `u64`, for a number of another width the next larger one"
)]
pub trait GaugeValue: Copy + Default + sealed::Sealed + 'static {
    /// How it is stored.
    #[doc(hidden)]
    type Atomic: FromBytes + Default;

    /// How a file calls it.
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

// Relaxed throughout: a value stands for itself, nothing is published by it.
macro_rules! gauge_value {
    ($($type:ty, $atomic:ty, $code:ident, $variant:ident($wide:ty), $to:expr, $from:expr;)*) => {$(
        impl sealed::Sealed for $type {}

        impl GaugeValue for $type {
            type Atomic = $atomic;
            const TYPE: ScalarType = ScalarType::$code;

            #[inline]
            fn load(atomic: &$atomic) -> Self {
                $from(atomic.load(Relaxed))
            }

            #[inline]
            fn store(self, atomic: &$atomic) {
                atomic.store($to(self), Relaxed);
            }

            fn scalar(self) -> Scalar {
                Scalar::$variant(<$wide>::from(self))
            }

            fn from_scalar(scalar: Scalar) -> Option<Self> {
                match scalar {
                    Scalar::$variant(value) => value.try_into().ok(),
                    _ => None,
                }
            }
        }
    )*};
}

gauge_value! {
    u8, AtomicU8, U8, Unsigned(u64), identity, identity;
    u16, AtomicU16, U16, Unsigned(u64), identity, identity;
    u32, AtomicU32, U32, Unsigned(u64), identity, identity;
    u64, AtomicU64, U64, Unsigned(u64), identity, identity;
    i8, AtomicI8, I8, Signed(i64), identity, identity;
    i16, AtomicI16, I16, Signed(i64), identity, identity;
    i32, AtomicI32, I32, Signed(i64), identity, identity;
    i64, AtomicI64, I64, Signed(i64), identity, identity;
    f32, AtomicU32, F32, Float(f32), f32::to_bits, f32::from_bits;
    f64, AtomicU64, F64, Double(f64), f64::to_bits, f64::from_bits;
    bool, AtomicU8, Bool, Bool(bool), u8::from, |byte| byte != 0;
}
