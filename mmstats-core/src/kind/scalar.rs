#![forbid(unsafe_code)]

use std::cmp::Ordering;
use std::fmt;

use crate::schema::ScalarType;

/// A single number or truth value.
///
/// # Examples
/// ```
/// use mmstats::Scalar;
///
/// let bytes = Scalar::Integer(4096);
/// assert_eq!((bytes.as_integer(), bytes.as_f64()), (Some(4096), 4096.0));
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Scalar {
    /// An integer. A file has up to 64 bits of it; sums over files may have more.
    Integer(i128),
    /// A floating point number of 32 bits.
    Float(f32),
    /// A floating point number of 64 bits.
    Double(f64),
    /// True or false.
    Bool(bool),
}

impl Scalar {
    /// Returns the value of this type that the lowest bits stand for.
    #[expect(clippy::cast_possible_truncation, reason = "the other bits are not the value's")]
    #[expect(clippy::cast_possible_wrap, reason = "a negative number has these bits")]
    pub(crate) fn from_bits(scalar: ScalarType, bits: u64) -> Self {
        match scalar {
            ScalarType::None => Self::Integer(0),
            ScalarType::U8 => Self::Integer((bits as u8).into()),
            ScalarType::U16 => Self::Integer((bits as u16).into()),
            ScalarType::U32 => Self::Integer((bits as u32).into()),
            ScalarType::U64 => Self::Integer(bits.into()),
            ScalarType::I8 => Self::Integer((bits as i8).into()),
            ScalarType::I16 => Self::Integer((bits as i16).into()),
            ScalarType::I32 => Self::Integer((bits as i32).into()),
            ScalarType::I64 => Self::Integer((bits as i64).into()),
            ScalarType::F32 => Self::Float(f32::from_bits(bits as u32)),
            ScalarType::F64 => Self::Double(f64::from_bits(bits)),
            ScalarType::Bool => Self::Bool(bits as u8 != 0),
        }
    }

    /// Decodes the value of this type that the bytes begin with.
    pub(super) fn decode(scalar: ScalarType, bytes: &[u8]) -> Self {
        let mut value = [0; 8];
        value[..scalar.size()].copy_from_slice(&bytes[..scalar.size()]);
        Self::from_bits(scalar, u64::from_le_bytes(value))
    }

    /// Returns the value as a floating point number; 1 for true.
    #[expect(clippy::cast_precision_loss, reason = "floating point numbers are not exact")]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Integer(value) => value as f64,
            Self::Float(value) => f64::from(value),
            Self::Double(value) => value,
            Self::Bool(value) => f64::from(u8::from(value)),
        }
    }

    /// Returns the value if it is an integer.
    pub fn as_integer(self) -> Option<i128> {
        match self {
            Self::Integer(value) => Some(value),
            Self::Float(_) | Self::Double(_) | Self::Bool(_) => None,
        }
    }

    /// Returns the value if it is a truth value.
    pub fn as_bool(self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(value),
            Self::Integer(_) | Self::Float(_) | Self::Double(_) => None,
        }
    }

    /// Returns whether all its bits are zero.
    pub(crate) fn is_zero(self) -> bool {
        match self {
            Self::Integer(value) => value == 0,
            Self::Float(value) => value.to_bits() == 0,
            Self::Double(value) => value.to_bits() == 0,
            Self::Bool(value) => !value,
        }
    }

    /// Orders numbers by size, with a NaN below all of them.
    pub fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a.cmp(&b),
            (a, b) => {
                let (a, b) = (a.as_f64(), b.as_f64());
                a.partial_cmp(&b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
            }
        }
    }

    /// Adds two numbers; for truth values it is "either". Integers saturate at 128 bits, which no
    /// number of files can reach.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Self::Integer(a.saturating_add(b)),
            (Self::Float(a), Self::Float(b)) => Self::Float(a + b),
            (Self::Bool(a), Self::Bool(b)) => Self::Bool(a | b),
            (a, b) => Self::Double(a.as_f64() + b.as_f64()),
        }
    }

    /// Returns the change of an integer since it was `earlier`; other values stay as they are.
    pub(crate) fn since(self, earlier: Self) -> Self {
        match (self, earlier) {
            (Self::Integer(now), Self::Integer(earlier)) => {
                Self::Integer(now.saturating_sub(earlier))
            }
            (now, _) => now,
        }
    }
}

/// Compares bit for bit: a NaN equals itself, and 0.0 is not -0.0.
impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a == b,
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
            Self::Integer(value) => value.fmt(f),
            Self::Float(value) => fmt::Debug::fmt(value, f),
            Self::Double(value) => fmt::Debug::fmt(value, f),
            Self::Bool(value) => value.fmt(f),
        }
    }
}

impl From<u64> for Scalar {
    fn from(value: u64) -> Self {
        Self::Integer(value.into())
    }
}

impl From<i64> for Scalar {
    fn from(value: i64) -> Self {
        Self::Integer(value.into())
    }
}
