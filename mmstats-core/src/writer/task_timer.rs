#![forbid(unsafe_code)]

use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use super::Mapped;
use crate::clock;
use crate::kind::{Bits, Precision, Timer};
use crate::schema::Field;

/// A running [`Timer`] that may move between threads, from [`Mapped::start`] or
/// [`Mapped::start_owned`].
///
/// It counts as running in the lane where it was started, and records in the lane of the thread
/// that drops it. Readers, who merge the lanes, see no difference.
///
/// # Examples
/// A handle and a guard in one struct:
/// ```
/// use mmstats::{Mapped, MmStats, TaskTimer, Timer};
///
/// #[derive(MmStats)]
/// struct Web {
///     answer: Timer,
/// }
///
/// struct Request {
///     stats: Mapped<Web>,
///     timing: TaskTimer<Mapped<Web>, Web>,
/// }
///
/// # let stats = Web::detached();
/// let request = Request { timing: stats.start_owned(|web| &web.answer), stats };
/// request.timing.stop();
/// assert_eq!(request.stats.total(|web| &web.answer).count(), 1);
/// ```
#[must_use = "a guard that is dropped at once times nothing"]
pub struct TaskTimer<H, S, const N: usize = 100, const B: u8 = 4, F = fn(&S) -> &Timer<N, B>>
where
    H: Borrow<Mapped<S>>,
    S: Field,
    F: Fn(&S) -> &Timer<N, B>,
    Bits<B>: Precision,
{
    /// The handle and the field; `None` once it has stopped.
    timed: Option<(H, F)>,
    start_ns: u64,
    stats: PhantomData<fn() -> S>,
}

impl<H, S, const N: usize, const B: u8, F> TaskTimer<H, S, N, B, F>
where
    H: Borrow<Mapped<S>>,
    S: Field,
    F: Fn(&S) -> &Timer<N, B>,
    Bits<B>: Precision,
{
    pub(super) fn start(handle: H, field: F) -> Self {
        let start_ns = clock::now_ns();
        field(handle.borrow()).enter(start_ns);
        Self { timed: Some((handle, field)), start_ns, stats: PhantomData }
    }

    /// Returns how long it has been running.
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(clock::now_ns().saturating_sub(self.start_ns))
    }

    /// Records the time and returns it.
    pub fn stop(mut self) -> Duration {
        let end_ns = clock::now_ns();
        self.end(|timer, start_ns| timer.finish(start_ns, end_ns));
        Duration::from_nanos(end_ns.saturating_sub(self.start_ns))
    }

    /// Stops without recording anything.
    pub fn cancel(mut self) {
        self.end(Timer::leave);
    }

    fn end(&mut self, record: impl FnOnce(&Timer<N, B>, u64)) {
        if let Some((handle, field)) = self.timed.take() {
            record(field(handle.borrow()), self.start_ns);
        }
    }
}

impl<H, S, const N: usize, const B: u8, F> Drop for TaskTimer<H, S, N, B, F>
where
    H: Borrow<Mapped<S>>,
    S: Field,
    F: Fn(&S) -> &Timer<N, B>,
    Bits<B>: Precision,
{
    fn drop(&mut self) {
        self.end(|timer, start_ns| timer.finish(start_ns, clock::now_ns()));
    }
}

impl<H, S, const N: usize, const B: u8, F> fmt::Debug for TaskTimer<H, S, N, B, F>
where
    H: Borrow<Mapped<S>>,
    S: Field,
    F: Fn(&S) -> &Timer<N, B>,
    Bits<B>: Precision,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskTimer").field("elapsed", &self.elapsed()).finish_non_exhaustive()
    }
}
