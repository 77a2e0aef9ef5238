//! Finds the files that the arguments of a tool name.

pub(crate) mod disk;
pub(crate) mod expand;
pub(crate) mod limits;
pub(crate) mod select;
