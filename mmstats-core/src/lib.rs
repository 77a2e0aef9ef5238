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
    any(
        not(feature = "reader"),
        not(target_os = "linux"),
        target_endian = "big",
        mmstats_detached,
        miri
    ),
    allow(
        dead_code,
        unreachable_pub,
        unused_imports,
        reason = "a kind has both sides in one file, and a writer may have no file"
    )
)]

#[cfg(not(target_has_atomic = "64"))]
compile_error!("mmstats needs a processor with atomics of 64 bits");

mod buckets;
#[cfg(feature = "reader")]
mod cleanup;
mod clock;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
mod error;
#[cfg(feature = "reader")]
mod follow;
mod format;
mod kind;
#[cfg(target_os = "linux")]
mod liveness;
#[cfg_attr(
    any(not(target_os = "linux"), target_endian = "big", mmstats_detached, miri),
    path = "no_mapping.rs"
)]
mod memory;
#[cfg(all(feature = "memory-map", target_os = "linux"))]
mod memory_map;
#[cfg(target_os = "linux")]
mod naming;
#[cfg(target_os = "linux")]
mod place;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod procfs;
#[cfg(feature = "reader")]
mod reader;
mod schema;
mod seqlock;
mod state;
mod sync;
#[cfg(target_os = "linux")]
mod system;
mod writer;

#[cfg(not(target_os = "linux"))]
use elsewhere::{liveness, naming, place, process};

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private_0_1;

// What a program declares.
pub use kind::{
    Average, Bits, Constant, ConstantText, Counter, Gauge, GaugeValue, Histogram, Initial,
    MovingAverage, Over, Precision, Progress, Statistic, Text, Timer, TimerGuard, UpDown,
};
pub use schema::{
    DynFamily, Family, FamilyTotals, Field, Group, GroupTotals, Keys, Label, Labels, MmStats,
    Number,
};
// What a program holds.
pub use error::{CreateError, CreateErrorKind, DeclareError, DeclareErrorKind, FlushError};
pub use writer::{
    Builder, Declaration, Declared, Detached, Mapped, Registry, RunTime, SetOnce, TaskTimer,
    Warning, guard_against_truncation,
};
// What everybody else reads.
#[cfg(feature = "reader")]
pub use error::{ReadError, ReadErrorKind};
#[cfg(feature = "reader")]
pub use follow::{Event, FollowId, Follower, Listing, Sighting};
#[cfg(feature = "reader")]
pub use place::default_globs;
#[cfg(feature = "serde")]
pub use reader::ViewError;
#[cfg(feature = "reader")]
pub use reader::{Delta, Lane, Reader, Snapshot, Stat, WriterInfo};
#[cfg(feature = "reader")]
pub use schema::{Key, KeyBuf};
#[cfg(feature = "reader")]
pub use state::State;
// What is read, in the writer's process too.
pub use kind::{
    Bucket, Distribution, Headline, Kind, Mean, Role, Running, Samples, Scalar, Summary, Timing,
    Value, Window, Work,
};
pub use schema::{Merge, ScalarType};
// For what the kinds of statistics do not cover.
#[cfg(all(feature = "memory-map", target_os = "linux"))]
pub use memory_map::{MemoryMap, Shareable};
// What removes what nobody writes any more.
#[cfg(feature = "reader")]
pub use cleanup::{Claim, Leftover, Remains, leftovers};
