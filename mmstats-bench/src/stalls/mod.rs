//! The slowest of very many operations, where the file is in memory and where it is on a disk.

mod background;
mod first_touch;
mod kernel;
mod writer;

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use std::{env, thread};

use hdrhistogram::Histogram;
use hot_paths::Stats;
use mmstats::MmStats;
use quanta::Clock;

use writer::{Observed, Span};

/// What `mmstats-bench stalls` may be told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many increments, and five times fewer timers, in each place
    #[arg(long, value_name = "N", default_value_t = 100_000_000)]
    operations: u64,
    /// Write for so many seconds in each place instead, with pauses, so that write-back comes
    #[arg(long, value_name = "N", conflicts_with = "operations")]
    seconds: Option<u64>,
    /// A directory on a disk; otherwise where this program is
    #[arg(long, value_name = "DIR")]
    disk: Option<PathBuf>,
}

/// Where a file is, and what goes on meanwhile.
#[derive(Clone, Copy)]
struct Place<'a> {
    name: &'a str,
    directory: &'a Path,
    checkpoint: Option<&'a Path>,
    loaded: bool,
    flushed: bool,
}

pub(crate) fn run(args: Args) -> Result<(), Box<dyn Error>> {
    let disk = match args.disk {
        Some(directory) => directory,
        None => env::current_exe()?.parent().ok_or("this program is in a directory")?.to_owned(),
    };
    if is_in_memory(&disk)? {
        return Err(format!("{} is in memory: give --disk", disk.display()).into());
    }
    let span = match args.seconds {
        Some(seconds) => Span::Paced(Duration::from_secs(seconds)),
        None => Span::Rounds(args.operations),
    };
    let places = places(&disk);
    for place in &places[..2] {
        let faults = first_touch::page_faults(place.directory)?;
        println!("{}: {faults} page faults at the first write to each field", place.name);
    }
    println!("\n| where | operation | median | p99.9 | p99.999 | p99.9999 | slowest |");
    println!("|---|---|---:|---:|---:|---:|---:|");
    let clock = Clock::new();
    let mut faulted = Vec::new();
    for place in places {
        let (Observed { bare, inc, timer, took }, beside) = measure(&place, &disk, &clock, span)?;
        for (operation, times) in [("bare store", bare), ("`inc`", inc), ("`Timer`", timer)] {
            let row = format!("| {} | {operation}", place.name);
            let quantiles = [0.5, 0.999, 0.99999, 0.999_999, 1.0];
            println!("{row} | {} |", cells(&times.all, &quantiles, &clock));
            let (faults, waits) = (times.faulted.len(), times.waited.len());
            let how_long = cells(&times.faulted, &[0.5, 1.0], &clock);
            let waited = cells(&times.waited, &[1.0], &clock);
            let beside = format!("{} s{beside}", took.as_secs());
            faulted
                .push(format!("{row} | {faults} | {how_long} | {waits} | {waited} | {beside} |"));
        }
    }
    println!(
        "\n| where | operation | page faults | median | slowest | waited | slowest | beside |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---|");
    for row in faulted {
        println!("{row}");
    }
    Ok(())
}

/// In which order they are written to.
fn places(disk: &Path) -> [Place<'_>; 7] {
    let memory = Path::new("/dev/shm");
    let tmpfs =
        Place { name: "tmpfs", directory: memory, checkpoint: None, loaded: false, flushed: false };
    let on_disk = Place { name: "disk", directory: disk, ..tmpfs };
    [
        tmpfs,
        on_disk,
        Place { name: "disk, flushed", flushed: true, ..on_disk },
        Place { name: "tmpfs, disk loaded", loaded: true, ..tmpfs },
        Place { name: "disk, loaded", loaded: true, ..on_disk },
        Place { name: "disk, loaded, flushed", loaded: true, flushed: true, ..on_disk },
        Place {
            name: "tmpfs, checkpoint to the loaded disk, flushed",
            checkpoint: Some(disk),
            loaded: true,
            flushed: true,
            ..tmpfs
        },
    ]
}

/// Writes to a new file there; tells what was seen of it, and what went on beside it.
fn measure(
    place: &Place<'_>,
    disk: &Path,
    clock: &Clock,
    span: Span,
) -> Result<(Observed, String), Box<dyn Error>> {
    let directory = tempfile::tempdir_in(place.directory)?;
    let mut builder = Stats::builder().path(directory.path());
    let checkpoint = place.checkpoint.map(tempfile::tempdir_in).transpose()?;
    if let Some(checkpoint) = &checkpoint {
        builder = builder.checkpoint_to(checkpoint.path());
    }
    let stats = builder.create()?;
    let end = AtomicBool::new(false);
    thread::scope(|scope| {
        let load = place.loaded.then(|| scope.spawn(|| background::load(disk, &end)));
        if place.loaded {
            thread::sleep(Duration::from_secs(8)); // until as much waits to be written as may
        }
        let flush = place.flushed.then(|| scope.spawn(|| background::flush(&stats, &end)));
        let observed = writer::write(&stats, clock, span);
        end.store(true, Relaxed);
        let mut beside = String::new();
        if let Some(load) = load {
            let bytes = load.join().expect("it does not panic")?;
            write!(beside, ", {} MB written", bytes / 1_000_000)?;
        }
        if let Some(flush) = flush {
            write!(beside, ", {} flushes", flush.join().expect("it does not panic")?)?;
        }
        Ok((observed?, beside))
    })
}

fn cells(ticks: &Histogram<u64>, quantiles: &[f64], clock: &Clock) -> String {
    let cell = |&quantile: &f64| match ticks.len() {
        0 => "–".to_owned(),
        _ => human(clock.delta_as_nanos(0, ticks.value_at_quantile(quantile))),
    };
    quantiles.iter().map(cell).collect::<Vec<_>>().join(" | ")
}

fn human(ns: u64) -> String {
    match ns {
        0..1_000 => format!("{ns} ns"),
        1_000..1_000_000 => format!("{}.{} µs", ns / 1_000, ns / 100 % 10),
        _ => format!("{}.{} ms", ns / 1_000_000, ns / 100_000 % 10),
    }
}

/// Whether the directory is on a file system without a disk.
fn is_in_memory(directory: &Path) -> Result<bool, Box<dyn Error>> {
    const TMPFS: i64 = 0x0102_1994;
    Ok(rustix::fs::statfs(directory)?.f_type == TMPFS)
}
