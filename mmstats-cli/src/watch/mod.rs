//! Follows files over time, and merges several of them.

pub(crate) mod baseline;
pub(crate) mod figure;
pub(crate) mod history;
pub(crate) mod measure;
pub(crate) mod merge;
pub(crate) mod progress;
pub(crate) mod rate;
pub(crate) mod track;
pub(crate) mod watcher;
