//! The statistics that a struct can declare, one a file.

mod average;
mod constant;
mod counter;
mod gauge;
mod moving_average;
mod ring;
mod scalar;
mod stamp;
mod text;
mod timer;
mod timer_guard;
mod updown;

use std::cell::Cell;
use std::marker::PhantomData;

use zerocopy::FromBytes;

use crate::schema::{Merge, Shape};

pub use average::Average;
pub use constant::{Constant, ConstantText};
pub use counter::Counter;
pub use gauge::Gauge;
pub use moving_average::MovingAverage;
pub(crate) use ring::filled;
pub use scalar::GaugeValue;
pub use text::Text;
pub use timer::Timer;
pub use timer_guard::TimerGuard;
pub use updown::UpDown;

/// Keeps a field with the thread whose lane it lies in, so that it has one writer.
pub(crate) type OneWriter = PhantomData<Cell<()>>;

/// A statistic: what a field of a `#[derive(MmStats)]` struct can be.
///
/// Everything in a lane lies in memory that other processes can read and write at any time.
///
/// # Safety
/// 1. All of the type's memory is atomics (and padding), so that whatever writes to it at
///    whatever time, from this process or another, is no data race, and `&Self` may be used
///    from any thread, although not being `Sync` keeps users from doing so.
/// 2. Any bytes are a valid value. (`FromBytes`, which the compiler checks.)
/// 3. It does not implement `Drop`, and holds no pointer, handle or file descriptor.
/// 4. [`SHAPE`](Self::SHAPE) describes its layout, as in `docs/format.md` § 5.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a statistic",
    label = "a mapped file cannot hold this",
    note = "use `Counter`, `UpDown`, `Gauge<u64>`, `Text<64>`, `Average`, `MovingAverage<100>`, `Timer` or `Constant<u64>`"
)]
#[expect(unsafe_code, reason = "the one contract that the mapping relies on")]
pub unsafe trait Field: FromBytes {
    /// How a file describes it.
    const SHAPE: Shape;

    /// What all lanes hold together.
    type Total;

    /// Merges what the lanes hold, in the order in which they were claimed first.
    fn total<'a>(lanes: impl Iterator<Item = &'a Self>, merge: Merge) -> Self::Total
    where
        Self: 'a;
}

/// A statistic that can start with a value.
#[diagnostic::on_unimplemented(
    message = "`initial` has no meaning for `{Self}`",
    label = "this statistic starts empty",
    note = "`Gauge`, `UpDown`, `Text`, `Constant` and `ConstantText` can have an initial value"
)]
pub trait Initial {
    /// What it can start with.
    type Value<'a>;

    /// Stores the value with which it starts.
    fn set_initial(&self, value: Self::Value<'_>);
}
