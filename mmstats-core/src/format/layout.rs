#![forbid(unsafe_code)]
//! Where everything goes in a new file: from the schema of a struct to the bytes before its lanes.

use std::collections::HashSet;

use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromZeros, IntoBytes};

use super::header::PANIC_NOTE;
use super::record::{RECORD_SIZE, digest};
use super::{FieldRecord, Header, LaneHeader, MAGIC, MIN_PAGE, MINOR, round_up};
use crate::error::CreateErrorKind;
use crate::schema::{Entry, MAX_LABEL};

/// How long a label prefix can be, so that it can precede all of these.
pub const MAX_PREFIX: usize = MAX_LABEL - "sys.created".len();

/// The labels under which a file's header shows itself among the statistics.
pub const HEADER_LABELS: [&str; 5] = ["sys.pid", "sys.tid", "sys.uid", "sys.gid", "sys.created"];

/// The largest struct that a lane can hold; readers look no further.
pub const MAX_STRUCT: usize = 1 << 28;

/// What a new file begins with.
#[derive(Debug)]
pub(crate) struct Layout {
    /// All but who writes it, and since when.
    pub(crate) header: Header,
    records: Vec<FieldRecord>,
    strings: Vec<u8>,
}

impl Layout {
    /// Lays out a struct of `size` bytes, in pages of `page` bytes.
    pub(crate) fn new(
        schema: &[Entry],
        label_prefix: &str,
        size: usize,
        page: u64,
    ) -> Result<Self, CreateErrorKind> {
        let lane_header = size_of::<LaneHeader>();
        if size > MAX_STRUCT {
            return Err(CreateErrorKind::TooLarge { size, max: MAX_STRUCT });
        }
        let page = page.max(MIN_PAGE);
        let mut strings = Strings::default();
        let prefix = strings.add(label_prefix);
        let records = records(schema, label_prefix, &mut strings)?;
        let strings = strings.0;

        let records_offset = page;
        let records_size = (records.len() * RECORD_SIZE) as u64;
        let strings_offset = records_offset + records_size;
        let lanes_offset = round_up(strings_offset + strings.len() as u64, page);
        let (panic_note_offset, panic_note_size) = PANIC_NOTE;

        let mut header = Header::new_zeroed();
        header.magic = MAGIC;
        header.minor = U16::new(MINOR);
        header.page_size = narrow(page);
        header.schema_digest = U64::new(digest(records.as_bytes(), &strings));
        header.header_size = narrow(size_of::<Header>() as u64);
        header.record_size = narrow(RECORD_SIZE as u64);
        header.records_offset = U64::new(records_offset);
        header.record_count = narrow(records.len() as u64);
        header.lane_header_size = narrow(lane_header as u64);
        header.strings_offset = U64::new(strings_offset);
        header.strings_size = U64::new(strings.len() as u64);
        header.lanes_offset = U64::new(lanes_offset);
        header.lane_stride = U64::new(round_up((lane_header + size) as u64, page));
        header.lane_body_size = U64::new(size as u64);
        header.label_prefix_offset = prefix;
        header.label_prefix_size = U16::new(label_prefix.len().try_into().unwrap_or(u16::MAX));
        header.panic_note_offset = U32::new(panic_note_offset);
        header.panic_note_size = U32::new(panic_note_size);
        Ok(Self { header, records, strings })
    }

    /// The schema section: the records, and their strings right behind them.
    pub(crate) fn schema(&self) -> Vec<u8> {
        [self.records.as_bytes(), &self.strings].concat()
    }
}

fn records(
    schema: &[Entry],
    label_prefix: &str,
    strings: &mut Strings,
) -> Result<Vec<FieldRecord>, CreateErrorKind> {
    let mut seen = HashSet::new();
    for name in HEADER_LABELS {
        seen.insert(prefixed(label_prefix, name)?);
    }
    let mut records = Vec::with_capacity(schema.len());
    for entry in schema {
        let label = prefixed(label_prefix, entry.label)?;
        records.push(record(entry, &label, strings));
        if let Some(label) = seen.replace(label) {
            return Err(CreateErrorKind::DuplicateLabel(label));
        }
    }
    Ok(records)
}

fn prefixed(prefix: &str, name: &str) -> Result<String, CreateErrorKind> {
    let label = format!("{prefix}{name}");
    if label.len() > MAX_LABEL {
        Err(CreateErrorKind::LabelTooLong { label, max: MAX_LABEL })
    } else if label.contains(char::is_control) {
        Err(CreateErrorKind::ControlCharacter(label))
    } else {
        Ok(label)
    }
}

fn record(entry: &Entry, label: &str, strings: &mut Strings) -> FieldRecord {
    let shape = entry.shape;
    FieldRecord {
        label_offset: strings.add(label),
        label_size: U16::new(label.len().try_into().unwrap_or(u16::MAX)),
        unit_size: U16::new(entry.unit.len().try_into().unwrap_or(u16::MAX)),
        unit_offset: strings.add(entry.unit),
        help_offset: strings.add(entry.help),
        help_size: narrow(entry.help.len() as u64),
        kind: U16::new(shape.kind.code()),
        scalar: shape.scalar.code(),
        merge: entry.merge.code(),
        offset: U64::new(entry.offset as u64),
        size: narrow(entry.size as u64),
        flags: U32::ZERO,
        capacity: U32::new(shape.capacity),
        buckets: U32::new(shape.buckets),
        bucket_bits: shape.bucket_bits,
        reserved: [0; 15],
    }
}

/// The area that holds all strings, one behind the other.
#[derive(Default)]
struct Strings(Vec<u8>);

impl Strings {
    fn add(&mut self, text: &str) -> U32 {
        let offset = narrow(self.0.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
        offset
    }
}

/// What `Layout::new` has bounded, or the program's own text bounds, to far below 4 GiB.
fn narrow(value: u64) -> U32 {
    U32::new(value.try_into().expect("a schema is far smaller than 4 GiB"))
}
