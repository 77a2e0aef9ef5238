//! The kinds of statistics, one a file: what each stores, and how readers decode, merge, subtract
//! and show it.
//!
//! `table.rs` lists them. Nothing else in the workspace matches on kinds: a new one is its file, its
//! row in the table, and its section in `docs/format.md`.

mod atomics;
mod average;
mod constant;
mod constant_text;
mod counter;
mod distribution;
mod gauge;
mod gauge_value;
mod histogram;
mod moving_average;
mod overflow;
mod precision;
mod progress;
mod readable;
mod ring;
mod scalar;
#[cfg(feature = "serde")]
mod serialize;
mod stamp;
mod stamped;
mod statistic;
mod summary;
mod table;
mod text;
mod timer;
mod timing;
mod totals;
mod updown;
mod value;
mod work;

pub use atomics::Atomics;
pub(crate) use atomics::atomics;
pub use average::{Average, Mean};
pub use constant::Constant;
pub use constant_text::ConstantText;
pub use counter::Counter;
pub use distribution::Distribution;
pub use gauge::Gauge;
pub use gauge_value::GaugeValue;
pub use histogram::Histogram;
pub use moving_average::{MovingAverage, Window};
pub(crate) use overflow::Overflow;
pub use precision::{Bits, Precision};
pub use progress::{Over, Progress};
pub use readable::Part;
pub(crate) use readable::{AtomicRun, BadShape, Readable, word};
pub use scalar::Scalar;
#[cfg(feature = "serde")]
pub(crate) use serialize::entries;
pub(crate) use stamp::UNSET;
pub(crate) use stamped::Stamped;
pub(crate) use statistic::OneWriter;
pub(crate) use statistic::Sealed;
pub use statistic::{Creation, Initial, Statistic};
pub use summary::{Headline, Role, Running, Samples, Summary};
pub use table::{Kind, Value};
pub use text::Text;
pub(crate) use text::start;
pub use timer::{Timer, TimerGuard};
pub use timing::{Bucket, Timing};
pub use updown::UpDown;
pub use work::Work;
