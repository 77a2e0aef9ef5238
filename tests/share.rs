//! The two example programs: the reader prints each value that is typed into the writer.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mmstats::{Counter, Gauge, Mapped, MmStats, Reader, State, Timer};

#[derive(MmStats)]
struct Shared {
    number: Gauge<i64>,
    count: Counter,
    timer: Timer,
}

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(600);

fn shared(directory: &Path) -> (Mapped<Shared>, Reader) {
    let shared = Shared::builder().directory(directory).file("a.mmstats").create().unwrap();
    let reader = Reader::open(shared.path().unwrap()).unwrap();
    (shared, reader)
}

#[test]
fn a_change_that_happened_already_is_returned_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let (shared, reader) = shared(directory.path());
    let seen = reader.snapshot().unwrap();
    shared.number.set(7);
    let changed = reader.wait_for_change(&seen, Duration::ZERO).unwrap().unwrap();
    assert_eq!(changed.get("number").unwrap().as_i64(), Some(7));
}

#[test]
fn without_a_change_the_time_runs_out() {
    let directory = tempfile::tempdir().unwrap();
    let (shared, reader) = shared(directory.path());
    // What runs becomes older, and is no change; nor is a notification alone.
    let _timing = shared.timer.start();
    let seen = reader.snapshot().unwrap();
    shared.notify();
    let start = Instant::now();
    let timeout = Duration::from_millis(20);
    assert!(reader.wait_for_change(&seen, timeout).unwrap().is_none());
    assert!(start.elapsed() >= timeout);
}

#[test]
fn a_store_without_a_notification_and_the_end_are_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let (shared, reader) = shared(directory.path());
    let seen = reader.snapshot().unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| reader.wait_for_change(&seen, LONG).unwrap().unwrap());
        shared.count.inc();
        let counted = waiting.join().unwrap();
        assert_eq!(counted.get("count").unwrap().as_u64(), Some(1));
        let waiting = scope.spawn(|| {
            let mut seen = counted;
            while seen.state() == State::Live {
                seen = reader.wait_for_change(&seen, LONG).unwrap().unwrap();
            }
            seen.state()
        });
        drop(shared);
        assert_eq!(waiting.join().unwrap(), State::Closed);
    });
}

#[test]
fn the_reader_prints_what_the_writer_is_told() {
    let test = std::env::current_exe().unwrap();
    let examples = test.ancestors().nth(2).unwrap().join("examples");
    if !examples.join("share_reader").exists() {
        println!("skipped: `cargo test` builds the examples, `cargo test --test` does not");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let start = |name: &str| {
        let mut command = Command::new(examples.join(name));
        command.current_dir(&directory).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.spawn().unwrap()
    };
    let mut writer = start("share_writer");
    let mut told = writer.stdin.take().unwrap();
    let mut prompt = BufReader::new(writer.stdout.take().unwrap()).lines();
    assert!(prompt.next().unwrap().unwrap().starts_with("Shared in "));
    let mut reader = start("share_reader");
    let mut printed = BufReader::new(reader.stdout.take().unwrap()).lines();
    let mut next = || printed.next().map(Result::unwrap);
    assert_eq!(next().as_deref(), Some("0"));
    for line in ["7 abc", "-8 xyz", "9"] {
        writeln!(told, "{line}").unwrap();
        // Number and letters are two stores: one may be seen without the other.
        while next().unwrap() != line {}
    }
    drop(told);
    assert!(writer.wait().unwrap().success());
    assert_eq!(next().as_deref(), Some("9"), "the end of the writer");
    assert_eq!(next(), None);
    assert!(reader.wait().unwrap().success());
}
