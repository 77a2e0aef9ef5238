//! The thread that is timed: each operation by itself, in turn with a bare store.

use std::error::Error;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use hot_paths::Stats;
use quanta::Clock;

use super::kernel::Counts;

/// How many rounds are between two looks at whether it is time to end, or to sleep.
const BATCH: u64 = 1000;
/// A timer takes as long as a dozen increments: it has its turn in every fifth round.
const TIMER_EVERY: u64 = 5;

/// For how long is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Span {
    /// As fast as it goes.
    Rounds(u64),
    /// With a pause of a millisecond after each thousand.
    Paced(Duration),
}

/// What takes longer is asked after, which takes some microseconds itself.
const SLOW_NS: u64 = 700;

/// How long an operation took, in ticks of the clock's counter.
#[derive(Debug)]
pub(super) struct Times {
    pub(super) all: Histogram<u64>,
    /// Those in which a page fault was.
    pub(super) faulted: Histogram<u64>,
    /// Those of these in which the thread waited for something.
    pub(super) waited: Histogram<u64>,
}

impl Times {
    fn new() -> Result<Self, Box<dyn Error>> {
        let empty = || Histogram::new_with_max(1 << 42, 3);
        Ok(Self { all: empty()?, faulted: empty()?, waited: empty()? })
    }
}

/// What was seen of one place.
#[derive(Debug)]
pub(super) struct Observed {
    pub(super) bare: Times,
    pub(super) inc: Times,
    pub(super) timer: Times,
    pub(super) took: Duration,
}

pub(super) fn write(lane: &Stats, clock: &Clock, span: Span) -> Result<Observed, Box<dyn Error>> {
    let (mut bare, mut inc, mut timer) = (Times::new()?, Times::new()?, Times::new()?);
    let word = Box::new(AtomicU64::new(0)); // in memory that nobody else has to do with
    run_in(lane, &word);
    let mut slow = Slow::new(clock)?;
    let start = Instant::now();
    let mut rounds = 0;
    while span.goes_on(rounds, start) {
        if matches!(span, Span::Paced(_)) {
            thread::sleep(Duration::from_millis(1));
            slow.counts = Counts::now()?; // the pause was a wait
        }
        for round in rounds..rounds + BATCH {
            let at = clock.raw();
            black_box(&word).store(round, Relaxed);
            slow.record(&mut bare, clock.raw() - at)?;
            let at = clock.raw();
            black_box(lane).done.inc();
            slow.record(&mut inc, clock.raw() - at)?;
            if round % TIMER_EVERY == 0 {
                let at = clock.raw();
                drop(black_box(lane).request.start());
                slow.record(&mut timer, clock.raw() - at)?;
            }
        }
        rounds += BATCH;
    }
    Ok(Observed { bare, inc, timer, took: start.elapsed() })
}

impl Span {
    fn goes_on(self, rounds: u64, start: Instant) -> bool {
        match self {
            Self::Rounds(all) => rounds < all,
            Self::Paced(all) => start.elapsed() < all,
        }
    }
}

/// Finds out why an operation was slow.
struct Slow {
    ticks: u64,
    /// At the last look.
    counts: Counts,
}

impl Slow {
    fn new(clock: &Clock) -> Result<Self, Box<dyn Error>> {
        const MANY: u64 = 1_000_000;
        let ticks = SLOW_NS * MANY / clock.delta_as_nanos(0, MANY).max(1);
        let mut slow = Self { ticks, counts: Counts::now()? };
        slow.explain(&mut Times::new()?, 0)?; // what that touches is touched now
        slow.explain(&mut Times::new()?, 0)?;
        Ok(slow)
    }

    #[inline]
    fn record(&mut self, times: &mut Times, ticks: u64) -> Result<(), Box<dyn Error>> {
        times.all.saturating_record(ticks);
        if ticks > self.ticks { self.explain(times, ticks) } else { Ok(()) }
    }

    #[cold]
    fn explain(&mut self, times: &mut Times, ticks: u64) -> Result<(), Box<dyn Error>> {
        let before = std::mem::replace(&mut self.counts, Counts::now()?);
        if self.counts.faults() > before.faults() {
            times.faulted.saturating_record(ticks);
            if self.counts.waits > before.waits {
                times.waited.saturating_record(ticks);
            }
        }
        Ok(())
    }
}

/// Until the timer's clock knows how fast the counter runs.
fn run_in(lane: &Stats, word: &AtomicU64) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(50) {
        word.store(1, Relaxed);
        drop(lane.request.start());
    }
}
