//! What a writer needs of Linux: the file and its lock, and what happens around a fork, a signal and the
//! end of a thread.

mod checkpoint;
mod creation;
mod declarations;
pub(super) mod fork;
mod memfd;
mod name;
mod own_file;
mod publish;
mod room;
mod sigbus;
pub(super) mod signals;
mod template;
mod temporary;
pub(super) mod thread_end;
pub(super) mod thread_id;
mod vitals;

pub(super) use publish::Published;
pub(super) use room::may_print;
pub use sigbus::guard_against_truncation;
