//! A file that somebody truncates, and limits on the size of files: no end of a writer is a signal.

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::thread;

use mmstats::{Counter, Mapped, MmStats, Reader, State, Value};
use mmstats_testing::{Child, again, role, say};
use rustix::process::{Resource, Rlimit, setrlimit};
use tempfile::tempdir;

#[derive(MmStats)]
struct Stats {
    done: Counter,
}

fn truncate(path: &Path, len: u64) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(len).unwrap();
}

fn create(directory: &Path) -> Mapped<Stats> {
    let _ = fs::remove_file(directory.join("w.mmstats"));
    let stats = Stats::builder().directory(directory).file("w.mmstats").create().unwrap();
    stats.done.inc();
    stats
}

/// Runs the child in a directory of its own, and asserts that it ends well.
fn survives(role: &str) {
    let directory = tempdir().unwrap();
    let mut child = Child::spawn(&mut again(role, directory.path()));
    assert_eq!(child.hear(), "done");
    child.end_well();
}

#[test]
fn child_ends_after_a_truncation() {
    let Some(directory) = role("child_ends_after_a_truncation") else { return };
    for len in [0, 100, 4096, 8192] {
        let stats = create(&directory);
        truncate(stats.path().unwrap(), len);
        let error = stats.flush().unwrap_err().to_string();
        let expected = format!("w.mmstats: cannot flush it: it was truncated to {len} of ");
        assert!(error.contains(&expected), "{error}");
        assert!(error.ends_with(" bytes: remove it and restart this program"), "{error}");
        assert!(stats.flush_async().is_err());
        stats.close();
        drop(stats);
    }
    for (number, len) in [0, 100].into_iter().enumerate() {
        let kept = directory.join(format!("kept-{number}"));
        fs::create_dir(&kept).unwrap();
        let _ = fs::remove_file(directory.join("c.mmstats"));
        let builder = Stats::builder().directory(&directory).file("c.mmstats");
        let stats = builder.checkpoint_to(&kept).create().unwrap();
        stats.done.inc();
        stats.flush().unwrap();
        truncate(stats.path().unwrap(), len);
        assert!(stats.flush().is_err());
        drop(stats);
        // The last complete copy stays.
        let kept = Reader::open(kept.join("c.mmstats")).unwrap().snapshot().unwrap();
        assert_eq!(kept.get("done"), Some(&Value::Counter(1)));
    }
    say("done");
}

#[test]
fn a_writer_whose_file_was_truncated_flushes_closes_and_ends() {
    survives("child_ends_after_a_truncation");
}

#[test]
fn child_starts_and_ends_threads_after_a_truncation() {
    let Some(directory) = role("child_starts_and_ends_threads_after_a_truncation") else { return };
    for len in [0, 100, 4096] {
        let stats = create(&directory);
        thread::scope(|scope| {
            let ending = scope.spawn(|| {
                stats.done.inc();
                truncate(stats.path().unwrap(), len);
            });
            ending.join().unwrap();
            // The lane that was returned, and a new one.
            let first = scope.spawn(|| {
                truncate(stats.path().unwrap(), len);
                stats.done.inc();
                let second = scope.spawn(|| stats.done.inc());
                second.join().unwrap();
            });
            first.join().unwrap();
        });
    }
    say("done");
}

#[test]
fn threads_start_and_end_after_a_truncation() {
    survives("child_starts_and_ends_threads_after_a_truncation");
}

// Limits on the size of files.

#[test]
fn child_may_write_no_more() {
    let Some(directory) = role("child_may_write_no_more") else { return };
    let kept = directory.join("kept");
    fs::create_dir(&kept).unwrap();
    let builder = || Stats::builder().directory(&directory).file("c.mmstats");
    let stats = builder().checkpoint_to(&kept).create().unwrap();
    for (limit, place) in [
        (4096, "kept: cannot copy the statistics to a file here"),
        (512, "kept: cannot copy the statistics to a file here"),
        (256, "c.mmstats: cannot flush it"),
        (0, "c.mmstats: cannot flush it"),
    ] {
        stats.done.inc();
        let limit = Some(limit);
        setrlimit(Resource::Fsize, Rlimit { current: limit, maximum: None }).unwrap();
        let error = stats.flush().unwrap_err().to_string();
        assert!(error.contains(place), "{error}");
        assert!(error.ends_with("File too large (os error 27)"), "{error}");
        thread::scope(|scope| scope.spawn(|| stats.done.inc()).join()).unwrap();
    }
    assert_eq!(stats.total(|stats| &stats.done), 8);
    drop(stats);
    setrlimit(Resource::Fsize, Rlimit { current: None, maximum: None }).unwrap();
    let kept = Reader::open(kept.join("c.mmstats")).unwrap().snapshot().unwrap();
    assert_eq!(kept.get("done"), Some(&Value::Counter(0)), "that of the creation");
    assert_ne!(kept.state(), State::Live);
    say("done");
}

#[test]
fn a_checkpoint_beyond_the_limit_on_files_is_an_error_and_no_signal() {
    survives("child_may_write_no_more");
}
