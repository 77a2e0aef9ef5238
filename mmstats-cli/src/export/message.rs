//! Messages of protocol buffers, as far as they are written here.
//!
//! Source: "Protocol Buffers Encoding".

/// The bytes of a message.
#[derive(Debug, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    /// The types of fields on the wire.
    const VARINT: u64 = 0;
    const FIXED_64: u64 = 1;
    const LENGTH: u64 = 2;

    fn key(&mut self, field: u64, wire: u64) {
        varint(&mut self.0, field << 3 | wire);
    }

    pub(super) fn number(&mut self, field: u64, number: u64) {
        self.key(field, Self::VARINT);
        varint(&mut self.0, number);
    }

    /// A signed number, of which small ones are short.
    pub(super) fn signed(&mut self, field: u64, number: i64) {
        self.number(field, (number << 1 ^ number >> 63).cast_unsigned());
    }

    pub(super) fn double(&mut self, field: u64, number: f64) {
        self.fixed(field, number.to_bits());
    }

    /// A number of 64 bits in full.
    pub(super) fn fixed(&mut self, field: u64, number: u64) {
        self.key(field, Self::FIXED_64);
        self.0.extend(number.to_le_bytes());
    }

    /// A text, which is left out if it is empty.
    pub(super) fn text(&mut self, field: u64, text: &str) {
        if !text.is_empty() {
            self.bytes(field, text.as_bytes());
        }
    }

    pub(super) fn message(&mut self, field: u64, message: &Self) {
        self.bytes(field, &message.0);
    }

    /// Returns its bytes.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(super) fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.key(field, Self::LENGTH);
        varint(&mut self.0, bytes.len() as u64);
        self.0.extend(bytes);
    }
}

pub(super) fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}
