//! Statistics that a program publishes through memory, at no cost to itself, and that everyone
//! can read.
#![cfg_attr(doctest, doc = include_str!("../README.md"))]

#[doc(inline)]
pub use mmstats_core::*;
#[doc(inline)]
pub use mmstats_derive::MmStats;

/// Names for the derive, and nothing else. Not part of the API.
#[doc(hidden)]
pub use mmstats_core::private as __private;
