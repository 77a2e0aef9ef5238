//! What `flush` promises: the file is written back, and says when.

use std::time::Duration;

use mmstats::{Counter, MmStats, Reader};

#[derive(MmStats)]
struct Stats {
    done: Counter,
}

#[test]
fn a_flush_says_when_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let stats = Stats::builder().path(directory.path()).create().unwrap();
    let reader = Reader::open(stats.path().unwrap()).unwrap();
    assert_eq!(reader.snapshot().unwrap().writer().flushed, None);
    stats.flush().unwrap();
    let flushed = reader.snapshot().unwrap().writer().flushed.unwrap();
    assert!(flushed >= reader.snapshot().unwrap().writer().created.unwrap());
    stats.flush_async().unwrap();
    assert!(reader.snapshot().unwrap().writer().flushed.unwrap() >= flushed);
}

#[test]
fn flush_every_flushes_when_it_is_due() {
    let directory = tempfile::tempdir().unwrap();
    let stats = Stats::builder().path(directory.path()).create().unwrap();
    let hour = Duration::from_hours(1);
    assert!(stats.flush_every(hour).unwrap(), "the first time it is due");
    assert!(!stats.flush_every(hour).unwrap(), "an hour later it is again");
    let other = Stats::builder().path(directory.path()).create().unwrap();
    assert!(other.flush_every(Duration::ZERO).unwrap());
    assert!(other.flush_every(Duration::ZERO).unwrap(), "with no interval it always is");
}

#[test]
fn lanes_of_other_threads_are_flushed_too() {
    let directory = tempfile::tempdir().unwrap();
    let stats = Stats::builder().path(directory.path()).create().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            stats.done.inc();
            stats.flush().unwrap();
        });
    });
    stats.flush().unwrap();
}

#[test]
fn a_detached_handle_has_nothing_to_flush() {
    let stats = Stats::builder().path("/nowhere/at/all").create_or_detached();
    stats.done.inc();
    stats.flush().unwrap();
    assert!(stats.detached().is_some() && stats.path().is_none());
    assert_eq!(stats.read(|stats| &stats.done), 1);
}
