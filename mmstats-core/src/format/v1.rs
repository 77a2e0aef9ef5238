#![forbid(unsafe_code)]
//! Version 1, the format of Python's mmstats: packed, unaligned, with no header but the
//! version byte. `docs/format.md` § 6.

use std::ops::Range;

use super::VERSION_1;
use super::limits::MAX_V1_FIELDS;
use crate::error::ReadErrorKind;
use crate::kind::{Scalar, Value};
use crate::schema::ScalarType;

/// Marks a field with a single value. In other fields the byte gives the buffer being written.
const UNBUFFERED: u8 = 255;

/// A field: the place of its label in the file, and its value.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) label: Range<usize>,
    pub(crate) value: Value,
}

/// Parses the fields of a file, or of its start if the file `goes_on`: fields that are not
/// entirely in the start are then an error.
pub(crate) fn parse(file: &[u8], goes_on: bool) -> Result<Vec<Field>, ReadErrorKind> {
    // A restarted writer truncates the file, even while it is open here.
    if file.first() != Some(&VERSION_1) {
        let found = file.first().map_or("nothing".into(), |byte| format!("{byte:#x}"));
        return Err(ReadErrorKind::invalid(0, "a version 1 file, as before", found));
    }
    let mut cursor = Cursor { file, at: 1, goes_on };
    let mut fields = Vec::new();
    loop {
        let at = cursor.at as u64;
        match cursor.field() {
            Ok(None) => return Ok(fields),
            Ok(Some(_)) if fields.len() >= MAX_V1_FIELDS => {
                return Err(ReadErrorKind::invalid(at, "at most 262,144 fields", "more"));
            }
            Ok(Some(field)) => fields.push(field),
            // One byte does not make it a statistics file, and of others nothing is shown.
            Err(error) if fields.is_empty() && !(goes_on && is_truncated(&error)) => {
                return Err(ReadErrorKind::Version("another file".into()));
            }
            Err(error) => return Err(error),
        }
    }
}

fn is_truncated(error: &ReadErrorKind) -> bool {
    matches!(error, ReadErrorKind::Truncated { .. })
}

struct Cursor<'a> {
    file: &'a [u8],
    at: usize,
    goes_on: bool,
}

impl Cursor<'_> {
    /// Returns the next field, or `None` after the last one, at zeros or the end of the file.
    fn field(&mut self) -> Result<Option<Field>, ReadErrorKind> {
        let rest = &self.file[self.at..];
        let ends = rest.len() >= 2 || !self.goes_on;
        if ends && rest.iter().take(2).all(|byte| *byte == 0) {
            return Ok(None);
        }
        let label_size = self.u16("the size of a label")?;
        let label = self.take(label_size.into(), "a label")?;
        let type_size = self.u16("the size of a type")?;
        let type_at = self.at as u64;
        let type_range = self.take(type_size.into(), "a type")?;
        let code = TypeCode::parse(&self.file[type_range], type_at)?;
        let buffer_at = self.at as u64;
        let [buffer] = self.array("the number of the write buffer")?;
        let is_constant = buffer == UNBUFFERED && code.is_of_constant();
        let value = match buffer {
            UNBUFFERED => self.take(code.size, "a value")?,
            0 | 1 => {
                let first = self.take(code.size, "the first buffer")?;
                let second = self.take(code.size, "the second buffer")?;
                // The other one is the one to read.
                if buffer == 0 { second } else { first }
            }
            other => {
                return Err(ReadErrorKind::invalid(buffer_at, "write buffer 0, 1 or 255", other));
            }
        };
        let value = code.value(&self.file[value], is_constant);
        Ok(Some(Field { label, value }))
    }

    fn take(&mut self, len: usize, what: &'static str) -> Result<Range<usize>, ReadErrorKind> {
        let found = self.file.len() - self.at;
        if len > found {
            let (at, needed, found) = (self.at as u64, len as u64, found as u64);
            return Err(ReadErrorKind::Truncated { at, what, needed, found });
        }
        let range = self.at..self.at + len;
        self.at = range.end;
        Ok(range)
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], ReadErrorKind> {
        let range = self.take(N, what)?;
        let mut array = [0; N];
        array.copy_from_slice(&self.file[range]);
        Ok(array)
    }

    fn u16(&mut self, what: &'static str) -> Result<u16, ReadErrorKind> {
        Ok(u16::from_le_bytes(self.array(what)?))
    }
}

/// A type code of Python's `struct`, and the size of a value in bytes.
struct TypeCode {
    code: u8,
    size: usize,
}

impl TypeCode {
    /// Parses a type string: blanks, native or little-endian byte order, a count, and a code.
    fn parse(text: &[u8], at: u64) -> Result<Self, ReadErrorKind> {
        Self::known(text.trim_ascii()).ok_or_else(|| {
            const EXPECTED: &str =
                "one of Python's struct codes c b B ? h H i I l L q Q f d, or a number and s";
            const SHOWN: usize = 60;
            let found = String::from_utf8_lossy(&text[..text.len().min(SHOWN)]);
            ReadErrorKind::invalid(at, EXPECTED, format!("`{}`", found.escape_debug()))
        })
    }

    fn known(text: &[u8]) -> Option<Self> {
        let (native, text) = match text {
            [b'=' | b'<', rest @ ..] => (false, rest.trim_ascii_start()),
            [b'@', rest @ ..] => (true, rest.trim_ascii_start()),
            _ => (true, text),
        };
        let (code, count) = text.split_last()?;
        let count = match count {
            [] => 1,
            digits if digits.iter().all(u8::is_ascii_digit) => {
                std::str::from_utf8(digits).ok()?.parse().ok()?
            }
            _ => return None,
        };
        let size = match code {
            b's' => {
                return Some(Self { code: *code, size: count });
            }
            b'c' | b'b' | b'B' | b'?' => 1,
            b'h' | b'H' => 2,
            b'l' | b'L' if native => 8,
            b'i' | b'I' | b'l' | b'L' | b'f' => 4,
            b'q' | b'Q' | b'd' => 8,
            _ => return None,
        };
        (count == 1).then_some(Self { code: *code, size })
    }

    /// Returns whether Python's mmstats writes only constants in this type without buffers.
    fn is_of_constant(&self) -> bool {
        matches!(self.code, b'I' | b'q' | b'Q' | b'f' | b'd')
    }

    /// Decodes `bytes`, which have the size of a value.
    fn value(&self, bytes: &[u8], is_constant: bool) -> Value {
        let mut word = [0; 8];
        if matches!(self.code, b'c' | b's') {
            return Value::Text(text(bytes));
        }
        word[..bytes.len()].copy_from_slice(bytes);
        let number = Scalar::from_bits(self.scalar(), u64::from_le_bytes(word));
        if is_constant { Value::Constant(number) } else { Value::Untyped(number) }
    }

    fn scalar(&self) -> ScalarType {
        match (self.code, self.size) {
            (b'?', _) => ScalarType::Bool,
            (b'f', _) => ScalarType::F32,
            (b'd', _) => ScalarType::F64,
            (b'b', _) => ScalarType::I8,
            (b'B', _) => ScalarType::U8,
            (b'h', _) => ScalarType::I16,
            (b'H', _) => ScalarType::U16,
            (b'i' | b'l' | b'q', 4) => ScalarType::I32,
            (b'i' | b'l' | b'q', _) => ScalarType::I64,
            (_, 4) => ScalarType::U32,
            _ => ScalarType::U64,
        }
    }
}

/// Returns a text up to its first NUL, without bytes that are not UTF-8.
pub(crate) fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    bytes[..end].utf8_chunks().map(|chunk| chunk.valid()).collect()
}
