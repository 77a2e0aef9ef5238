//! Interleaved measurement: each round runs every operation once, so that a drift of the machine's
//! speed affects all operations alike, and their ratios stay meaningful.

use std::fs;
use std::hint::spin_loop;
use std::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Release},
};
use std::thread;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// The time for which each thread repeats an operation in a round.
const STINT: Duration = Duration::from_millis(1);
const ROUNDS: usize = 101;

/// The share of a stint that threads may wait for a core.
///
/// If other processes use the cores, the threads do not measure what they cost each other.
const BUSY: f64 = 0.02;
/// The number of attempts at a stint before the machine counts as too busy.
const TRIES: u32 = 4;
/// The least number of valid rounds for a figure.
const FEWEST: usize = 7;

/// Threads that run the same operation at the same time, and the cores that they share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Team {
    pub(crate) threads: u32,
    pub(crate) cores: u32,
}

impl Team {
    /// Returns whether there are more threads than cores.
    pub(crate) fn is_crowded(self) -> bool {
        self.threads > self.cores
    }

    fn rounds(self) -> usize {
        if self.is_crowded() { ROUNDS / 2 } else { ROUNDS }
    }
}

/// The role of an operation in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rank {
    /// The lowest cost that the machine allows.
    Limit,
    /// mmstats.
    Ours,
    /// Another crate or library whose values can be read at any time.
    Peer,
    /// Another way to do the same, for orientation only.
    Beside,
}

/// An operation that is measured.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) rank: Rank,
    pub(crate) note: &'static str,
    work: Work,
    between: Option<Box<dyn FnMut()>>,
    count: Option<Box<dyn Fn() -> u64>>,
    done: u64,
}

/// Repeats an operation on one thread, once all threads of the team have arrived.
type Stint = dyn Fn(u32, &Start) -> Span + Sync;

enum Work {
    /// Repeated by each thread of a team.
    Shared(Box<Stint>),
    /// Repeated by one thread only; returns the duration.
    Alone(Box<dyn FnMut(u32) -> Duration>),
}

/// The time of one thread in a stint: when it ran, and how long it had or awaited a core.
struct Span {
    begin: Instant,
    end: Instant,
    worked: Duration,
    waited: Duration,
}

impl Span {
    fn length(&self) -> Duration {
        self.end - self.begin
    }
}

/// The result of a stint for the whole team.
struct Sample {
    /// The mean time per thread.
    each: Duration,
    /// The share of their time that the threads waited for a core.
    waited: f64,
}

impl Operation {
    /// Creates an operation that all threads share.
    ///
    /// This and the other constructors are generic over the closure, so that the compiler inlines
    /// it into the measured loop.
    pub(crate) fn shared(
        rank: Rank,
        name: &'static str,
        operation: impl Fn() + Copy + Sync + 'static,
    ) -> Self {
        let work = move |times, start: &Start| stint(times, start, &mut { operation });
        Self::new(rank, name, Work::Shared(Box::new(work)))
    }

    /// Creates an operation that each thread prepares for itself.
    pub(crate) fn prepared<O: FnMut()>(
        rank: Rank,
        name: &'static str,
        prepare: impl Fn() -> O + Sync + 'static,
    ) -> Self {
        let work = move |times, start: &Start| stint(times, start, &mut prepare());
        Self::new(rank, name, Work::Shared(Box::new(work)))
    }

    /// Creates an operation that only one thread may run.
    pub(crate) fn alone(
        rank: Rank,
        name: &'static str,
        mut operation: impl FnMut() + 'static,
    ) -> Self {
        Self::elsewhere(rank, name, move |times| time(times, &mut operation))
    }

    /// Creates an operation that runs a given number of times and returns the duration itself.
    pub(crate) fn elsewhere(
        rank: Rank,
        name: &'static str,
        mut repeat: impl FnMut(u32) -> Duration + 'static,
    ) -> Self {
        let work = move |times| {
            repeat(warm_up(times));
            repeat(times)
        };
        Self::new(rank, name, Work::Alone(Box::new(work)))
    }

    fn new(rank: Rank, name: &'static str, work: Work) -> Self {
        Self { name, rank, note: "", work, between: None, count: None, done: 0 }
    }

    /// Sets the text of the last column.
    pub(crate) fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    /// Sets a function that is called before each measurement.
    pub(crate) fn between(mut self, between: impl FnMut() + 'static) -> Self {
        self.between = Some(Box::new(between));
        self
    }

    /// Sets a function that returns how often the operation was done; see [`check`](Self::check).
    pub(crate) fn counted(mut self, count: impl Fn() -> u64 + 'static) -> Self {
        self.count = Some(Box::new(count));
        self
    }

    /// Panics if the count differs from the number of operations that were measured.
    pub(crate) fn check(&self) {
        if let Some(count) = &self.count {
            assert_eq!(count(), self.done, "{} counts every operation", self.name);
        }
    }

    /// Returns whether a team of this size can run the operation.
    pub(crate) fn suits(&self, team: Team) -> bool {
        team.threads == 1 || matches!(self.work, Work::Shared(_))
    }

    /// Returns the nanoseconds per operation, or `None` if the machine was too busy.
    fn round(&mut self, team: Team, times: u32) -> Option<f64> {
        let alone = team.threads == 1 || team.is_crowded();
        let mut samples = (0..TRIES).map(|_| self.sample(team, times));
        let sample = samples.find(|sample| alone || sample.waited <= BUSY)?;
        Some(ns(sample.each) / f64::from(times))
    }

    fn sample(&mut self, team: Team, times: u32) -> Sample {
        if let Some(between) = &mut self.between {
            between();
        }
        self.done += u64::from(team.threads) * u64::from(times + warm_up(times));
        let spans = match &mut self.work {
            Work::Alone(work) => {
                return Sample { each: work(times), waited: 0.0 };
            }
            Work::Shared(work) if team.threads == 1 => vec![work(times, &Start::new(team))],
            Work::Shared(work) => together(team, times, work),
        };
        let begin = spans.iter().map(|span| span.begin).min();
        let end = spans.iter().map(|span| span.end).max();
        let wall = begin.zip(end).map_or(Duration::ZERO, |(begin, end)| end - begin);
        let time = if team.is_crowded() { |span: &Span| span.worked } else { Span::length };
        let total: Duration = spans.iter().map(time).sum();
        let waited: Duration = spans.iter().map(|span| span.waited).sum();
        Sample { each: total / team.threads, waited: ns(waited) / ns(wall * team.threads) }
    }

    /// Returns how often the operation fits into a stint.
    fn times(&mut self, team: Team) -> u32 {
        let stint = if team.is_crowded() { 2 * STINT } else { STINT };
        let mut times = 16;
        loop {
            // The minimum, because a thread that waits for a core seems to need fewer repetitions.
            let samples = (0..TRIES).map(|_| self.sample(team, times).each);
            let took = samples.min().unwrap_or(stint);
            if took * 4 >= stint {
                let times = stint.as_nanos() * u128::from(times) / took.as_nanos();
                return u32::try_from(times).map_or(u32::MAX / 2, |times| times.max(1));
            }
            times *= 4;
        }
    }
}

/// A barrier at which the threads of a team start together.
///
/// If there is a core for each thread, they spin: waking them would take as long as some stints.
struct Start {
    team: Team,
    there: AtomicU32,
}

impl Start {
    fn new(team: Team) -> Self {
        Self { team, there: AtomicU32::new(0) }
    }

    fn wait(&self) {
        self.there.fetch_add(1, Release);
        while self.there.load(Acquire) < self.team.threads {
            if self.team.is_crowded() { thread::yield_now() } else { spin_loop() }
        }
    }
}

/// Runs a stint on the calling thread.
fn stint(times: u32, start: &Start, operation: &mut impl FnMut()) -> Span {
    repeat(warm_up(times), operation);
    let waited_before = waited();
    start.wait();
    let (worked_before, begin) = (worked(), Instant::now());
    repeat(times, operation);
    let (end, worked) = (Instant::now(), worked().saturating_sub(worked_before));
    Span { begin, end, worked, waited: waited().saturating_sub(waited_before) }
}

/// Returns the number of unmeasured repetitions, which fill caches and do one-time setup.
fn warm_up(times: u32) -> u32 {
    times / 8 + 1
}

#[inline(never)]
fn repeat(times: u32, operation: &mut impl FnMut()) {
    for _ in 0..times {
        operation();
    }
}

/// Measures how long an operation takes if it is repeated the given number of times.
pub(crate) fn time(times: u32, operation: &mut impl FnMut()) -> Duration {
    let begin = Instant::now();
    repeat(times, operation);
    begin.elapsed()
}

/// Runs a stint on all threads of a team.
fn together(team: Team, times: u32, work: &Stint) -> Vec<Span> {
    let start = Start::new(team);
    thread::scope(|scope| {
        let start = &start;
        let threads: Vec<_> =
            (0..team.threads).map(|_| scope.spawn(|| work(times, start))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    })
}

/// The cost of an operation, as medians over all rounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure {
    pub(crate) ns: f64,
    /// The ratio to the limit, which is the first row.
    pub(crate) limit_ratio: Option<f64>,
    /// The ratio to the fastest peer.
    pub(crate) peer_ratio: Option<f64>,
}

/// Measures all operations with a team.
///
/// The figure is `None` if the operation does not suit the team, or if the machine was so busy that
/// too few rounds are valid.
pub(crate) fn compare(operations: &mut [Operation], team: Team) -> Vec<Option<Figure>> {
    let times: Vec<_> = operations
        .iter_mut()
        .map(|operation| operation.suits(team).then(|| operation.times(team)))
        .collect();
    let mut samples = vec![Vec::with_capacity(team.rounds()); operations.len()];
    for _ in 0..team.rounds() {
        for ((operation, samples), times) in operations.iter_mut().zip(&mut samples).zip(&times) {
            samples.push(times.and_then(|times| operation.round(team, times)));
        }
    }
    let ns = |samples: &[Option<f64>]| median(samples.iter().copied());
    let peers = operations.iter().zip(&samples).filter(|(row, _)| row.rank == Rank::Peer);
    let peers = peers.filter_map(|(_, samples)| Some((ns(samples)?, samples)));
    let best = peers.min_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, samples)| samples);
    let limit = &samples[0];
    let figure = |samples: &Vec<Option<f64>>| {
        let times = |others: &Vec<Option<f64>>| {
            median(samples.iter().zip(others).map(|(a, b)| Some((*a)? / (*b)?)))
        };
        Some(Figure {
            ns: ns(samples)?,
            limit_ratio: times(limit),
            peer_ratio: best.and_then(times),
        })
    };
    samples.iter().map(figure).collect()
}

/// Returns the calling thread's processor time.
fn worked() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// Returns how long the calling thread has waited for a core in total.
fn waited() -> Duration {
    let times = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let waited = times.split_whitespace().nth(1).and_then(|ns| ns.parse().ok());
    Duration::from_nanos(waited.unwrap_or(0))
}

/// Returns the median of the valid rounds, or `None` if they are too few.
fn median(samples: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let mut samples: Vec<_> = samples.flatten().collect();
    samples.sort_by(f64::total_cmp);
    (samples.len() >= FEWEST).then(|| samples[samples.len() / 2])
}

fn ns(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}
