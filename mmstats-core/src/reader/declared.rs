#![forbid(unsafe_code)]
//! Reads the section for statistics that are declared at run time. `docs/format.md` § 3.5.

use std::mem::offset_of;

use super::budget::Budget;
use super::schema::{Records, text};
use super::source::{self, Source};
use crate::error::ReadErrorKind;
use crate::format::extension::{DECLARED, Extension};
use crate::format::limits::{MAX_RECORDS, MAX_STRINGS};
use crate::format::record::RECORD_SIZE;
use crate::format::{Bytes as _, Header};

/// The section for statistics that are declared at run time.
pub(super) struct Declared {
    pub(super) records: Records,
    pub(super) strings_at: u64,
    strings_size: u64,
}

impl Declared {
    /// Reads its start; `None` if there is no such section.
    pub(super) fn of(source: &Source, header: &Header) -> Result<Option<Self>, ReadErrorKind> {
        let at = header.extension_offset.get();
        let mut bytes = [0; size_of::<Extension>()];
        if at == 0 || source.fill(at, &mut bytes, "the extension").is_err() {
            return Ok(None);
        }
        let Ok(found) = Extension::read_from_bytes(&bytes) else { return Ok(None) };
        if found.kind.get() != DECLARED {
            return Ok(None);
        }
        let (count, strings_size) = (found.records.get(), found.strings_size.get());
        if count > u64::from(MAX_RECORDS) {
            let at = at + offset_of!(Extension, records) as u64;
            return Err(ReadErrorKind::invalid(at, "at most 1,048,576 fields", count));
        }
        if strings_size > MAX_STRINGS {
            let at = at + offset_of!(Extension, strings_size) as u64;
            return Err(ReadErrorKind::invalid(at, "at most 64 MiB of strings", strings_size));
        }
        let records = Records { at: found.records_offset.get(), count, each: RECORD_SIZE };
        source::expect(source.size()?, records.at, records.size(), "the field records")?;
        Ok(Some(Self { records, strings_at: found.strings_offset.get(), strings_size }))
    }

    pub(super) fn strings(
        &self,
        source: &Source,
        budget: &mut Budget,
    ) -> Result<String, ReadErrorKind> {
        source::expect(source.size()?, self.strings_at, self.strings_size, "the strings")?;
        budget.spend(self.records.size() + self.strings_size)?;
        let strings = source.expected(self.strings_at, self.strings_size, "the strings")?;
        text(strings, self.strings_at)
    }
}

/// Returns how many statistics were declared at run time so far.
pub(super) fn count(source: &Source, header: &Header) -> Result<u64, ReadErrorKind> {
    Ok(Declared::of(source, header)?.map_or(0, |declared| declared.records.count))
}
