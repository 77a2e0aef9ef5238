//! Removal of files that nobody writes any more.

mod claim;
#[cfg(target_os = "linux")]
mod directory;
mod leftovers;
#[cfg_attr(not(target_os = "linux"), path = "no_lock.rs")]
mod lock;
mod refusal;

pub use claim::{Claim, Remains};
pub use leftovers::{Leftover, leftovers};
