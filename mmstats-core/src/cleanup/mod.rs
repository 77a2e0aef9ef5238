//! Removal of files that nobody writes any more.

mod claim;
mod directory;
mod leftovers;
mod lock;
mod refusal;

pub use claim::{Claim, Remains};
pub use leftovers::{Leftover, leftovers};
