#![forbid(unsafe_code)]
//! Where the parts of each kind of field lie, from the field's start. `docs/format.md` § 5.

use crate::schema::{Kind, ScalarType};

/// The stamp of a value that was not set since there is more than one lane.
pub const UNSET: u64 = 1;

/// A `Gauge`.
pub mod gauge {
    /// When it was set.
    pub const STAMP: usize = 0;
    /// What it was set to.
    pub const VALUE: usize = 8;
}

/// A `Text` or a `ConstantText`.
pub mod text {
    /// When it was set.
    pub const STAMP: usize = 8;
    /// How many bytes the text has.
    pub const LEN: usize = 16;
    /// The text.
    pub const BYTES: usize = 24;
}

/// An `Average`.
pub mod average {
    /// How many samples there were.
    pub const COUNT: usize = 8;
    /// What they add up to.
    pub const SUM: usize = 16;
    /// How large it is.
    pub const SIZE: usize = 24;
}

/// A `MovingAverage`.
pub mod moving_average {
    /// How many samples there were.
    pub const COUNT: usize = 8;
    /// The latest samples.
    pub const RING: usize = 16;
}

/// A `Timer`.
pub mod timer {
    /// How many durations were recorded.
    pub const COUNT: usize = 8;
    /// What they add up to.
    pub const SUM: usize = 16;
    /// The shortest.
    pub const MIN: usize = 24;
    /// The longest.
    pub const MAX: usize = 32;
    /// When the last one was recorded.
    pub const LAST_AT: usize = 40;
    /// How many are running.
    pub const RUNNING: usize = 48;
    /// The sum of the times at which those were started.
    pub const STARTED_SUM: usize = 56;
    /// The latest durations; the buckets follow right behind them.
    pub const RING: usize = 64;
}

/// Where the stamp lies, in a field that has one.
pub(crate) fn stamp(kind: Kind) -> Option<usize> {
    match kind {
        Kind::Gauge => Some(gauge::STAMP),
        Kind::Text => Some(text::STAMP),
        _ => None,
    }
}

/// How many bytes from a field's start on have to belong together: all of them, and if its writer is
/// too busy for that, at least these. 0 if none have to.
pub(crate) fn locked(kind: Kind, capacity: usize) -> usize {
    match kind {
        Kind::Counter | Kind::UpDown | Kind::Gauge | Kind::Constant => 0,
        Kind::Text | Kind::ConstantText => text::BYTES + capacity,
        Kind::Average => average::SIZE,
        Kind::MovingAverage => moving_average::RING + 8 * capacity,
        Kind::Timer => timer::RING,
    }
}

/// How many bytes a field takes at least.
pub fn needed(kind: Kind, scalar: ScalarType, capacity: u32, buckets: u32) -> u64 {
    let words = |offset: usize, words: u32| offset as u64 + 8 * u64::from(words);
    match kind {
        Kind::Counter | Kind::UpDown => 8,
        Kind::Gauge => (gauge::VALUE + scalar.size()) as u64,
        Kind::Constant => scalar.size() as u64,
        Kind::Text | Kind::ConstantText => text::BYTES as u64 + u64::from(capacity),
        Kind::Average => average::SIZE as u64,
        Kind::MovingAverage => words(moving_average::RING, capacity),
        Kind::Timer => words(timer::RING, capacity) + words(0, buckets),
    }
}
