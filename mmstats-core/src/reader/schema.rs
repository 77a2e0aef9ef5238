//! Reads and checks the schema of a version 2 file: all offsets lie inside the file, and all sizes
//! are within the limits of the format.

use std::mem::offset_of;
use std::ops::Range;

use super::budget::Budget;
use super::claims::{Claims, LOCK};
use super::declared::Declared;
use super::family::{Family, FamilyDraft};
use super::source::{self, Source};
use super::stat::{Name, Names};
use crate::error::ReadErrorKind;
use crate::format::limits::{
    MAX_CAPACITY, MAX_HELP, MAX_RECORD, MAX_RECORD_BYTES, MAX_RECORDS, MAX_STRINGS,
};
use crate::format::record::{DIGEST_OF_NOTHING, RECORD_SIZE, extend_digest};
use crate::format::{Bytes as _, FieldRecord, Header};
use crate::kind::{Kind, Stamped, Value};
use crate::schema::{MAX_LABELS, MAX_NAME, MAX_UNIT, Merge, ScalarType, Shape, check_labels};

/// The minimum size of a field: a smaller one would take many times its size in a reader's memory.
const MIN_FIELD: u64 = 8;

/// The place of a field in a lane, and how its bytes are decoded.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Empty if this version does not know the kind.
    pub(super) bytes: Range<usize>,
    shape: Shape,
    pub(super) merge: Merge,
    /// `None` if this version does not know the kind.
    kind: Option<Kind>,
    /// The number of bytes that must be consistent.
    pub(super) locked: usize,
    /// The offset of the lock that it shares with its neighbours of the same group.
    pub(super) group: Option<usize>,
    /// See [`Readable::HAS_CLOCK`](crate::kind::Readable::HAS_CLOCK).
    pub(super) has_clock: bool,
}

impl Place {
    /// Decodes the bytes of a lane's field, which has all of them.
    pub(super) fn decode(&self, bytes: &[u8]) -> Stamped<Value> {
        match self.kind {
            Some(kind) => kind.decode(bytes, &self.shape),
            None => Stamped { stamp_ns: 0, value: Value::Unknown { kind: self.shape.kind } },
        }
    }

    /// Returns the value in a file without lanes.
    pub(super) fn empty(&self) -> Value {
        match self.kind {
            Some(kind) => kind.empty(&self.shape),
            None => Value::Unknown { kind: self.shape.kind },
        }
    }
}

/// What a file has.
pub(super) struct Schema {
    /// Of the fields, without the members of families.
    pub(super) names: Names,
    pub(super) places: Vec<Place>,
    pub(super) families: Vec<Family>,
    /// How many of the fields were declared at run time.
    pub(super) declared: u64,
}

/// Reads and checks the records and their strings.
pub(super) fn read(
    source: &Source,
    header: &Header,
    budget: &mut Budget,
) -> Result<Schema, ReadErrorKind> {
    let records = Records::of(header)?;
    let size = source.size()?;
    source::expect(size, records.at, records.size(), "the field records")?;
    let strings_at = header.strings_offset.get();
    let strings_size = header.strings_size.get();
    if strings_size > MAX_STRINGS {
        let at = offset_of!(Header, strings_size) as u64;
        return Err(ReadErrorKind::invalid(at, "at most 64 MiB of strings", strings_size));
    }
    source::expect(size, strings_at, strings_size, "the strings")?;
    budget.spend(records.size() + strings_size)?;
    let strings = source.expected(strings_at, strings_size, "the strings")?;
    let mut found = DIGEST_OF_NOTHING;
    records.read(source, budget, |_, bytes| {
        found = extend_digest(found, bytes);
        Ok(())
    })?;
    found = extend_digest(found, &strings);
    if found != header.schema_digest.get() {
        let at = offset_of!(Header, schema_digest) as u64;
        let found = format!("{found:#018x}");
        return Err(ReadErrorKind::invalid(at, "the digest of records and strings", found));
    }
    let mut draft = Draft {
        names: Names { text: text(strings, strings_at)?, names: Vec::new() },
        places: Vec::new(),
        claims: Claims::default(),
        families: Vec::new(),
    };
    draft.read(source, header, &records, (0, strings_at), budget)?;
    let declared = Declared::of(source, header)?;
    if let Some(declared) = &declared {
        let strings = declared.strings(source, budget)?;
        let start = draft.names.text.len();
        draft.names.text.push_str(&strings);
        draft.read(source, header, &declared.records, (start, declared.strings_at), budget)?;
    }
    let Draft { names, places, claims, families } = draft;
    claims.check(records.at)?;
    let families = families.into_iter().map(|family| family.finish(records.at));
    let declared = declared.map_or(0, |declared| declared.records.count);
    Ok(Schema { names, places, families: families.collect::<Result<_, _>>()?, declared })
}

pub(super) fn text(strings: Vec<u8>, at: u64) -> Result<String, ReadErrorKind> {
    String::from_utf8(strings).map_err(|error| {
        let at = at + error.utf8_error().valid_up_to() as u64;
        ReadErrorKind::invalid(at, "UTF-8", "other bytes")
    })
}

/// A schema of which not all records have been read.
struct Draft {
    names: Names,
    places: Vec<Place>,
    claims: Claims,
    families: Vec<FamilyDraft>,
}

impl Draft {
    /// Adds records, whose strings begin at these places of the text and of the file.
    fn read(
        &mut self,
        source: &Source,
        header: &Header,
        records: &Records,
        strings: (usize, u64),
        budget: &mut Budget,
    ) -> Result<(), ReadErrorKind> {
        let Self { names, places, claims, families } = self;
        budget.spend(records.count * PER_FIELD)?;
        records.read(source, budget, |at, bytes| {
            for (index, bytes) in bytes.chunks_exact(records.each).enumerate() {
                let at = at + (index * records.each) as u64;
                let (record, _) = FieldRecord::read_from_prefix(bytes)
                    .map_err(|_| ReadErrorKind::invalid(at, RECORD, records.each))?;
                let mut name = name(&record, &names.text, at, strings)?;
                let (place, range) = place(&record, header.lane_body_size.get(), at)?;
                if record.family.get() > 0 {
                    let family = families.last_mut().filter(|family| family.is_of(&record, &range));
                    let Some(family) = family else {
                        let found = format!("a family at {}", record.family.get() - 1);
                        let expected = "the family of the records before, around the field";
                        return Err(ReadErrorKind::invalid(at + 56, expected, found));
                    };
                    family.claims.add(range, place.group);
                    family.places.push(place);
                    family.names.push(name);
                    continue;
                }
                if place.kind == Some(Kind::Overflow) {
                    let unit = std::mem::replace(&mut name.unit, 0..0);
                    let labels = names.text[unit].split(',').map(str::to_owned).collect();
                    families.push(FamilyDraft::new(
                        places.len(),
                        &place.shape,
                        &range,
                        labels,
                        at,
                    )?);
                }
                names.names.push(name);
                claims.add(range, place.group);
                places.push(place);
            }
            Ok(())
        })
    }
}

/// What the name, the place and the range of a field take in memory.
const PER_FIELD: u64 = 512;

const RECORD: &str = "a record of 64 to 1024 bytes";

/// The place of field records in a file.
pub(super) struct Records {
    pub(super) at: u64,
    pub(super) count: u64,
    /// The size of each.
    pub(super) each: usize,
}

impl Records {
    fn of(header: &Header) -> Result<Self, ReadErrorKind> {
        let (each, count) = (header.record_size.get(), header.record_count.get());
        if (each as usize) < RECORD_SIZE || each > MAX_RECORD {
            let at = offset_of!(Header, record_size) as u64;
            return Err(ReadErrorKind::invalid(at, RECORD, each));
        }
        if count > MAX_RECORDS {
            let at = offset_of!(Header, record_count) as u64;
            return Err(ReadErrorKind::invalid(at, "at most 1,048,576 fields", count));
        }
        let records =
            Self { at: header.records_offset.get(), count: count.into(), each: each as usize };
        if records.size() > MAX_RECORD_BYTES {
            let at = offset_of!(Header, record_count) as u64;
            let found = format!("{count} of {each} bytes");
            return Err(ReadErrorKind::invalid(at, "at most 64 MiB of records", found));
        }
        Ok(records)
    }

    pub(super) fn size(&self) -> u64 {
        self.count * self.each as u64
    }

    /// Reads all records piece by piece, each of which `take` gets with its offset in the file.
    fn read(
        &self,
        source: &Source,
        budget: &Budget,
        mut take: impl FnMut(u64, &[u8]) -> Result<(), ReadErrorKind>,
    ) -> Result<(), ReadErrorKind> {
        const PIECE: u64 = 1 << 16;
        let piece = PIECE - PIECE % self.each as u64;
        let mut buffer = vec![0; usize::try_from(piece.min(self.size())).unwrap_or(0)];
        let mut done = 0;
        while done < self.size() {
            budget.check_time()?;
            let len = usize::try_from(piece.min(self.size() - done)).unwrap_or(0);
            let bytes = &mut buffer[..len];
            source.fill(self.at + done, bytes, "the field records")?;
            take(self.at + done, bytes)?;
            done += len as u64;
        }
        Ok(())
    }
}

/// Returns the texts of a record, whose strings begin at these places of the text and of the file.
fn name(
    record: &FieldRecord,
    text: &str,
    at: u64,
    (strings, strings_at): (usize, u64),
) -> Result<Name, ReadErrorKind> {
    let own = &text[strings..];
    let range = |at: u64, offset: u32, size: usize| {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let range = start..start.saturating_add(size);
        if own.get(range.clone()).is_some() {
            return Ok(range.start + strings..range.end + strings);
        }
        let found = format!("bytes {} to {} of {}", range.start, range.end, own.len());
        Err(ReadErrorKind::invalid(at, "a string in the string area", found))
    };
    let name_len = usize::from(record.name_size.get());
    if name_len == 0 || name_len > MAX_NAME {
        return Err(ReadErrorKind::invalid(at + 4, "a name of 1 to 1024 bytes", name_len));
    }
    let labels_len = usize::from(record.labels_size.get());
    if labels_len > MAX_LABELS {
        return Err(ReadErrorKind::invalid(at + 50, "at most 1024 bytes of labels", labels_len));
    }
    // The labels follow the name, in braces.
    let braced = if labels_len == 0 { 0 } else { labels_len + 2 };
    let key = range(at, record.name_offset.get(), name_len + braced)?;
    check_key(&text[key.clone()], name_len).map_err(|(within, expected)| {
        let rest = text.as_bytes()[key.start + within..].first();
        let found = rest.map_or("the end".to_owned(), |byte| format!("`{}`", byte.escape_ascii()));
        let within = key.start - strings + within;
        ReadErrorKind::invalid(strings_at + within as u64, expected, found)
    })?;
    let help_size = record.help_size.get();
    if help_size > MAX_HELP {
        return Err(ReadErrorKind::invalid(
            at + 16,
            "a help text of at most 65,535 bytes",
            help_size,
        ));
    }
    let unit_size = usize::from(record.unit_size.get());
    if unit_size > MAX_UNIT {
        return Err(ReadErrorKind::invalid(at + 6, "a unit of at most 63 bytes", unit_size));
    }
    let kind = Kind::from_code(record.kind.get());
    Ok(Name {
        key,
        key_name_len: name_len,
        help: range(at + 12, record.help_offset.get(), help_size as usize)?,
        unit: range(at + 8, record.unit_offset.get(), unit_size)?,
        kind,
        merge: kind.and(Merge::from_code(record.merge)),
    })
}

/// Checks the text of a key, whose first `name_len` bytes are the name.
fn check_key(key: &str, name_len: usize) -> Result<(), (usize, &'static str)> {
    let Some((name, labels)) = key.split_at_checked(name_len) else {
        return Err((name_len, "a name that ends at a character"));
    };
    if let Some(at) = name.find('{') {
        return Err((at, "a name without `{`"));
    }
    if labels.is_empty() {
        return Ok(());
    }
    let labels = labels.strip_prefix('{').ok_or((name_len, "`{` after the name"))?;
    let labels = labels.strip_suffix('}').ok_or((key.len() - 1, "`}` after the labels"))?;
    check_labels(labels).map_err(|(at, expected)| (name_len + 1 + at, expected))
}

/// Returns the place of a field, and all the bytes that it claims.
fn place(
    record: &FieldRecord,
    body_size: u64,
    at: u64,
) -> Result<(Place, Range<u64>), ReadErrorKind> {
    let (offset, size) = (record.offset.get(), u64::from(record.size.get()));
    let end = offset.checked_add(size).filter(|end| *end <= body_size);
    let (Some(end), Ok(start)) = (end, usize::try_from(offset)) else {
        let found = format!("{size} bytes at {offset} of {body_size}");
        return Err(ReadErrorKind::invalid(at + 24, "a field inside the lane", found));
    };
    let claimed = offset..end;
    let group = match u64::from(record.group.get()).checked_sub(1) {
        Some(lock) if lock + LOCK > offset => {
            let found = format!("a lock at {lock}, of a field at {offset}");
            return Err(ReadErrorKind::invalid(at + 52, "a group's lock before its fields", found));
        }
        lock => lock.map(|lock| usize::try_from(lock).unwrap_or(usize::MAX)),
    };
    let mut shape = Shape {
        kind: record.kind.get(),
        scalar: ScalarType::None,
        capacity: record.capacity.get(),
        buckets: record.buckets.get(),
        bucket_bits: record.bucket_bits,
    };
    let Some(kind) = Kind::from_code(shape.kind) else {
        if size < MIN_FIELD {
            return Err(ReadErrorKind::invalid(at + 32, "a field of at least 8 bytes", size));
        }
        let (bytes, merge, locked, has_clock) = (start..start, Merge::One, 0, false);
        let place = Place { bytes, shape, kind: None, merge, locked, group, has_clock };
        return Ok((place, claimed));
    };
    shape.scalar = ScalarType::from_code(record.scalar)
        .ok_or_else(|| ReadErrorKind::invalid(at + 22, "a scalar type", record.scalar))?;
    let merge = Merge::from_code(record.merge)
        .ok_or_else(|| ReadErrorKind::invalid(at + 23, "a merge policy", record.merge))?;
    let needed = kind.size(&shape).max(MIN_FIELD);
    if needed > size {
        let found = format!("{size}, where a {kind:?} takes {needed}");
        return Err(ReadErrorKind::invalid(at + 32, "a size that holds the field", found));
    }
    if shape.capacity > MAX_CAPACITY {
        let found = shape.capacity;
        return Err(ReadErrorKind::invalid(at + 40, "a capacity of at most 1,048,576", found));
    }
    kind.check(&shape)
        .map_err(|bad| ReadErrorKind::invalid(at + bad.at as u64, bad.expected, bad.found))?;
    let bytes = start..start.saturating_add(usize::try_from(needed).unwrap_or(usize::MAX));
    let (locked, has_clock) = (kind.locked(&shape), kind.has_clock());
    Ok((Place { bytes, shape, kind: Some(kind), merge, locked, group, has_clock }, claimed))
}
