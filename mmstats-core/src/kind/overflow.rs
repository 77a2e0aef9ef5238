use std::mem::offset_of;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::readable::word;
use super::{AtomicRun, BadShape, Part, Readable, Role, Stamped, Summary, atomics};
use crate::schema::{Merge, ScalarType, Shape};

/// What a [`DynFamily`](crate::DynFamily) begins with.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Overflow {
    /// How many members have been taken, each for a key.
    pub(crate) taken: AtomicU64,
    pub(crate) count: AtomicU64,
    /// Not 0 once somebody has got the member for all other keys.
    pub(crate) uses_other: AtomicU64,
}

atomics!(Overflow { taken, count, uses_other });

impl Overflow {
    /// Describes a family: how many members it can have, of how many bytes each, and how many words a key
    /// can have.
    pub(crate) const fn shape(members: u32, stride: u32, key_words: u8) -> Shape {
        let shape = Shape::of(Self::CODE, ScalarType::U64);
        Shape { capacity: members, buckets: stride, bucket_bits: key_words, ..shape }
    }

    /// Returns where the keys of a family of this shape begin, and how many bytes each takes.
    pub(crate) fn keys(shape: &Shape) -> (usize, usize) {
        (size_of::<Self>(), 8 + 8 * usize::from(shape.bucket_bits))
    }

    /// Counts a key that had no room.
    pub(crate) fn lose(&self) {
        self.count.store(self.count.load(Relaxed).wrapping_add(1), Relaxed);
        self.uses_other.store(1, Relaxed);
    }
}

impl Readable for Overflow {
    const CODE: u16 = 12;

    type Value = u64;

    const PARTS: &'static [Part] = &[
        Part::word("taken", offset_of!(Self, taken)),
        Part::word("count", offset_of!(Self, count)),
        Part::word("uses_other", offset_of!(Self, uses_other)),
        Part::sized("keys", size_of::<Self>(), "capacity · (8 + 8 · bucket_bits)"),
    ];

    /// A thread that forks keeps the members that it may have references to. The table of the keys
    /// follows them.
    fn state(shape: &Shape, own: bool) -> [AtomicRun; 3] {
        if !own {
            return [AtomicRun::NONE; 3];
        }
        let (at, each) = Self::keys(shape);
        let (members, keys) = (shape.capacity as usize, shape.capacity as usize * each);
        let table = AtomicRun { at: at + keys, width: 4, count: 4 * members };
        [AtomicRun::words(offset_of!(Self, taken), 1), AtomicRun::words(at, keys / 8), table]
    }

    fn size(_: &Shape) -> u64 {
        size_of::<Self>() as u64
    }

    fn check(shape: &Shape) -> Result<(), BadShape> {
        if shape.bucket_bits == 0 {
            return Err(BadShape { at: 48, expected: "keys of at least one word", found: 0 });
        }
        Ok(())
    }

    fn empty(_: &Shape) -> u64 {
        0
    }

    fn decode(bytes: &[u8], _: &Shape) -> u64 {
        word(bytes, offset_of!(Self, count))
    }

    fn merge(a: Stamped<u64>, b: Stamped<u64>, _: Merge) -> u64 {
        a.value.wrapping_add(b.value)
    }

    fn since(now: &u64, earlier: &u64) -> u64 {
        now.checked_sub(*earlier).unwrap_or(*now)
    }

    fn summary(count: &u64) -> Summary<'_> {
        Summary::number(Role::Counter, (*count).into(), Some((*count).into()))
    }
}
