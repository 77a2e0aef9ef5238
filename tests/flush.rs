//! `flush` writes the file back and records when.

use std::time::Duration;

use mmstats::{Counter, MmStats, Reader};

#[derive(MmStats)]
struct Stats {
    done: Counter,
}

#[test]
fn a_flush_records_its_time() {
    let directory = tempfile::tempdir().unwrap();
    let stats = Stats::builder().directory(directory.path()).create().unwrap();
    let reader = Reader::open(stats.path().unwrap()).unwrap();
    assert_eq!(reader.snapshot().unwrap().writer().flushed(), None);
    stats.flush().unwrap();
    let flushed = reader.snapshot().unwrap().writer().flushed().unwrap();
    assert!(flushed >= reader.snapshot().unwrap().writer().created().unwrap());
    stats.flush_async().unwrap();
    assert!(reader.snapshot().unwrap().writer().flushed().unwrap() >= flushed);
}

#[test]
fn flush_every_flushes_when_it_is_due() {
    let directory = tempfile::tempdir().unwrap();
    let stats = Stats::builder().directory(directory.path()).create().unwrap();
    let hour = Duration::from_hours(1);
    assert!(stats.flush_every(hour).unwrap(), "the first flush is due");
    assert!(!stats.flush_every(hour).unwrap(), "the next flush is due after an hour");
    let other = Stats::builder().directory(directory.path()).create().unwrap();
    assert!(other.flush_every(Duration::ZERO).unwrap());
    assert!(other.flush_every(Duration::ZERO).unwrap(), "without an interval, it is always due");
}

#[test]
fn lanes_of_other_threads_are_flushed_too() {
    let directory = tempfile::tempdir().unwrap();
    let stats = Stats::builder().directory(directory.path()).create().unwrap();
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
    let stats = Stats::builder().directory("/nowhere/at/all").create_or_detached();
    stats.done.inc();
    stats.flush().unwrap();
    assert!(stats.detached().is_some() && stats.path().is_none());
    assert_eq!(stats.total(|stats| &stats.done), 1);
}
