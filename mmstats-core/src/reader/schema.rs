//! The schema of a version 2 file, checked: whatever it says lies inside of the file, and nothing
//! it says makes a reader take more memory than the file has.

use std::ops::Range;

use zerocopy::FromBytes;

use super::snapshot::{Field, Labels};
use super::source::{self, Source};
use crate::buckets::Buckets;
use crate::error::ReadErrorKind;
use crate::format::body;
use crate::format::layout::MAX_STRUCT;
use crate::format::record::{RECORD_SIZE, digest};
use crate::format::{FieldRecord, Header};
use crate::schema::{Kind, MAX_LABEL, Merge, ScalarType};

/// Smaller fields would take a reader many times as much memory as they take the file.
const MIN_FIELD: u64 = 8;

/// More than any program has. A file with holes may claim to, and be small.
const MAX_RECORDS: u64 = 1 << 20;
const MAX_STRINGS: u64 = 1 << 26;

/// Where a field's bytes are in a lane, and what they mean.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) bytes: Range<usize>,
    pub(super) layout: Layout,
    /// How many of them have to belong together.
    pub(super) locked: usize,
}

/// What a field's bytes mean, of which there are enough for it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Layout {
    Counter,
    UpDown,
    Gauge(ScalarType, Merge),
    Constant(ScalarType),
    Text { constant: bool, capacity: usize },
    Average,
    MovingAverage { capacity: usize },
    Timer { capacity: usize, buckets: Buckets },
    Unknown { kind: u16 },
}

/// Reads and checks records and strings.
pub(super) fn read(
    source: &Source,
    header: &Header,
) -> Result<(Labels, Vec<Place>), ReadErrorKind> {
    let records_at = header.records_offset.get();
    let record_size = u64::from(header.record_size.get());
    if record_size < RECORD_SIZE as u64 {
        let at = std::mem::offset_of!(Header, record_size) as u64;
        return Err(ReadErrorKind::invalid(at, "a record of 64 bytes or more", record_size));
    }
    let count = u64::from(header.record_count.get());
    let all_records = record_size * count;
    let size = source.size()?;
    source::expect(size, records_at, all_records, "the field records")?;
    if count > MAX_RECORDS {
        let at = std::mem::offset_of!(Header, record_count) as u64;
        return Err(ReadErrorKind::invalid(at, "at most 1,048,576 fields", count));
    }
    let strings_at = header.strings_offset.get();
    let strings_size = header.strings_size.get();
    source::expect(size, strings_at, strings_size, "the strings")?;
    if strings_size > MAX_STRINGS {
        let at = std::mem::offset_of!(Header, strings_size) as u64;
        return Err(ReadErrorKind::invalid(at, "at most 64 MiB of strings", strings_size));
    }
    let records = source.expected(records_at, all_records, "the field records")?;
    let strings = source.expected(strings_at, strings_size, "the strings")?;
    let found = digest(&records, &strings);
    if found != header.schema_digest.get() {
        let at = std::mem::offset_of!(Header, schema_digest) as u64;
        let found = format!("{found:#018x}");
        return Err(ReadErrorKind::invalid(at, "the digest of records and strings", found));
    }
    let text = String::from_utf8(strings).map_err(|error| {
        let at = strings_at + error.utf8_error().valid_up_to() as u64;
        ReadErrorKind::invalid(at, "UTF-8", "other bytes")
    })?;

    let mut labels = Labels { text, fields: Vec::new() };
    let mut places = Vec::new();
    let record_size = usize::try_from(record_size).unwrap_or(RECORD_SIZE);
    for (index, bytes) in records.chunks_exact(record_size).enumerate() {
        let at = records_at + (index * record_size) as u64;
        let (record, _) = FieldRecord::read_from_prefix(bytes)
            .map_err(|_| ReadErrorKind::invalid(at, "a record of 64 bytes or more", record_size))?;
        labels.fields.push(names(&record, &labels.text, at)?);
        places.push(place(&record, header.lane_body_size.get(), at)?);
    }
    check_overlap(&places, records_at)?;
    Ok((labels, places))
}

fn names(record: &FieldRecord, text: &str, at: u64) -> Result<Field, ReadErrorKind> {
    let range = |at: u64, offset: u32, size: usize| {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let range = start..start.saturating_add(size);
        if text.get(range.clone()).is_some() {
            return Ok(range);
        }
        let found = format!("bytes {} to {} of {}", range.start, range.end, text.len());
        Err(ReadErrorKind::invalid(at, "a string in the string area", found))
    };
    let label_size = usize::from(record.label_size.get());
    if label_size == 0 || label_size > MAX_LABEL {
        return Err(ReadErrorKind::invalid(at + 4, "a label of 1 to 255 bytes", label_size));
    }
    let help_size = usize::try_from(record.help_size.get()).unwrap_or(usize::MAX);
    let kind = Kind::from_code(record.kind.get());
    Ok(Field {
        label: range(at, record.label_offset.get(), label_size)?,
        help: range(at + 12, record.help_offset.get(), help_size)?,
        unit: range(at + 8, record.unit_offset.get(), record.unit_size.get().into())?,
        kind,
        merge: kind.and(Merge::from_code(record.merge)),
    })
}

fn place(record: &FieldRecord, body_size: u64, at: u64) -> Result<Place, ReadErrorKind> {
    let (offset, size) = (record.offset.get(), u64::from(record.size.get()));
    let end = offset.checked_add(size).filter(|end| *end <= body_size);
    let (Some(end), Ok(start)) = (end, usize::try_from(offset)) else {
        let found = format!("{size} bytes at {offset} of {body_size}");
        return Err(ReadErrorKind::invalid(at + 24, "a field inside of the lane", found));
    };
    if end > MAX_STRUCT as u64 {
        return Err(ReadErrorKind::invalid(at + 24, "a struct of at most 256 MiB", end));
    }
    let bytes = start..usize::try_from(end).unwrap_or(start);
    // What this version does not know is passed over, but for its bytes.
    let known = Kind::from_code(record.kind.get());
    if known.is_none() && size < MIN_FIELD {
        return Err(ReadErrorKind::invalid(at + 32, "a field of 8 bytes or more", size));
    }
    let Some(kind) = known else {
        let layout = Layout::Unknown { kind: record.kind.get() };
        return Ok(Place { bytes, layout, locked: 0 });
    };
    let scalar = ScalarType::from_code(record.scalar)
        .ok_or_else(|| ReadErrorKind::invalid(at + 22, "the type of a value", record.scalar))?;
    let merge = Merge::from_code(record.merge)
        .ok_or_else(|| ReadErrorKind::invalid(at + 23, "a merge policy", record.merge))?;
    let (capacity, buckets) = (record.capacity.get(), record.buckets.get());
    let needed = body::needed(kind, scalar, capacity, buckets).max(MIN_FIELD);
    if needed > size {
        let found = format!("{size}, where a {kind:?} takes {needed}");
        return Err(ReadErrorKind::invalid(at + 32, "a size that holds the field", found));
    }
    let layout = match kind {
        Kind::Counter => Layout::Counter,
        Kind::UpDown => Layout::UpDown,
        Kind::Gauge => Layout::Gauge(scalar, merge),
        Kind::Constant => Layout::Constant(scalar),
        Kind::Text => Layout::Text { constant: false, capacity: index(capacity) },
        Kind::ConstantText => Layout::Text { constant: true, capacity: index(capacity) },
        Kind::Average => Layout::Average,
        Kind::MovingAverage => Layout::MovingAverage { capacity: index(capacity) },
        Kind::Timer => Layout::Timer { capacity: index(capacity), buckets: histogram(record, at)? },
    };
    Ok(Place { bytes, layout, locked: body::locked(kind, index(capacity)) })
}

fn histogram(record: &FieldRecord, at: u64) -> Result<Buckets, ReadErrorKind> {
    let (bits, count) = (record.bucket_bits, record.buckets.get());
    if bits > Buckets::MAX_BITS {
        return Err(ReadErrorKind::invalid(at + 48, "16 bits or less", bits));
    }
    Buckets::checked(bits.into(), index(count))
        .ok_or_else(|| ReadErrorKind::invalid(at + 44, "a bucket or more", count))
}

/// A number that `body::needed` has bounded by the size of the file.
fn index(bounded: u32) -> usize {
    usize::try_from(bounded).unwrap_or(usize::MAX)
}

/// Fields that overlap could say the same bytes over and over.
fn check_overlap(places: &[Place], at: u64) -> Result<(), ReadErrorKind> {
    let mut ranges: Vec<_> = places.iter().map(|place| place.bytes.clone()).collect();
    ranges.sort_by_key(|range| (range.start, range.end));
    match ranges.windows(2).find(|pair| pair[0].end > pair[1].start) {
        None => Ok(()),
        Some(pair) => {
            let found = format!("bytes {:?} and {:?} of the lane", pair[0], pair[1]);
            Err(ReadErrorKind::invalid(at, "fields that do not overlap", found))
        }
    }
}
