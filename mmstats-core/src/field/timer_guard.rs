use std::mem::ManuallyDrop;
use std::time::Duration;

use super::Timer;
use crate::clock;

/// A running [`Timer`], which records its time when dropped.
///
/// # Examples
/// ```
/// # use mmstats_core::Timer;
/// let request = Timer::<100>::default();
/// let timing = request.start();
/// assert!(timing.elapsed() <= timing.stop());
/// request.start().cancel();
/// assert_eq!(request.count(), 1);
/// ```
///
/// It stays on its thread:
/// ```compile_fail,E0277
/// # use mmstats_core::TimerGuard;
/// fn send<T: Send>() {}
/// send::<TimerGuard<100>>();
/// ```
#[must_use = "a guard that is dropped at once times nothing"]
#[derive(Debug)]
pub struct TimerGuard<'a, const N: usize = 100> {
    timer: &'a Timer<N>,
    start_ns: u64,
}

impl<'a, const N: usize> TimerGuard<'a, N> {
    #[inline]
    pub(super) fn start(timer: &'a Timer<N>) -> Self {
        Self::start_at(timer, clock::now_ns())
    }

    #[inline]
    fn start_at(timer: &'a Timer<N>, start_ns: u64) -> Self {
        timer.enter(start_ns);
        Self { timer, start_ns }
    }

    /// For how long it has been running.
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(clock::now_ns().saturating_sub(self.start_ns))
    }

    /// Records the time, tells it, and goes on from now.
    ///
    /// One look at the clock, where a stop and a start take two.
    /// ```
    /// # let rows = [1, 2, 3];
    /// # let row = mmstats_core::Timer::<100>::default();
    /// let mut timing = row.start();
    /// for _ in rows {
    ///     // …
    ///     timing.lap();
    /// }
    /// timing.cancel();
    /// assert_eq!(row.count(), 3);
    /// ```
    #[inline]
    pub fn lap(&mut self) -> Duration {
        let end_ns = clock::now_ns();
        let start_ns = std::mem::replace(&mut self.start_ns, end_ns);
        self.timer.lap(start_ns, end_ns);
        Duration::from_nanos(end_ns.saturating_sub(start_ns))
    }

    /// Records the time, and starts the timer of what comes next, with one look at the clock.
    /// ```
    /// # use mmstats_core::Timer;
    /// # let (parse, render) = (Timer::<100>::default(), Timer::<100>::default());
    /// let timing = parse.start();
    /// // …
    /// let timing = timing.then(&render);
    /// // …
    /// drop(timing);
    /// assert_eq!((parse.count(), render.count()), (1, 1));
    /// ```
    #[inline]
    pub fn then<const M: usize>(self, next: &Timer<M>) -> TimerGuard<'_, M> {
        let guard = ManuallyDrop::new(self);
        let end_ns = clock::now_ns();
        guard.timer.finish(guard.start_ns, end_ns);
        TimerGuard::start_at(next, end_ns)
    }

    /// Records the time, and tells it.
    #[inline]
    pub fn stop(self) -> Duration {
        let guard = ManuallyDrop::new(self);
        let end_ns = clock::now_ns();
        guard.timer.finish(guard.start_ns, end_ns);
        Duration::from_nanos(end_ns.saturating_sub(guard.start_ns))
    }

    /// Stops without recording anything.
    #[inline]
    pub fn cancel(self) {
        let guard = ManuallyDrop::new(self);
        guard.timer.leave(guard.start_ns);
    }
}

impl<const N: usize> Drop for TimerGuard<'_, N> {
    #[inline]
    fn drop(&mut self) {
        self.timer.finish(self.start_ns, clock::now_ns());
    }
}
