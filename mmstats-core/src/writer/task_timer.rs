#![forbid(unsafe_code)]

use std::fmt;
use std::mem::ManuallyDrop;
use std::time::Duration;

use super::{Mapped, MmStats};
use crate::clock;
use crate::field::Timer;

/// A running [`Timer`] that may move between threads: what [`Mapped::time`] gives.
///
/// It counts as running in the lane where it was started, and is recorded in the lane of the
/// thread that drops it; readers, who merge the lanes, see neither.
#[must_use = "a guard that is dropped at once times nothing"]
pub struct TaskTimer<'a, S: MmStats, F: Fn(&S) -> &Timer<N>, const N: usize> {
    stats: &'a Mapped<S>,
    field: F,
    start_ns: u64,
}

impl<'a, S: MmStats, F: Fn(&S) -> &Timer<N>, const N: usize> TaskTimer<'a, S, F, N> {
    pub(super) fn start(stats: &'a Mapped<S>, field: F) -> Self {
        let start_ns = clock::now_ns();
        field(stats).enter(start_ns);
        Self { stats, field, start_ns }
    }

    /// For how long it has been running.
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(clock::now_ns().saturating_sub(self.start_ns))
    }

    /// Records the time, and tells it.
    pub fn stop(self) -> Duration {
        let end_ns = clock::now_ns();
        let guard = ManuallyDrop::new(self);
        (guard.field)(guard.stats).finish(guard.start_ns, end_ns);
        Duration::from_nanos(end_ns.saturating_sub(guard.start_ns))
    }

    /// Stops without recording anything.
    pub fn cancel(self) {
        let guard = ManuallyDrop::new(self);
        (guard.field)(guard.stats).leave(guard.start_ns);
    }
}

impl<S: MmStats, F: Fn(&S) -> &Timer<N>, const N: usize> Drop for TaskTimer<'_, S, F, N> {
    fn drop(&mut self) {
        (self.field)(self.stats).finish(self.start_ns, clock::now_ns());
    }
}

impl<S: MmStats, F: Fn(&S) -> &Timer<N>, const N: usize> fmt::Debug for TaskTimer<'_, S, F, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskTimer").field("elapsed", &self.elapsed()).finish_non_exhaustive()
    }
}
