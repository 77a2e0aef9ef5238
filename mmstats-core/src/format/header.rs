#![forbid(unsafe_code)]
//! The first page of a file. `docs/format.md` § 2.

use super::bytes::{U16, U32, U64, in_file};
use crate::kind::start;

/// The maximum length of the command in the header, in bytes.
pub const COMMAND_LEN: usize = 64;

in_file! {
    /// The start of a file: the offsets of its sections, its writer and its creation time.
    ///
    /// Except for [`vitals`](Self::vitals) and the panic note, it never changes once the file has its
    /// name.
    #[allow(missing_docs, reason = "docs/format.md § 2 is the only description of the fields")]
    pub struct Header {
        pub magic: [u8; 8],
        pub minor: U16,
        pub reserved_1: U16,
        pub page_size: U32,
        pub flags: U64,
        pub schema_digest: U64,
        pub file_id: [u8; 16],
        pub header_size: U32,
        pub record_size: U32,
        pub records_offset: U64,
        pub record_count: U32,
        pub lane_header_size: U32,
        pub strings_offset: U64,
        pub strings_size: U64,
        pub extension_offset: U64,
        pub lanes_offset: U64,
        pub lane_stride: U64,
        pub lane_body_size: U64,
        pub created_realtime_ns: U64,
        pub created_boottime_ns: U64,
        pub pid: U32,
        pub tid: U32,
        pub process_start_ticks: U64,
        pub pid_namespace: U64,
        pub boot_id: [u8; 16],
        pub uid: U32,
        pub gid: U32,
        pub command_size: U16,
        pub prefix_size: U16,
        pub prefix_offset: U32,
        pub command: [u8; COMMAND_LEN],
        pub vitals: VitalsBytes,
        pub panic_note_offset: U32,
        pub panic_note_size: U32,
        pub device: U64,
        pub inode: U64,
        pub reserved_2: [u8; 168],
    }
}

in_file! {
    /// The words of the header that change while the writer lives, as a reader copies them.
    #[allow(missing_docs, reason = "docs/format.md § 2.1 is the only description of the fields")]
    pub struct VitalsBytes {
        pub state: U64,
        pub lanes: U64,
        pub lanes_lost: U64,
        pub flushed_realtime_ns: U64,
        pub anchor_clock_ns: U64,
        pub anchor_boottime_ns: U64,
        pub reserved: [u8; 16],
    }
}

impl Header {
    /// Sets the name of the program, or as much of it as fits.
    pub(crate) fn set_command(&mut self, name: &str) {
        let name = start(name, COMMAND_LEN);
        self.command_size.set(name.len().try_into().unwrap_or(u16::MAX));
        self.command[..name.len()].copy_from_slice(name.as_bytes());
    }
}

/// The offset of the vitals in the file.
pub const VITALS_OFFSET: usize = std::mem::offset_of!(Header, vitals);

/// The offset and the size of the space for a panic's message and location.
pub const PANIC_NOTE: (u32, u32) = (1024, 3072);

const _: () = {
    use std::mem::offset_of;
    assert!(size_of::<Header>() == 512);
    assert!(size_of::<VitalsBytes>() == 64);
    assert!(offset_of!(Header, page_size) == 12);
    assert!(offset_of!(Header, file_id) == 32);
    assert!(offset_of!(Header, records_offset) == 56);
    assert!(offset_of!(Header, lanes_offset) == 96);
    assert!(offset_of!(Header, created_realtime_ns) == 120);
    assert!(offset_of!(Header, pid) == 136);
    assert!(offset_of!(Header, boot_id) == 160);
    assert!(offset_of!(Header, command) == 192);
    assert!(VITALS_OFFSET == 256);
    assert!(offset_of!(Header, panic_note_offset) == 320);
    assert!(offset_of!(Header, device) == 328);
};

/// The bits of [`Header::flags`] that a reader must know to read the file at all.
pub const FLAGS_REQUIRED: u64 = 0x0000_0000_ffff_ffff;

/// The file is a copy that the writer made with a flush, not the file that it writes to.
pub const FLAG_CHECKPOINT: u64 = 1 << 32;

/// The values of the state word. `docs/format.md` § 2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum StateWord {
    /// Creation is not finished.
    Incomplete = 0,
    /// The writer has not recorded its end.
    Live = 1,
    /// The writer ended normally.
    Closed = 2,
    /// The writer's handle was dropped by a panic.
    Panicked = 3,
}

impl StateWord {
    /// Returns the number of this state in a file.
    pub const fn code(self) -> u64 {
        self as u64
    }

    /// Returns the state with this number in a file.
    pub fn from_code(code: u64) -> Option<Self> {
        [Self::Incomplete, Self::Live, Self::Closed, Self::Panicked]
            .into_iter()
            .find(|state| state.code() == code)
    }
}
