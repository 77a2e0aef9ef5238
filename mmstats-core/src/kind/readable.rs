#![forbid(unsafe_code)]
//! The interface between a kind and the readers.

use super::{Stamped, Summary};
use crate::schema::{Merge, Shape};

/// The reading side of a kind: its bytes, and the values that they become.
///
/// It depends on the [`Shape`] in a file, not on the type's own parameters.
pub(crate) trait Readable {
    /// The number that stands for the kind in a file. `docs/format.md` § 3.2.
    const CODE: u16;

    /// A decoded value.
    type Value;

    /// The parts of its bytes. `docs/format.md` § 5 lists the same, and a test compares them.
    const PARTS: &'static [Part];

    /// The offset of the stamp, if the kind has one.
    const STAMP: Option<usize> = None;

    /// Returns the parts that are no counts but what was set, which a forked child keeps, as does a
    /// new lane of a constant. `own` adds what belongs to guards of the lane's thread.
    fn state(_: &Shape, _own: bool) -> [AtomicRun; 3] {
        [AtomicRun::NONE; 3]
    }

    /// Whether its values show times of the writer's clock: the methods below about time apply to
    /// no others.
    const HAS_CLOCK: bool = false;

    /// Returns the number of bytes that a statistic of this shape takes at least.
    fn size(shape: &Shape) -> u64;

    /// Returns how many bytes, from the sequence number at the start, are consistent only if that
    /// number did not change: 0 if the kind has none.
    fn locked(_: &Shape) -> usize {
        0
    }

    /// Checks the parameters of a shape that a file claims.
    fn check(_: &Shape) -> Result<(), BadShape> {
        Ok(())
    }

    /// Returns the value of a lane that nothing was written to.
    fn empty(shape: &Shape) -> Self::Value;

    /// Decodes a lane's bytes, of which there are at least [`size`](Self::size).
    fn decode(bytes: &[u8], shape: &Shape) -> Self::Value;

    /// Merges the values of two lanes or files.
    fn merge(a: Stamped<Self::Value>, b: Stamped<Self::Value>, merge: Merge) -> Self::Value;

    /// Returns what happened since the value was `earlier`: everything, if it was reset meanwhile.
    fn since(now: &Self::Value, earlier: &Self::Value) -> Self::Value;

    /// Returns what tools show of a value.
    fn summary(value: &Self::Value) -> Summary<'_>;

    /// Returns the latest time, by the writer's clock, at which this value shows that its writer
    /// was alive; 0 if it shows none.
    fn seen_ns(_: &Self::Value) -> u64 {
        0
    }

    /// Corrects the sum over lanes of which some are missing.
    fn lanes_are_missing(_: &mut Self::Value) {}

    /// Tells the value what the writer's clock shows now.
    fn set_now_ns(_: &mut Self::Value, _now_ns: u64) {}

    /// Tells the value that its writer has ended.
    fn set_ended(_: &mut Self::Value) {}
}

/// Atomics of one width, one behind the other, in a statistic's bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AtomicRun {
    /// Their offset from the start of the statistic.
    pub(crate) at: usize,
    /// The width of each in bytes.
    pub(crate) width: usize,
    pub(crate) count: usize,
}

impl AtomicRun {
    pub(super) const NONE: Self = Self { at: 0, width: 8, count: 0 };

    pub(super) const fn words(at: usize, count: usize) -> Self {
        Self { at, width: 8, count }
    }
}

/// A part of a statistic's bytes.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Its name in the code and in `docs/format.md`.
    pub name: &'static str,
    /// Its offset from the start of the statistic …
    pub offset: usize,
    /// … plus this expression, if it is not empty.
    pub plus: &'static str,
    /// Its size, as an expression.
    pub size: &'static str,
}

impl Part {
    /// A word at this offset.
    pub(super) const fn word(name: &'static str, offset: usize) -> Self {
        Self::sized(name, offset, "8")
    }

    /// A part of another size.
    pub(super) const fn sized(name: &'static str, offset: usize, size: &'static str) -> Self {
        Self { name, offset, plus: "", size }
    }
}

/// A parameter of a shape in a file that no statistic can have.
#[derive(Debug)]
pub(crate) struct BadShape {
    /// The offset of the parameter in its field record.
    pub(crate) at: usize,
    pub(crate) expected: &'static str,
    pub(crate) found: u64,
}

/// Returns the little-endian word at `at`.
pub(crate) fn word(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

/// Returns `count` words from `at` on.
pub(super) fn words(bytes: &[u8], at: usize, count: usize) -> impl Iterator<Item = u64> {
    (0..count).map(move |index| word(bytes, at + 8 * index))
}
