//! What each operation costs, beside the least that the machine lets it cost.

use std::error::Error;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use mmstats::{Counter, Gauge, MmStats, Text, Timer};

use crate::measure::{Operation, compare};

#[derive(MmStats)]
struct Stats {
    done: Counter,
    load: Gauge<u64>,
    request: Timer,
    user: Text<64>,
}

const TEXT: &str = "Ελένη Παπαδοπούλου <eleni@example.org>, Athens.";

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    // In memory, as a service's file is.
    let directory = tempfile::tempdir_in("/dev/shm")?;
    let stats = Stats::builder().path(directory.path()).create()?;
    let lane = &*stats;
    let bare = AtomicU64::new(0);
    let clock = quanta::Clock::new();
    let eternity = Duration::from_secs(1 << 32);
    const { assert!(TEXT.len() == 64) };

    table(&mut [
        Operation::new("a bare load, add and store", || {
            let count = black_box(&bare);
            count.store(count.load(Relaxed).wrapping_add(1), Relaxed);
        }),
        Operation::new("Counter::inc on a hoisted lane", || black_box(lane).done.inc()),
        Operation::new("Counter::inc through the handle", || black_box(&stats).done.inc()),
        Operation::new("a shared fetch_add", || {
            black_box(&bare).fetch_add(1, Relaxed);
        }),
    ]);
    table(&mut [
        Operation::new("a bare store", || black_box(&bare).store(black_box(7), Relaxed)),
        Operation::new("Gauge::set on a hoisted lane", || black_box(lane).load.set(black_box(7))),
        Operation::new("Text::set, 64 bytes", || black_box(lane).user.set(black_box(TEXT))),
    ]);
    table(&mut [
        Operation::new("two raw clock reads", || {
            black_box(clock.raw());
            black_box(clock.raw());
        }),
        Operation::new("Timer, from start to recorded", || drop(black_box(lane).request.start())),
        Operation::new("flush_every, not due", || {
            let due = black_box(&stats).flush_every(eternity);
            debug_assert!(due.is_ok());
        }),
    ]);
    Ok(())
}

/// Measures all in turn and prints each with its ratio to the first.
fn table(operations: &mut [Operation<'_>]) {
    let results = compare(operations);
    for (operation, (ns, ratio)) in operations.iter().zip(results) {
        println!("{:34} {ns:8.2} ns {ratio:8.2} ×", operation.name);
    }
    println!();
}
