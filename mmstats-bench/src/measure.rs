//! Interleaved measurement: each round runs every operation once, so that a machine whose speed
//! drifts slows all of them, and ratios hold.

use std::fs;
use std::hint::spin_loop;
use std::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Release},
};
use std::thread;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// How long each operation is repeated in a round, on each thread.
const STINT: Duration = Duration::from_millis(1);
const ROUNDS: usize = 101;

/// Threads that had to wait for a core, since other processes had it, do not measure what they cost
/// each other. What share of a stint that may be, how often it is tried again otherwise, and how
/// many rounds make a figure.
const BUSY: f64 = 0.02;
const TRIES: u32 = 4;
const FEWEST: usize = 7;

/// How many threads do the same at a time, and on how many cores.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Team {
    pub(crate) threads: u32,
    pub(crate) cores: u32,
}

impl Team {
    /// Whether threads have to wait for each other's time on a core.
    pub(crate) fn is_crowded(self) -> bool {
        self.threads > self.cores
    }

    fn rounds(self) -> usize {
        if self.is_crowded() { ROUNDS / 2 } else { ROUNDS }
    }
}

/// What a row is, beside which others are seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rank {
    /// The least that the machine lets it cost.
    Limit,
    Ours,
    /// What others take for the same.
    Peer,
    /// For orientation only.
    Beside,
}

/// An operation that can be repeated.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) rank: Rank,
    pub(crate) note: &'static str,
    work: Work,
    between: Option<Box<dyn FnMut()>>,
    count: Option<Box<dyn Fn() -> u64>>,
    done: u64,
}

/// So many by one thread, as soon as all of the team are there.
type Stint = dyn Fn(u32, &Start) -> Span + Sync;

enum Work {
    /// Repeated by as many threads as there are to be.
    Shared(Box<Stint>),
    /// Repeated by one, which says how long that took.
    Alone(Box<dyn FnMut(u32) -> Duration>),
}

/// When a thread was at it, for how long it had a core, and for how long it waited for one.
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

/// What a team made of a stint.
struct Sample {
    /// The time that counts, of each thread in the mean.
    each: Duration,
    /// Of the time of all threads, the share that they waited for a core.
    waited: f64,
}

impl Operation {
    /// The same for all threads. Takes any closure, here and below, so that the loop is compiled
    /// around what is in it.
    pub(crate) fn shared(
        rank: Rank,
        name: &'static str,
        operation: impl Fn() + Copy + Sync + 'static,
    ) -> Self {
        let work = move |times, start: &Start| stint(times, start, &mut { operation });
        Self::new(rank, name, Work::Shared(Box::new(work)))
    }

    /// Each thread prepares its own, and repeats what it got.
    pub(crate) fn prepared<O: FnMut()>(
        rank: Rank,
        name: &'static str,
        prepare: impl Fn() -> O + Sync + 'static,
    ) -> Self {
        let work = move |times, start: &Start| stint(times, start, &mut prepare());
        Self::new(rank, name, Work::Shared(Box::new(work)))
    }

    /// What one thread only may do.
    pub(crate) fn alone(
        rank: Rank,
        name: &'static str,
        mut operation: impl FnMut() + 'static,
    ) -> Self {
        Self::elsewhere(rank, name, move |times| time(times, &mut operation))
    }

    /// What repeats itself as often as it is told, and says how long that took.
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

    pub(crate) fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    /// What is to be done now and then, while nobody measures.
    pub(crate) fn between(mut self, between: impl FnMut() + 'static) -> Self {
        self.between = Some(Box::new(between));
        self
    }

    /// Says how often it was done, which is compared when all is over.
    pub(crate) fn counted(mut self, count: impl Fn() -> u64 + 'static) -> Self {
        self.count = Some(Box::new(count));
        self
    }

    /// Panics if not everything was done that was measured.
    pub(crate) fn check(&self) {
        if let Some(count) = &self.count {
            assert_eq!(count(), self.done, "{} counts what was done", self.name);
        }
    }

    /// Whether a team of this size can do it.
    pub(crate) fn suits(&self, team: Team) -> bool {
        team.threads == 1 || matches!(self.work, Work::Shared(_))
    }

    /// Nanoseconds for one, if the team had its cores for itself.
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

    /// How often it is done in a stint.
    fn times(&mut self, team: Team) -> u32 {
        let stint = if team.is_crowded() { 2 * STINT } else { STINT };
        let mut times = 16;
        loop {
            // The least: where a thread had to wait for a core, too few would seem to be enough.
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

/// Where a team comes together. Those who wait keep their core, where there is one for each: to wake
/// them would take as long as some stints do.
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

/// What each thread of a team does.
fn stint(times: u32, start: &Start, operation: &mut impl FnMut()) -> Span {
    repeat(warm_up(times), operation);
    let waited_before = waited();
    start.wait();
    let (worked_before, begin) = (worked(), Instant::now());
    repeat(times, operation);
    let (end, worked) = (Instant::now(), worked().saturating_sub(worked_before));
    Span { begin, end, worked, waited: waited().saturating_sub(waited_before) }
}

/// So that caches, pages and whatever is set up at the first time do not count.
fn warm_up(times: u32) -> u32 {
    times / 8 + 1
}

#[inline(never)]
fn repeat(times: u32, operation: &mut impl FnMut()) {
    for _ in 0..times {
        operation();
    }
}

/// How long it takes to do it so often.
pub(crate) fn time(times: u32, operation: &mut impl FnMut()) -> Duration {
    let begin = Instant::now();
    repeat(times, operation);
    begin.elapsed()
}

fn together(team: Team, times: u32, work: &Stint) -> Vec<Span> {
    let start = Start::new(team);
    thread::scope(|scope| {
        let start = &start;
        let threads: Vec<_> =
            (0..team.threads).map(|_| scope.spawn(|| work(times, start))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    })
}

/// What one operation took, in the medians of all rounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure {
    pub(crate) ns: f64,
    /// Times the limit, which is the first row.
    pub(crate) of_limit: Option<f64>,
    /// Times the fastest peer.
    pub(crate) of_peer: Option<f64>,
}

/// A figure for each of the operations that suit the team; none where the machine was so busy that
/// too few rounds count.
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
        Some(Figure { ns: ns(samples)?, of_limit: times(limit), of_peer: best.and_then(times) })
    };
    samples.iter().map(figure).collect()
}

/// How long the calling thread has had a core in all.
fn worked() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// How long the calling thread has been waiting for a core in all.
fn waited() -> Duration {
    let times = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let waited = times.split_whitespace().nth(1).and_then(|ns| ns.parse().ok());
    Duration::from_nanos(waited.unwrap_or(0))
}

/// Of the rounds that count.
fn median(samples: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let mut samples: Vec<_> = samples.flatten().collect();
    samples.sort_by(f64::total_cmp);
    (samples.len() >= FEWEST).then(|| samples[samples.len() / 2])
}

fn ns(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}
