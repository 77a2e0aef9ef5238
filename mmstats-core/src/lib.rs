//! The runtime of [mmstats](https://docs.rs/mmstats): use that crate, which adds the derive.
//!
//! | module | what is in it |
//! |---|---|
//! | `schema` | what a struct says of itself, in const |
//! | `format` | the bytes of a file |
//! | `field` | the statistics that a struct can declare |
//! | `writer` | the handle, its lanes, and how a file comes to be |
//! | `value` | what was read |
//! | `reader` | files, snapshots, and what changed between two of them |
//! | `follow` | sets of files over time |
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(not(all(target_os = "linux", target_endian = "little", target_has_atomic = "64")))]
compile_error!("mmstats is for little-endian Linux with 64-bit atomics");

mod buckets;
mod clock;
mod error;
mod field;
mod follow;
pub mod format;
mod hold;
mod leftover;
mod liveness;
mod place;
#[doc(hidden)]
pub mod private;
mod process;
mod reader;
mod schema;
mod seqlock;
mod value;
mod writer;

// What a program declares.
pub use field::{
    Average, Constant, ConstantText, Counter, Field, Gauge, GaugeValue, Initial, MovingAverage,
    Text, Timer, TimerGuard, UpDown,
};
// What a program holds.
pub use error::{CreateError, CreateErrorKind};
pub use writer::{Builder, Mapped, MmStats, SetOnce, TaskTimer};
// What everybody else reads.
pub use error::{ReadError, ReadErrorKind};
pub use follow::{Event, FollowId, Follower, Listing, Sighting};
pub use liveness::State;
pub use place::default_globs;
pub use reader::{Delta, Lane, Reader, Snapshot, Stat, Writer};
pub use schema::{Kind, Merge, ScalarType};
pub use value::{Mean, Scalar, Timing, Value, Window};
// What removes what nobody writes any more.
pub use leftover::{Leftover, leftovers};
pub use reader::{Claim, Remains};
