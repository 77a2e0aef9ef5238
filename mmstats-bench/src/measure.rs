//! Interleaved measurement: each round runs every operation once, so that a machine whose speed
//! drifts slows all of them, and ratios hold.

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

/// Threads that had no core of their own for all of the time, since other processes did, do not
/// measure what they cost each other: so they try again, and the best counts.
const ENOUGH: f64 = 0.9;
const TRIES: u32 = 4;

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

    fn stint(self) -> Duration {
        match self.threads {
            1 => STINT,
            // Long beside what the threads of a team start one after the other.
            _ => 2 * STINT,
        }
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

/// When a thread was at it, and for how much of that it had a core.
struct Span {
    begin: Instant,
    end: Instant,
    worked: Duration,
}

impl Span {
    fn of(work: impl FnOnce()) -> Self {
        let before = processor_time();
        let begin = Instant::now();
        work();
        let end = Instant::now();
        Self { begin, end, worked: processor_time().saturating_sub(before) }
    }

    fn length(&self) -> Duration {
        self.end - self.begin
    }
}

/// What a team made of a stint.
struct Sample {
    /// For one operation.
    ns: f64,
    wall: Duration,
    /// Of the time of all threads, what they had a core for.
    share: f64,
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

    /// Nanoseconds for one, and how long the team was at it.
    fn sample(&mut self, team: Team, times: u32) -> (f64, Duration) {
        let mut best = self.attempt(team, times);
        for _ in 1..TRIES {
            if best.share >= ENOUGH || team.threads == 1 || team.is_crowded() {
                break;
            }
            let next = self.attempt(team, times);
            if next.share > best.share {
                best = next;
            }
        }
        (best.ns, best.wall)
    }

    fn attempt(&mut self, team: Team, times: u32) -> Sample {
        if let Some(between) = &mut self.between {
            between();
        }
        self.done += u64::from(team.threads) * u64::from(times + warm_up(times));
        let spans = match &mut self.work {
            Work::Alone(work) => {
                let wall = work(times);
                return Sample { ns: ns(wall) / f64::from(times), wall, share: 1.0 };
            }
            Work::Shared(work) if team.threads == 1 => vec![work(times, &Start::new(team))],
            Work::Shared(work) => together(team, times, work),
        };
        let begin = spans.iter().map(|span| span.begin).min();
        let end = spans.iter().map(|span| span.end).max();
        let wall = begin.zip(end).map_or(Duration::ZERO, |(begin, end)| end - begin);
        let total = if team.is_crowded() {
            wall * team.cores
        } else {
            spans.iter().map(Span::length).sum()
        };
        let worked: Duration = spans.iter().map(|span| span.worked).sum();
        Sample {
            ns: ns(total) / (f64::from(times) * f64::from(team.threads)),
            wall,
            share: ns(worked) / ns(wall * team.threads),
        }
    }

    /// How often it is done in a stint.
    fn times(&mut self, team: Team) -> u32 {
        let stint = team.stint() * team.threads.div_ceil(team.cores);
        let mut times = 16;
        loop {
            let (_, took) = self.sample(team, times);
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
    start.wait();
    Span::of(|| repeat(times, operation))
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
    Span::of(|| repeat(times, operation)).length()
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
    pub(crate) of_limit: f64,
    /// Times the fastest peer.
    pub(crate) of_peer: Option<f64>,
}

/// A figure for each of the operations that suit the team.
pub(crate) fn compare(operations: &mut [Operation], team: Team) -> Vec<Option<Figure>> {
    let times: Vec<_> = operations
        .iter_mut()
        .map(|operation| operation.suits(team).then(|| operation.times(team)))
        .collect();
    let mut samples = vec![Vec::with_capacity(team.rounds()); operations.len()];
    for _ in 0..team.rounds() {
        for ((operation, samples), times) in operations.iter_mut().zip(&mut samples).zip(&times) {
            if let Some(times) = times {
                samples.push(operation.sample(team, *times).0);
            }
        }
    }
    let peers = operations.iter().zip(&samples);
    let peers =
        peers.filter(|(operation, samples)| operation.rank == Rank::Peer && !samples.is_empty());
    let best = peers
        .map(|(_, samples)| samples)
        .min_by(|a, b| median(a.iter().copied()).total_cmp(&median(b.iter().copied())));
    samples
        .iter()
        .map(|own| {
            let ratio = |to: &[f64]| median(own.iter().zip(to).map(|(a, b)| a / b));
            (!own.is_empty()).then(|| Figure {
                ns: median(own.iter().copied()),
                of_limit: ratio(&samples[0]),
                of_peer: best.map(|best| ratio(best)),
            })
        })
        .collect()
}

/// What the calling thread has had of the processor.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

fn median(samples: impl Iterator<Item = f64>) -> f64 {
    let mut samples: Vec<_> = samples.collect();
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

fn ns(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}
