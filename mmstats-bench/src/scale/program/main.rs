//! Measures the struct in `stats.rs`, and prints a line of numbers. Arguments: a directory in
//! memory, and one on a disk.

mod stats;

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use mmstats::{Mapped, MmStats, Reader};
use stats::Stats;

const INCREMENTS: u32 = 1_000_000;
const ROUNDS: usize = 31;

/// The median nanoseconds of one.
fn each(mut operation: impl FnMut()) -> f64 {
    let mut samples: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            operation();
            start.elapsed().as_secs_f64() * 1e9
        })
        .collect();
    samples.sort_by(f64::total_cmp);
    samples[ROUNDS / 2]
}

fn create(directory: &str) -> Mapped<Stats> {
    let stats = Stats::builder().path(directory).remove_on_drop(true).create();
    stats.expect("the file can be created")
}

fn main() {
    let directories: Vec<String> = std::env::args().skip(1).collect();
    let [memory, disk] = directories.as_slice() else { panic!("two directories") };
    let created = each(|| drop(create(memory)));
    let stats = create(memory);
    let path: &Path = stats.path().expect("there is a file");
    let increment = each(|| {
        for _ in 0..INCREMENTS {
            stats::last(black_box(&stats)).inc();
        }
    });
    let open = each(|| drop(black_box(Reader::open(path).expect("it can be read"))));
    let reader = Reader::open(path).expect("it can be read");
    let snapshot = each(|| drop(black_box(reader.snapshot().expect("it can be read"))));
    let flush = each(|| stats.flush().expect("it is in memory"));
    let size = path.metadata().expect("it is there").len();
    let on_disk = create(disk);
    let flush_disk = each(|| {
        stats::last(&on_disk).inc();
        on_disk.flush().expect("there is a disk");
    });
    let increment = increment / f64::from(INCREMENTS);
    println!("{created} {increment} {open} {snapshot} {flush} {flush_disk} {size}");
}
