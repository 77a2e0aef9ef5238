use std::cmp::Ordering;
use std::fmt;

use crate::schema::ScalarType;

/// A single number or truth value.
#[derive(Debug, Clone, Copy)]
pub enum Scalar {
    /// An unsigned integer, of up to 64 bits.
    Unsigned(u64),
    /// A signed integer, of up to 64 bits.
    Signed(i64),
    /// A floating point number of 32 bits.
    Float(f32),
    /// A floating point number of 64 bits.
    Double(f64),
    /// True or false.
    Bool(bool),
}

impl Scalar {
    /// The value that the lowest bits stand for, of which there are as many as the type has.
    #[expect(clippy::cast_possible_truncation, reason = "the others are not the value's")]
    pub(crate) fn from_bits(scalar: ScalarType, bits: u64) -> Self {
        match scalar {
            ScalarType::None => Self::Unsigned(0),
            ScalarType::U8 => Self::Unsigned((bits as u8).into()),
            ScalarType::U16 => Self::Unsigned((bits as u16).into()),
            ScalarType::U32 => Self::Unsigned((bits as u32).into()),
            ScalarType::U64 => Self::Unsigned(bits),
            ScalarType::I8 => Self::Signed((bits as u8).cast_signed().into()),
            ScalarType::I16 => Self::Signed((bits as u16).cast_signed().into()),
            ScalarType::I32 => Self::Signed((bits as u32).cast_signed().into()),
            ScalarType::I64 => Self::Signed(bits.cast_signed()),
            ScalarType::F32 => Self::Float(f32::from_bits(bits as u32)),
            ScalarType::F64 => Self::Double(f64::from_bits(bits)),
            ScalarType::Bool => Self::Bool(bits as u8 != 0),
        }
    }

    /// The value as a floating point number; 1 for true.
    #[expect(clippy::cast_precision_loss, reason = "it says so: as a floating point number")]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Unsigned(value) => value as f64,
            Self::Signed(value) => value as f64,
            Self::Float(value) => f64::from(value),
            Self::Double(value) => value,
            Self::Bool(value) => f64::from(u8::from(value)),
        }
    }

    /// Whether all its bits are zero.
    pub(crate) fn is_zero(self) -> bool {
        match self {
            Self::Unsigned(value) => value == 0,
            Self::Signed(value) => value == 0,
            Self::Float(value) => value.to_bits() == 0,
            Self::Double(value) => value.to_bits() == 0,
            Self::Bool(value) => !value,
        }
    }

    /// The order of two values of one type: numbers by size, a NaN below all of them.
    pub fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Unsigned(a), Self::Unsigned(b)) => a.cmp(&b),
            (Self::Signed(a), Self::Signed(b)) => a.cmp(&b),
            (a, b) => {
                let (a, b) = (a.as_f64(), b.as_f64());
                a.partial_cmp(&b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
            }
        }
    }

    /// The sum of two values of one type: integers wrap, of truth values it is "either".
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unsigned(a), Self::Unsigned(b)) => Self::Unsigned(a.wrapping_add(b)),
            (Self::Signed(a), Self::Signed(b)) => Self::Signed(a.wrapping_add(b)),
            (Self::Float(a), Self::Float(b)) => Self::Float(a + b),
            (Self::Bool(a), Self::Bool(b)) => Self::Bool(a | b),
            (a, b) => Self::Double(a.as_f64() + b.as_f64()),
        }
    }
}

/// Bit for bit: a NaN equals itself, and 0.0 is not -0.0.
impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unsigned(a), Self::Unsigned(b)) => a == b,
            (Self::Signed(a), Self::Signed(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Double(a), Self::Double(b)) => a.to_bits() == b.to_bits(),
            (Self::Bool(a), Self::Bool(b)) => a == b,
            _ => false,
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned(value) => value.fmt(f),
            Self::Signed(value) => value.fmt(f),
            Self::Float(value) => fmt::Debug::fmt(value, f),
            Self::Double(value) => fmt::Debug::fmt(value, f),
            Self::Bool(value) => value.fmt(f),
        }
    }
}
