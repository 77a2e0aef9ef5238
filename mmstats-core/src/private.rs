//! Names for the derive, of this version only, and for tests of the format. Not part of the API.

pub use crate::kind::{Atomics, Creation, Initial, Part as KindPart};
pub use crate::schema::{
    Attribute, Attributes, Content, Dimension, Field, Label, Merge, MmStats, Node, Part, Shape,
};

use crate::format::lane::LANE_HEADER_SIZE;

/// The return type of a closure that stores an initial value.
#[derive(Debug)]
pub struct Stored;

/// Does not compile if a field is of another type.
pub fn is<T>(_: *const T) {}

/// Checks the number in `repr(align(…))`.
///
/// # Panics
/// If it is larger than the header of a lane, behind which the struct lies.
#[track_caller]
pub const fn align(align: usize) {
    assert!(align <= LANE_HEADER_SIZE, "a mapped struct is aligned to at most 64 bytes");
}

/// The bytes of a file.
pub mod format {
    pub use crate::format::*;
}
