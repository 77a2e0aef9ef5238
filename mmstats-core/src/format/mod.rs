//! The bytes of a file in version 2 (`docs/format.md`) and version 1: no I/O, no pointers.

mod bytes;
pub mod extension;
pub mod header;
pub mod lane;
pub mod layout;
pub mod limits;
pub mod record;
pub mod v1;

pub use bytes::{Bytes, U16, U32, U64, WrongSize};
pub use header::Header;
pub use lane::LaneHeader;
pub use record::FieldRecord;

/// The first byte of a version 1 file.
pub const VERSION_1: u8 = 1;

/// The first bytes of every version 2 file. `docs/format.md` § 2.
pub const MAGIC: [u8; 8] = *b"\x02mmstats";

/// The revision of version 2 that this crate writes. Readers accept any.
pub const MINOR: u16 = 0;

/// The alignment of sections and lanes, unless the writer's page size is larger.
pub const MIN_PAGE: u64 = 4096;

/// Rounds up to a multiple of `unit`.
pub const fn round_up(bytes: u64, unit: u64) -> u64 {
    bytes.div_ceil(unit) * unit
}
