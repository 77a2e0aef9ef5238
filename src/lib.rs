//! Statistics that a program publishes through memory, at no cost to itself, and that everyone
//! can read: while it runs, or after it died.
//!
//! ```
//! use mmstats::{Counter, MmStats, Reader, Timer};
//!
//! #[derive(MmStats)]
//! struct Stats {
//!     /// Requests that were answered.
//!     requests: Counter,
//!     /// From the request to its answer.
//!     answer: Timer,
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path();
//! let stats = Stats::builder().directory(path).file("web-{PID}.mmstats").create()?;
//! std::thread::scope(|scope| {
//!     for _ in 0..4 {
//!         scope.spawn(|| {
//!             let _timing = stats.answer.start(); // recorded when dropped
//!             stats.requests.inc();
//!         });
//!     }
//! });
//!
//! // Any other program sees the same, without asking this one.
//! let snapshot = Reader::open(stats.path().expect("it has a file"))?.snapshot()?;
//! assert_eq!(snapshot.get("requests").and_then(|value| value.as_f64()), Some(4.0));
//! # Ok(())
//! # }
//! ```
//!
//! # Writing
//! Derive [`MmStats`](macro@MmStats) on a struct of statistics: [`Counter`], [`UpDown`],
//! [`Gauge`], [`Text`], [`Average`], [`MovingAverage`], [`Timer`], [`Histogram`], [`Progress`],
//! [`Constant`], [`ConstantText`].
//! A struct of statistics can be a field of another one, and so can an array, or a [`Family`] with a
//! member for each value of a [`Label`](macro@Label), or a [`DynFamily`] with one for each key that comes up.
//! Of a struct in a [`Group`], readers see each
//! update as a whole.
//!
//! [`create`](trait@MmStats) it, or use its [`Builder`]. The result is a [`Mapped`] handle, which
//! dereferences to the calling thread's own copy of the struct, its *lane*: writing a statistic is
//! a plain store to memory, on any number of threads.
//!
//! Creation can fail, and returns why ([`CreateError`]); nothing after it can. If statistics must
//! not stop the program, `create_or_detached` continues without a file.
//!
//! Files need Linux. On other systems, `create` and [`Reader::open`] return an error, and
//! `create_or_detached` counts in memory, so that a program builds and runs there too.
//!
//! # Reading
//! What reads is behind the feature `reader`, so that programs that only write do not build it.
//!
//! A [`Reader`] takes [`Snapshot`]s of one file. A snapshot has the [`State`] of the writer, a
//! [`Value`] for each statistic with the lanes merged, and for each lane. Readers never map a
//! file and trust nothing in it.
//!
//! A [`Follower`] follows many files over time, as writers start, restart and end. Each look at a
//! [`Listing`] returns a [`Sighting`] of every file: its snapshot, and what changed since the look
//! before.
//!
//! ```
//! use mmstats::{Counter, Follower, Listing, MmStats, Value};
//!
//! #[derive(MmStats)]
//! struct Web {
//!     requests: Counter,
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let temporary = tempfile::tempdir()?;
//! # let directory = temporary.path();
//! let mut follower = Follower::new();
//! follower.look(Listing::of_directories([directory]));
//! let stats = Web::builder().directory(directory).create()?;
//! stats.requests.add(4);
//! for sighting in follower.look(Listing::of_directories([directory])) {
//!     // The file appeared after the first look, so all that it counted is new.
//!     let change = sighting.change().ok_or("no change")?;
//!     assert_eq!(change.get("requests"), Some(&Value::Counter(4)));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//! `serde` implements `Serialize` for [`Snapshot`], [`Delta`], [`Lane`] and [`Value`], and adds
//! `Snapshot::view`, which converts a snapshot to a struct that derives `Deserialize`.
//!
//! `memory-map` adds `MemoryMap`, a growable file that is mapped and shared.
#![cfg_attr(doctest, doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "reader"),
    allow(rustdoc::broken_intra_doc_links, reason = "what reads is not there")
)]
#![forbid(unsafe_code)]

#[doc(inline)]
pub use mmstats_derive::{Label, MmStats};

// What a program declares.
#[doc(inline)]
pub use mmstats_core::{
    Average, Bits, Constant, ConstantText, Counter, DynFamily, Family, Field, Gauge, GaugeValue,
    Group, Histogram, Initial, Keys, Label, Labels, MmStats, MovingAverage, Number, Over,
    Precision, Progress, Statistic, Text, Timer, TimerGuard, UpDown,
};
// What a program holds.
#[doc(inline)]
pub use mmstats_core::{
    Builder, CreateError, CreateErrorKind, Declaration, DeclareError, DeclareErrorKind, Declared,
    Detached, FamilyTotals, FlushError, GroupTotals, Mapped, Registry, RunTime, SetOnce, TaskTimer,
    Warning, guard_against_truncation,
};
// What reads.
#[cfg(feature = "reader")]
#[doc(inline)]
pub use mmstats_core::{
    Delta, Event, FollowId, Follower, Key, KeyBuf, Lane, Listing, ReadError, ReadErrorKind, Reader,
    Sighting, Snapshot, Stat, State, WriterInfo, default_globs,
};
// What is read.
#[cfg(feature = "serde")]
#[doc(inline)]
pub use mmstats_core::ViewError;
#[doc(inline)]
pub use mmstats_core::{
    Bucket, Distribution, Headline, Kind, Mean, Merge, Role, Running, Samples, Scalar, ScalarType,
    Summary, Timing, Value, Window, Work,
};
// For what the kinds of statistics do not cover.
#[cfg(all(feature = "memory-map", target_os = "linux"))]
#[doc(inline)]
pub use mmstats_core::{MemoryMap, Shareable};
// What removes files that nobody writes any more.
#[cfg(feature = "reader")]
#[doc(inline)]
pub use mmstats_core::{Claim, Leftover, Remains, leftovers};

/// Names for the derive of this version. Not part of the API.
#[doc(hidden)]
pub use mmstats_core::__private_0_1;
