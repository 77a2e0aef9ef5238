#![forbid(unsafe_code)]
//! The section of a file that describes what was declared at run time. `docs/format.md` § 3.5.
//!
//! It is written by system calls, as the vitals are, which also say whether there is room.

use std::fs::File;
use std::io;
use std::mem::offset_of;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use super::room;
use crate::format::extension::Extension;
use crate::format::record::RECORD_SIZE;
use crate::format::{Bytes as _, FieldRecord};

#[derive(Debug)]
pub(super) struct Declarations {
    section: Extension,
    records: AtomicU64,
    strings_size: AtomicU64,
}

impl Declarations {
    pub(super) fn new(section: Extension) -> Self {
        Self { section, records: AtomicU64::new(0), strings_size: AtomicU64::new(0) }
    }

    /// Adds a record that `record` makes of the place of its texts. A reader sees all of it or nothing.
    pub(super) fn add(
        &self,
        file: &File,
        record: impl FnOnce(u64) -> FieldRecord,
        texts: &[u8],
    ) -> io::Result<()> {
        // Relaxed: one thread at a time is here.
        let (records, strings) = (self.records.load(Relaxed), self.strings_size.load(Relaxed));
        let after = strings + texts.len() as u64;
        if records >= self.section.record_capacity.get()
            || after > self.section.strings_capacity.get()
        {
            return Err(io::ErrorKind::StorageFull.into());
        }
        room::write_at(file, texts, self.section.strings_offset.get() + strings)?;
        let at = self.section.records_offset.get() + records * RECORD_SIZE as u64;
        room::write_at(file, &record(strings).to_bytes(), at)?;
        let start = self.section.records_offset.get() - size_of::<Extension>() as u64;
        let put =
            |at: usize, number: u64| room::write_at(file, &number.to_le_bytes(), start + at as u64);
        put(offset_of!(Extension, strings_size), after)?;
        put(offset_of!(Extension, records), records + 1)?;
        self.strings_size.store(after, Relaxed);
        self.records.store(records + 1, Relaxed);
        Ok(())
    }
}
