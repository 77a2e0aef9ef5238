//! Compares and merges files: saved copies, totals over several files, and measures of a value.

pub(crate) mod baseline;
pub(crate) mod measure;
pub(crate) mod total;
