#![forbid(unsafe_code)]
//! The schema section: a record for each statistic, then their strings. `docs/format.md` § 3.

use super::bytes::{U16, U32, U64, in_file};

in_file! {
    /// The description of one statistic.
    #[allow(missing_docs, reason = "docs/format.md § 3.1 describes each")]
    pub struct FieldRecord {
        pub name_offset: U32,
        pub name_size: U16,
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
        pub reserved_1: u8,
        pub labels_size: U16,
        pub group: U32,
        pub family: U32,
        pub reserved_2: [u8; 4],
    }
}

/// The size of a record in bytes.
pub const RECORD_SIZE: usize = 64;

const _: () = {
    use std::mem::offset_of;
    assert!(size_of::<FieldRecord>() == RECORD_SIZE);
    assert!(offset_of!(FieldRecord, kind) == 20);
    assert!(offset_of!(FieldRecord, offset) == 24);
    assert!(offset_of!(FieldRecord, capacity) == 40);
    assert!(offset_of!(FieldRecord, bucket_bits) == 48);
    assert!(offset_of!(FieldRecord, labels_size) == 50);
    assert!(offset_of!(FieldRecord, group) == 52);
    assert!(offset_of!(FieldRecord, family) == 56);
};

/// Returns the digest of a schema section: FNV-1a, 64 bits, over its records and then its strings.
///
/// Source: Fowler, Noll, Vo, Eastlake, "The FNV Non-Cryptographic Hash Algorithm" (RFC 9923).
pub fn digest(records: &[u8], strings: &[u8]) -> u64 {
    extend_digest(extend_digest(DIGEST_OF_NOTHING, records), strings)
}

pub(crate) const DIGEST_OF_NOTHING: u64 = 0xcbf2_9ce4_8422_2325;

/// Returns the digest of some bytes and of those before them.
pub(crate) fn extend_digest(before: u64, bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    bytes.iter().fold(before, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}
