#![forbid(unsafe_code)]
//! The section that describes statistics which are declared at run time. `docs/format.md` § 3.5.

use super::bytes::{U64, in_file};
use super::record::RECORD_SIZE;

in_file! {
    /// The start of the section.
    #[allow(missing_docs, reason = "docs/format.md § 3.5 is the only description of the fields")]
    pub struct Extension {
        pub kind: U64,
        pub records: U64,
        pub strings_size: U64,
        pub records_offset: U64,
        pub record_capacity: U64,
        pub strings_offset: U64,
        pub strings_capacity: U64,
        pub reserved: [u8; 8],
    }
}

/// The only kind of extension so far.
pub const DECLARED: u64 = 1;

/// The most statistics that a program can declare at run time.
pub(crate) const RECORDS: u64 = 1 << 14;

/// The most bytes that their texts have.
pub(crate) const STRINGS: u64 = 1 << 22;

impl Extension {
    /// An empty one that begins at `offset`.
    pub(crate) fn new(offset: u64) -> Self {
        let records_offset = offset + size_of::<Self>() as u64;
        let strings_offset = records_offset + RECORDS * RECORD_SIZE as u64;
        Self {
            kind: U64::new(DECLARED),
            records: U64::new(0),
            strings_size: U64::new(0),
            records_offset: U64::new(records_offset),
            record_capacity: U64::new(RECORDS),
            strings_offset: U64::new(strings_offset),
            strings_capacity: U64::new(STRINGS),
            reserved: [0; 8],
        }
    }

    /// Returns where it ends.
    pub(crate) fn end(&self) -> u64 {
        self.strings_offset.get() + STRINGS
    }
}

const _: () = {
    use std::mem::offset_of;
    assert!(size_of::<Extension>() == 64);
    assert!(offset_of!(Extension, strings_capacity) == 48);
};
