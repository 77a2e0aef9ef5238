#![forbid(unsafe_code)]
//! The fixed start of a lane. `docs/format.md` § 4.1.

use super::bytes::{U64, in_file};

in_file! {
    /// The words that precede the struct in each lane.
    #[allow(missing_docs, reason = "docs/format.md § 4.1 is the only description of the fields")]
    pub struct LaneHeader {
        pub state: U64,
        pub tid: U64,
        pub claimed_at_ns: U64,
        pub claims: U64,
        pub reserved: [u8; 32],
    }
}

/// The size of a lane header in bytes.
pub const LANE_HEADER_SIZE: usize = 64;

const _: () = {
    use std::mem::offset_of;
    assert!(size_of::<LaneHeader>() == LANE_HEADER_SIZE);
    assert!(offset_of!(LaneHeader, tid) == 8);
    assert!(offset_of!(LaneHeader, claimed_at_ns) == 16);
    assert!(offset_of!(LaneHeader, claims) == 24);
};

/// The values of a lane's state word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum LaneState {
    /// Nothing has been written here yet; readers skip it.
    Absent = 0,
    /// No thread owns it; its counts stay valid.
    Free = 1,
    /// A thread owns it.
    Claimed = 2,
}

impl LaneState {
    /// Returns the number of this state in a file.
    pub const fn code(self) -> u64 {
        self as u64
    }
}
