//! Finds the files that the arguments of a tool name.

pub(crate) mod disk;
mod expand;
pub(crate) mod limits;
pub(crate) mod select;
