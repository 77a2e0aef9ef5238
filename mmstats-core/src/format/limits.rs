#![forbid(unsafe_code)]
//! The largest sizes and counts that a file may claim. `docs/format.md` § 7.

use crate::schema::{HEADER_FACTS, MAX_LABELS, MAX_NAME, MAX_UNIT};

/// The maximum size of the header.
pub const MAX_HEADER: u32 = 4096;

/// The maximum distance from one field record to the next.
pub const MAX_RECORD: u32 = 1024;

/// The maximum number of field records.
pub const MAX_RECORDS: u32 = 1 << 20;

/// The maximum size of all field records.
pub const MAX_RECORD_BYTES: u64 = 1 << 26;

/// The maximum size of the strings.
pub const MAX_STRINGS: u64 = 1 << 26;

/// The maximum length of a help text.
pub const MAX_HELP: u32 = 65_535;

/// The maximum length of a prefix, which must fit in front of each of the header's labels.
pub const MAX_PREFIX: u16 = {
    let longest = HEADER_FACTS[HEADER_FACTS.len() - 1].len();
    #[expect(clippy::cast_possible_truncation, reason = "1013")]
    let prefix = (MAX_NAME - longest) as u16;
    prefix
};

/// The maximum size of a lane header.
pub const MAX_LANE_HEADER: u32 = 4096;

/// The maximum size of the struct in a lane.
pub const MAX_STRUCT: u64 = 1 << 28;

/// The maximum distance from one lane to the next.
pub const MAX_STRIDE: u64 = 1 << 29;

/// The maximum number of lanes, above the number of threads of any program.
pub const MAX_LANES: u64 = 1 << 20;

/// The maximum number of samples in a ring, and of bytes in a text.
pub const MAX_CAPACITY: u32 = 1 << 20;

/// The maximum number of buckets in a histogram.
pub const MAX_BUCKETS: u32 = 1 << 16;

/// The maximum of `bucket_bits`: an octave has at most 2 to this power of buckets.
pub const MAX_BUCKET_BITS: u8 = 16;

/// The maximum number of fields in a version 1 file.
pub const MAX_V1_FIELDS: usize = 1 << 18;

/// The maximum number of bytes that the fields of a version 1 file take.
pub const MAX_V1_BYTES: u64 = 1 << 26;

/// All limits, as `docs/format.md` lists them, for its test.
pub const ALL: &[(&str, u64)] = &[
    ("header_size", MAX_HEADER as u64),
    ("record_size", MAX_RECORD as u64),
    ("record_count", MAX_RECORDS as u64),
    ("record_size · record_count", MAX_RECORD_BYTES),
    ("strings_size", MAX_STRINGS),
    ("prefix_size", MAX_PREFIX as u64),
    ("lane_header_size", MAX_LANE_HEADER as u64),
    ("lane_body_size", MAX_STRUCT),
    ("lane_stride", MAX_STRIDE),
    ("lanes", MAX_LANES),
    ("name_size", MAX_NAME as u64),
    ("labels_size", MAX_LABELS as u64),
    ("unit_size", MAX_UNIT as u64),
    ("help_size", MAX_HELP as u64),
    ("capacity", MAX_CAPACITY as u64),
    ("buckets", MAX_BUCKETS as u64),
    ("bucket_bits", MAX_BUCKET_BITS as u64),
    ("fields of a version 1 file", MAX_V1_FIELDS as u64),
    ("bytes of these fields", MAX_V1_BYTES),
];
