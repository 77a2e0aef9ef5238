#![forbid(unsafe_code)]
//! The schema section: one fixed-size record a field, then their strings. `docs/format.md` § 3.

use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// What a file says of one field.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
#[allow(missing_docs, reason = "docs/format.md § 3.1 is the one place that tells what each means")]
pub struct FieldRecord {
    pub label_offset: U32,
    pub label_size: U16,
    pub unit_size: U16,
    pub unit_offset: U32,
    pub help_offset: U32,
    pub help_size: U32,
    pub kind: U16,
    pub scalar: u8,
    pub merge: u8,
    pub offset: U64,
    pub size: U32,
    pub flags: U32,
    pub capacity: U32,
    pub buckets: U32,
    pub bucket_bits: u8,
    pub reserved: [u8; 15],
}

/// How many bytes a record takes.
pub const RECORD_SIZE: usize = 64;

const _: () = {
    use std::mem::offset_of;
    assert!(size_of::<FieldRecord>() == RECORD_SIZE);
    assert!(offset_of!(FieldRecord, kind) == 20);
    assert!(offset_of!(FieldRecord, offset) == 24);
    assert!(offset_of!(FieldRecord, capacity) == 40);
    assert!(offset_of!(FieldRecord, bucket_bits) == 48);
};

/// The digest of a schema section: FNV-1a, 64 bits, over its records and then its strings.
///
/// Source: Fowler, Noll, Vo, Eastlake, "The FNV Non-Cryptographic Hash Algorithm" (RFC 9923).
pub fn digest(records: &[u8], strings: &[u8]) -> u64 {
    const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    records
        .iter()
        .chain(strings)
        .fold(OFFSET_BASIS, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}
