#![forbid(unsafe_code)]
//! The integers in a file, and the structs that consist of them.

use std::fmt;

/// An error from reading a struct from fewer bytes than it has, or also from more.
#[derive(Debug)]
pub struct WrongSize;

/// A value with the same bytes in a file on every machine, without padding.
pub trait Bytes: Sized {
    /// Takes the value from the front of `bytes`; `None` if there are too few.
    fn take(bytes: &mut &[u8]) -> Option<Self>;

    /// Appends the value's bytes.
    fn put(&self, bytes: &mut Vec<u8>);

    /// Returns the value of which all bytes are zero.
    fn new_zeroed() -> Self;

    /// Reads the value from exactly as many bytes as it has.
    ///
    /// # Errors
    /// If there are more or fewer.
    fn read_from_bytes(bytes: &[u8]) -> Result<Self, WrongSize> {
        match Self::read_from_prefix(bytes)? {
            (value, []) => Ok(value),
            _ => Err(WrongSize),
        }
    }

    /// Reads the value from the front of `bytes`, and returns it and the rest.
    ///
    /// # Errors
    /// If there are too few.
    fn read_from_prefix(mut bytes: &[u8]) -> Result<(Self, &[u8]), WrongSize> {
        let value = Self::take(&mut bytes).ok_or(WrongSize)?;
        Ok((value, bytes))
    }

    /// Returns the value's bytes.
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(size_of::<Self>());
        self.put(&mut bytes);
        bytes
    }
}

impl Bytes for u8 {
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        Some(*first)
    }

    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.push(*self);
    }

    fn new_zeroed() -> Self {
        0
    }
}

impl<const N: usize> Bytes for [u8; N] {
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(*first)
    }

    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self);
    }

    fn new_zeroed() -> Self {
        [0; N]
    }
}

macro_rules! little_endian {
    ($($name:ident, $integer:ty;)*) => {$(
        #[doc = concat!("A little-endian `", stringify!($integer), "` at any address.")]
        #[derive(Clone, Copy, PartialEq, Eq)]
        #[repr(transparent)]
        pub struct $name([u8; size_of::<$integer>()]);

        impl $name {
            /// Converts from a number.
            pub const fn new(value: $integer) -> Self {
                Self(value.to_le_bytes())
            }

            /// Returns the number.
            pub const fn get(self) -> $integer {
                <$integer>::from_le_bytes(self.0)
            }

            /// Replaces the number.
            pub const fn set(&mut self, value: $integer) {
                *self = Self::new(value);
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.get().fmt(f)
            }
        }

        impl Bytes for $name {
            fn take(bytes: &mut &[u8]) -> Option<Self> {
                Bytes::take(bytes).map(Self)
            }

            fn put(&self, bytes: &mut Vec<u8>) {
                self.0.put(bytes);
            }

            fn new_zeroed() -> Self {
                Self::new(0)
            }
        }
    )*};
}

little_endian! {
    U16, u16;
    U32, u32;
    U64, u64;
}

/// Declares a struct whose fields lie in a file in this order.
macro_rules! in_file {
    ($(#[$attribute:meta])* pub struct $name:ident { $(pub $field:ident: $type:ty,)* }) => {
        $(#[$attribute])*
        #[derive(Debug, Clone)]
        #[repr(C)]
        pub struct $name { $(pub $field: $type,)* }

        const _: () = assert!(align_of::<$name>() == 1, "there is no padding");

        impl $crate::format::Bytes for $name {
            fn take(bytes: &mut &[u8]) -> Option<Self> {
                Some(Self { $($field: $crate::format::Bytes::take(bytes)?,)* })
            }

            fn put(&self, bytes: &mut Vec<u8>) {
                $($crate::format::Bytes::put(&self.$field, bytes);)*
            }

            fn new_zeroed() -> Self {
                Self { $($field: $crate::format::Bytes::new_zeroed(),)* }
            }
        }
    };
}
pub(super) use in_file;
