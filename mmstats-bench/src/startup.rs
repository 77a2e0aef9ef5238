//! What starting takes, in fresh processes: the first time is what users pay.

use std::convert::Infallible;
use std::error::Error;
use std::fs::OpenOptions;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use clap::ValueEnum;
use memmap2::{Advice, MmapOptions};
use mmstats::{Counter, Gauge, MmStats, Text, Timer};

use crate::{machine, table};

const ROUNDS: usize = 101;

#[derive(MmStats)]
struct Stats {
    done: Counter,
    load: Gauge<u64>,
    request: Timer,
    user: Text<64>,
}

/// What a fresh process does once, and how long that takes.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Step {
    /// A file of four pages, made, mapped and touched
    Bare,
    /// The first `create` of the process
    First,
    /// Another one
    Second,
    /// The first timer
    Timer,
    /// The first timer after 20 ms, when the counter takes over from the kernel's clock
    TimerLater,
    /// The first clock of the crate that many take instead of ours
    Quanta,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Bare => "a bare file, made, mapped and touched",
            Self::First => "`create`, the first of a process",
            Self::Second => "`create`, later",
            Self::Timer => "the first `Timer`, from start to recorded",
            Self::TimerLater => "the `Timer` at which the counter takes over",
            Self::Quanta => "`quanta::Clock::new`, the first of a process",
        }
    }
}

pub(crate) fn run(directory: &Path) -> Result<(), Box<dyn Error>> {
    let cores = u32::try_from(thread::available_parallelism()?.get())?;
    println!("{}", machine::describe(cores, &["mmstats", "quanta"]));
    println!("{ROUNDS} processes for each row, one after the other in turns.\n");
    let mut samples = vec![Vec::with_capacity(ROUNDS); Step::value_variants().len()];
    for _ in 0..ROUNDS {
        for (step, samples) in Step::value_variants().iter().zip(&mut samples) {
            let directory = tempfile::tempdir_in(directory)?;
            let step = step.to_possible_value().ok_or("a step has a name")?;
            let output = Command::new(env::current_exe()?)
                .args(["startup", "--step", step.get_name(), "--directory"])
                .arg(directory.path())
                .output()?;
            let ns: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
            samples.push(ns / 1000.0);
        }
    }
    let rows: Vec<_> = Step::value_variants()
        .iter()
        .zip(samples)
        .map(|(step, mut samples)| {
            samples.sort_by(f64::total_cmp);
            let [middle, most] = [samples[ROUNDS / 2], samples[ROUNDS * 9 / 10]];
            vec![step.name().to_owned(), table::figure(middle), table::figure(most)]
        })
        .collect();
    table::print(&["", "µs, median", "9 of 10 take less"].map(String::from), &rows, false);
    Ok(())
}

/// Does it, and prints how many nanoseconds it took.
pub(crate) fn step(step: Step, directory: &Path) -> Result<(), Box<dyn Error>> {
    let create = || Stats::builder().path(directory).filename("{CMD}-{PID}.mmstats").create();
    let took = match step {
        Step::Bare => time(|| bare(&directory.join("bare")))?,
        Step::First => time(create)?,
        Step::Second => {
            let _first = create()?;
            time(create)?
        }
        Step::Timer => {
            let stats = create()?;
            time(|| Ok::<_, Infallible>(stats.request.start().stop()))?
        }
        Step::TimerLater => {
            let stats = create()?;
            thread::sleep(Duration::from_millis(25));
            time(|| Ok::<_, Infallible>(stats.request.start().stop()))?
        }
        Step::Quanta => time(|| Ok::<_, Infallible>(black_box(quanta::Clock::new())))?,
    };
    println!("{}", took.as_nanos());
    Ok(())
}

fn time<R, E>(work: impl FnOnce() -> Result<R, E>) -> Result<Duration, E> {
    let start = Instant::now();
    let result = work();
    let took = start.elapsed();
    result.map(|result| {
        drop(result);
        took
    })
}

/// The least that there is to do for a file that appears complete.
fn bare(path: &Path) -> Result<memmap2::MmapRaw, Box<dyn Error>> {
    let temporary = path.with_extension("tmp");
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(&temporary)?;
    rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, 4 * 4096)?;
    let map = MmapOptions::new().map_raw(&file)?;
    map.advise(Advice::PopulateWrite)?;
    fs::rename(temporary, path)?;
    Ok(map)
}
