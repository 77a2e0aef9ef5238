//! What happens to files over time, and how several are put together.

pub(crate) mod baseline;
pub(crate) mod figure;
pub(crate) mod history;
pub(crate) mod measure;
pub(crate) mod merge;
pub(crate) mod progress;
pub(crate) mod rate;
pub(crate) mod track;
pub(crate) mod watcher;
