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
//! let stats = Stats::builder().path(path).filename("web-{PID}.mmstats").create()?;
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
//! [`Gauge`], [`Text`], [`Average`], [`MovingAverage`], [`Timer`], [`Constant`], [`ConstantText`].
//! [`create`](trait@MmStats) it, or use its [`Builder`]. What you get is a [`Mapped`] handle, which
//! dereferences to the calling thread's own copy of the struct, its *lane*: writing a statistic is
//! a plain store to memory, on any number of threads.
//!
//! Creation can fail, and says why ([`CreateError`]); nothing after it can. Where statistics must
//! not stop the program, `create_or_detached` goes on without a file.
//!
//! # Reading
//! A [`Reader`] takes [`Snapshot`]s of one file, a [`Scanner`] of all files of some directories.
//! A snapshot tells what became of the writer ([`State`]), has a [`Value`] for each statistic with
//! the lanes merged, and each lane by itself. Readers never map a file and trust nothing in it.
#![cfg_attr(doctest, doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]

#[doc(inline)]
pub use mmstats_core::*;
#[doc(inline)]
pub use mmstats_derive::MmStats;

/// Names for the derive, and nothing else. Not part of the API.
#[doc(hidden)]
pub use mmstats_core::private as __private;
