//! What readers ask the system of files: to open them with care, to read and to watch them, and their
//! status.

pub(crate) mod limit;
mod open;
pub(crate) mod status;
mod watch;

pub(super) use open::{open, read_exact_at};
pub(super) use watch::Watch;
