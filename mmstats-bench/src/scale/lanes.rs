//! Lanes of a file: threads of one process, all of which are alive.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use mmstats::{Mapped, MmStats, Reader};

use super::Relation;
use crate::fleet::{Numbers, own_seconds};
use crate::median::{each, median};

const COUNTS: [usize; 7] = [1, 3, 10, 30, 100, 300, 1000];
const INCREMENTS: u32 = 100_000;
const ROUNDS: usize = 21;

/// Threads, each of which has a lane, and increments when it is told to.
struct Threads {
    stats: Mapped<Numbers>,
    go: Vec<Sender<()>>,
    started: Vec<JoinHandle<()>>,
    done: (Sender<f64>, Receiver<f64>),
}

pub(super) fn measure() -> Result<Vec<Relation>, Box<dyn Error>> {
    let directory = tempfile::tempdir_in("/dev/shm")?;
    let stats = Numbers::builder().path(directory.path()).create()?;
    let path = stats.path().map(Path::to_owned).ok_or("there is a file")?;
    let reader = Reader::open(&path)?;
    let mut lanes = Relation::new(
        "lanes",
        "Threads with a lane each, of 100 numbers",
        "lanes",
        "µs",
        ["claim of one more", "Mapped::read of a counter", "snapshot"],
    );
    let mut increment = Relation::new(
        "lanes-increment",
        "An increment, in time of a processor",
        "lanes",
        "ns",
        ["stats.count.inc() on each thread"],
    );
    let mut size =
        Relation::new("lanes-size", "The size of a file of 100 numbers", "lanes", "KiB", ["file"]);
    let mut threads = Threads { stats, go: vec![], started: vec![], done: mpsc::channel() };
    let mut claims = Vec::new();
    for count in COUNTS {
        while threads.go.len() < count {
            claims.push(threads.add());
        }
        // Of the latest, since a single one is a matter of chance.
        let latest = claims.len() - claims.len().div_ceil(10);
        let claim = median(claims[latest..].to_vec());
        let total = each(ROUNDS, || {
            black_box(threads.stats.read(|stats| &stats.c00));
        });
        let snapshot = each(ROUNDS, || drop(black_box(reader.snapshot())));
        lanes.add(count, &[claim, total, snapshot].map(|ns| Some(ns / 1e3)));
        increment.add(count, &[Some(threads.increment())]);
        #[expect(clippy::cast_precision_loss, reason = "it is drawn")]
        size.add(count, &[Some(path.metadata()?.len() as f64 / 1024.0)]);
    }
    drop(threads.go);
    for thread in threads.started {
        thread.join().map_err(|_| "a thread panicked")?;
    }
    Ok(vec![lanes, increment, size])
}

impl Threads {
    /// Starts one more, and tells how many nanoseconds it took to claim its lane.
    fn add(&mut self) -> f64 {
        let (go, told) = mpsc::channel();
        let (stats, done) = (self.stats.clone(), self.done.0.clone());
        self.started.push(thread::spawn(move || run(&stats, &told, &done)));
        self.go.push(go);
        self.done.1.recv().unwrap_or(f64::NAN)
    }

    /// The median nanoseconds of an increment, of all threads at once.
    fn increment(&self) -> f64 {
        let mut samples = Vec::new();
        for _ in 0..ROUNDS {
            for go in &self.go {
                let _ = go.send(());
            }
            samples.extend(self.done.1.iter().take(self.go.len()));
        }
        median(samples)
    }
}

/// Claims a lane, and increments whenever it is told to; says of each what it took, in
/// nanoseconds of the thread's own time, since there are more threads than processors.
fn run(stats: &Mapped<Numbers>, told: &Receiver<()>, done: &Sender<f64>) {
    let since = |begin: f64| (own_seconds() - begin) * 1e9;
    let begin = own_seconds();
    stats.c00.inc();
    let _ = done.send(since(begin));
    while told.recv().is_ok() {
        let begin = own_seconds();
        for _ in 0..INCREMENTS {
            black_box(stats).c00.inc();
        }
        let _ = done.send(since(begin) / f64::from(INCREMENTS));
    }
}
