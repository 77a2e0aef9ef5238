//! The runtime of [mmstats](https://docs.rs/mmstats): use that crate, which adds the derive.
//!
//! | module | contents |
//! |---|---|
//! | `kind` | the kinds of statistics, one a file: storage, decoding, merging, summary |
//! | `schema` | the tree that describes a struct, in const |
//! | `format` | the bytes of a file |
//! | `writer` | the handle, its lanes, and the creation of a file |
//! | `reader` | files, snapshots, and what changed between two of them |
//! | `follow` | sets of files over time |
//! | `cleanup` | removal of files that nobody writes any more |

#![cfg_attr(
    not(feature = "reader"),
    allow(
        dead_code,
        unreachable_pub,
        unused_imports,
        reason = "a kind has both sides in one file"
    )
)]

#[cfg(not(all(target_os = "linux", target_endian = "little", target_has_atomic = "64")))]
compile_error!("mmstats is for little-endian Linux with 64-bit atomics");

mod buckets;
#[cfg(feature = "reader")]
mod cleanup;
mod clock;
mod error;
#[cfg(feature = "reader")]
mod follow;
mod format;
mod kind;
mod liveness;
#[cfg(feature = "memory-map")]
mod memory_map;
mod naming;
mod place;
mod process;
mod procfs;
#[cfg(feature = "reader")]
mod reader;
mod schema;
mod seqlock;
mod sync;
mod system;
mod writer;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private_0_1;

// What a program declares.
pub use kind::{
    Average, Bits, Constant, ConstantText, Counter, Gauge, GaugeValue, Histogram, Initial,
    MovingAverage, Over, Precision, Progress, Statistic, Text, Timer, TimerGuard, UpDown,
};
pub use schema::{Field, MmStats};
// What a program holds.
pub use error::{CreateError, CreateErrorKind, FlushError};
pub use writer::{
    Builder, Detached, Mapped, SetOnce, TaskTimer, Warning, guard_against_truncation,
};
// What everybody else reads.
#[cfg(feature = "reader")]
pub use error::{ReadError, ReadErrorKind};
#[cfg(feature = "reader")]
pub use follow::{Event, FollowId, Follower, Listing, Sighting};
#[cfg(feature = "reader")]
pub use liveness::State;
#[cfg(feature = "reader")]
pub use place::default_globs;
#[cfg(feature = "serde")]
pub use reader::ViewError;
#[cfg(feature = "reader")]
pub use reader::{Delta, Lane, Reader, Snapshot, Stat, WriterInfo};
#[cfg(feature = "reader")]
pub use schema::{Key, KeyBuf};
// What is read, in the writer's process too.
pub use kind::{
    Bucket, Distribution, Headline, Kind, Mean, Role, Running, Samples, Scalar, Summary, Timing,
    Value, Window, Work,
};
pub use schema::{Merge, ScalarType};
// For what the kinds of statistics do not cover.
#[cfg(feature = "memory-map")]
pub use memory_map::{MemoryMap, Shareable};
// What removes what nobody writes any more.
#[cfg(feature = "reader")]
pub use cleanup::{Claim, Leftover, Remains, leftovers};
