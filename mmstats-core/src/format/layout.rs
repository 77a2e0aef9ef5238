#![forbid(unsafe_code)]
//! The layout of a new file: from the schema of a struct to the bytes before its lanes.

use std::collections::{HashMap, HashSet};

use super::extension::Extension;
use super::header::PANIC_NOTE;
use super::limits::{MAX_HELP, MAX_RECORDS, MAX_STRINGS, MAX_STRUCT};
use super::record::{DIGEST_OF_NOTHING, RECORD_SIZE, extend_digest};
use super::{
    Bytes as _, FieldRecord, Header, LaneHeader, MAGIC, MIN_PAGE, MINOR, U16, U32, U64, round_up,
};
use crate::error::CreateErrorKind;
use crate::kind::start;
pub use crate::schema::HEADER_FACTS;
use crate::schema::{Content, Key, Leaf, MAX_LABELS, MAX_NAME, Merge, Shape};

/// The start of a new file.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Complete except for the writer's identity and the time.
    pub(crate) header: Header,
    /// The records, directly followed by their strings.
    pub(crate) schema: Vec<u8>,
    /// The section for statistics that are declared at run time, if there can be any.
    pub(crate) extension: Option<Extension>,
}

impl Layout {
    /// Lays out a struct of `size` bytes in pages of `page` bytes.
    pub(crate) fn new(
        content: &'static Content,
        prefix: &str,
        size: usize,
        page: u64,
    ) -> Result<Self, CreateErrorKind> {
        if size as u64 > MAX_STRUCT {
            let max = usize::try_from(MAX_STRUCT).unwrap_or(usize::MAX);
            return Err(CreateErrorKind::TooLarge { size, max });
        }
        let page = page.max(MIN_PAGE);
        let Schema { records, mut strings, prefix_offset } = Schema::new(content, prefix)?;

        let mut schema = Vec::with_capacity(records.len() * RECORD_SIZE + strings.len());
        for record in &records {
            record.put(&mut schema);
        }
        let records_offset = page;
        let strings_offset = records_offset + schema.len() as u64;
        let strings_size = strings.len() as u64;
        schema.append(&mut strings);
        let end = round_up(records_offset + schema.len() as u64, page);
        let extension = content.has_run_time().then(|| Extension::new(end));
        let lanes_offset = extension.as_ref().map_or(end, |section| round_up(section.end(), page));
        let (panic_note_offset, panic_note_size) = PANIC_NOTE;

        let mut header = Header::new_zeroed();
        header.magic = MAGIC;
        header.minor = U16::new(MINOR);
        header.page_size = narrow(page);
        header.schema_digest = U64::new(extend_digest(DIGEST_OF_NOTHING, &schema));
        header.header_size = narrow(size_of::<Header>() as u64);
        header.record_size = narrow(RECORD_SIZE as u64);
        header.records_offset = U64::new(records_offset);
        header.record_count = narrow(records.len() as u64);
        header.lane_header_size = narrow(size_of::<LaneHeader>() as u64);
        header.strings_offset = U64::new(strings_offset);
        header.strings_size = U64::new(strings_size);
        header.extension_offset = U64::new(extension.as_ref().map_or(0, |_| end));
        header.lanes_offset = U64::new(lanes_offset);
        header.lane_stride = U64::new(lane_stride(size, page));
        header.lane_body_size = U64::new(size as u64);
        header.prefix_offset = prefix_offset;
        header.prefix_size = short(prefix.len());
        header.panic_note_offset = U32::new(panic_note_offset);
        header.panic_note_size = U32::new(panic_note_size);
        Ok(Self { header, schema, extension })
    }
}

struct Schema {
    records: Vec<FieldRecord>,
    strings: Vec<u8>,
    /// The offset of the prefix in the strings.
    prefix_offset: U32,
}

impl Schema {
    fn new(content: &'static Content, prefix: &str) -> Result<Self, CreateErrorKind> {
        let mut seen = HashSet::new();
        for name in HEADER_FACTS {
            let name = format!("{prefix}{name}");
            check(Key::from_parts(&name, name.len()))?;
            seen.insert(name);
        }
        let mut strings = Strings::default();
        let prefix_offset = strings.push(prefix);
        let mut records = Vec::new();
        let mut result = Ok(());
        content.visit(&mut |leaf| {
            if result.is_ok() {
                result = strings.record(leaf, prefix, &mut seen).map(|record| records.push(record));
            }
            if records.len() > MAX_RECORDS as usize || strings.bytes.len() as u64 > MAX_STRINGS {
                result = Err(CreateErrorKind::TooManyStatistics);
            }
        });
        result?;
        Ok(Self { records, strings: strings.bytes, prefix_offset })
    }
}

pub(crate) fn check(key: Key<'_>) -> Result<(), CreateErrorKind> {
    let (name, key) = (key.name(), key.as_str());
    // The two braces are not part of the labels.
    let labels = key.len() - name.len();
    if name.len() > MAX_NAME || labels > MAX_LABELS + 2 {
        Err(CreateErrorKind::NameTooLong { name: key.into(), max: MAX_NAME })
    } else if name.contains(char::is_control) {
        Err(CreateErrorKind::ControlCharacter(name.into()))
    } else if name.contains('{') {
        Err(CreateErrorKind::Brace(name.into()))
    } else {
        Ok(())
    }
}

/// The area that holds all strings, one after the other.
#[derive(Default)]
struct Strings {
    bytes: Vec<u8>,
    /// The offsets of units and help texts, which the items of an array share.
    shared: HashMap<&'static str, U32>,
}

impl Strings {
    fn record(
        &mut self,
        leaf: &Leaf<'_>,
        prefix: &str,
        seen: &mut HashSet<String>,
    ) -> Result<FieldRecord, CreateErrorKind> {
        let key = leaf.key(prefix);
        let key = key.as_key();
        check(key)?;
        if !seen.insert(key.as_str().to_owned()) {
            return Err(CreateErrorKind::DuplicateKey(key.as_str().to_owned()));
        }
        let (unit, help) = (leaf.unit(), shortened(leaf.help()));
        let texts = [self.push(key.as_str()), self.share(unit), self.share(help)];
        let mut record = record(leaf.shape, leaf.merge(), key, [unit, help], texts);
        record.offset = U64::new(leaf.at.offset as u64);
        record.size = narrow(leaf.size as u64);
        record.group = reference(leaf.at.group);
        record.family = reference(leaf.at.family);
        Ok(record)
    }

    fn push(&mut self, text: &str) -> U32 {
        let offset = narrow(self.bytes.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
        offset
    }

    fn share(&mut self, text: &'static str) -> U32 {
        if let Some(offset) = self.shared.get(text) {
            return *offset;
        }
        let offset = self.push(text);
        self.shared.insert(text, offset);
        offset
    }
}

/// Returns the distance between lanes whose struct has `size` bytes.
pub(crate) fn lane_stride(size: usize, page: u64) -> u64 {
    round_up((size_of::<LaneHeader>() + size) as u64, page.max(MIN_PAGE))
}

/// Returns as much of a help text as a file may have.
pub(crate) fn shortened(text: &str) -> &str {
    start(text, MAX_HELP as usize)
}

/// Narrows a length that was checked here or by the derive.
fn short(len: usize) -> U16 {
    U16::new(len.try_into().unwrap_or(u16::MAX))
}

/// Describes a statistic, whose key, unit and help lie at `texts`, but not its place.
pub(crate) fn record(
    shape: &Shape,
    merge: Merge,
    key: Key<'_>,
    [unit, help]: [&str; 2],
    [name_offset, unit_offset, help_offset]: [U32; 3],
) -> FieldRecord {
    let labels_size = (key.as_str().len() - key.name().len()).saturating_sub(2);
    FieldRecord {
        name_offset,
        name_size: short(key.name().len()),
        unit_size: short(unit.len()),
        unit_offset,
        help_offset,
        help_size: narrow(help.len() as u64),
        kind: U16::new(shape.kind),
        scalar: shape.scalar.code(),
        merge: merge.code(),
        offset: U64::new(0),
        size: U32::new(0),
        flags: U32::new(0),
        capacity: U32::new(shape.capacity),
        buckets: U32::new(shape.buckets),
        bucket_bits: shape.bucket_bits,
        reserved_1: 0,
        labels_size: short(labels_size),
        group: U32::new(0),
        family: U32::new(0),
        reserved_2: [0; 4],
    }
}

/// Returns one more than an offset in the struct, or 0.
fn reference(offset: Option<usize>) -> U32 {
    narrow(offset.map_or(0, |offset| 1 + offset as u64))
}

/// Narrows a size that is far below 4 GiB: `Layout::new` or the program's own text limits it.
fn narrow(value: u64) -> U32 {
    U32::new(value.try_into().expect("a schema is far smaller than 4 GiB"))
}
