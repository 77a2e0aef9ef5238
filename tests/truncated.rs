//! A file that somebody truncates, and limits on the size of files: no end of a writer is a signal.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use mmstats::{Counter, Mapped, MmStats, Reader, State, Value, guard_against_truncation};
use mmstats_testing::{Child, again, role, say, wrapped};
use rustix::mm::{MapFlags, ProtFlags, mmap};
use rustix::process::{Resource, Rlimit, setrlimit};
use signal_hook::consts::SIGBUS;
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
        let expected =
            "w.mmstats: cannot flush it: it was truncated: remove it and restart this program";
        assert!(error.ends_with(expected), "{error}");
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

// The guard.

#[test]
fn child_counts_after_a_truncation() {
    let Some(directory) = role("child_counts_after_a_truncation") else { return };
    let guarded = env::var_os("GUARDED").is_some();
    let handled = Arc::new(AtomicBool::new(false));
    if env::var_os("HANDLER").is_some() {
        signal_hook::flag::register(SIGBUS, handled.clone()).unwrap();
    }
    let before = create(&directory);
    if guarded {
        guard_against_truncation().unwrap();
        guard_against_truncation().unwrap();
    }
    say("ready");
    truncate(before.path().unwrap(), 0);
    before.done.inc();
    assert_eq!(before.total(|stats| &stats.done), 1, "the page is new");
    let _ = fs::remove_file(before.path().unwrap());
    // Files that are created later are guarded too, and each of their lanes.
    let after = create(&directory);
    thread::scope(|scope| {
        scope.spawn(|| {
            after.done.inc();
            truncate(after.path().unwrap(), 4096);
            after.done.add(5);
        });
    });
    assert_eq!(after.total(|stats| &stats.done), 5);
    assert!(before.flush().is_err() && after.flush().is_err());
    assert!(!handled.load(Relaxed), "it was not for the program's handler");
    drop((before, after));
    say("done");
    // Signals of others go to the previous handler.
    signal_hook::low_level::raise(SIGBUS).unwrap();
    say(if handled.load(Relaxed) { "handled" } else { "ignored" });
}

fn counting_child(directory: &Path, wrapper: &[&str], variables: &[&str]) -> Child {
    let mut command = wrapped(wrapper, "child_counts_after_a_truncation", directory);
    let mut child = Child::spawn(command.envs(variables.iter().map(|name| (name, "1"))));
    assert_eq!(child.hear(), "ready");
    child
}

#[test]
fn without_a_guard_the_next_store_is_a_signal() {
    let directory = tempdir().unwrap();
    let status = counting_child(directory.path(), &[], &[]).end();
    assert_eq!(status.signal(), Some(SIGBUS));
}

#[test]
fn with_a_guard_the_writer_goes_on_and_other_signals_are_passed_on() {
    let directory = tempdir().unwrap();
    let mut child = counting_child(directory.path(), &[], &["GUARDED", "HANDLER"]);
    assert_eq!((child.hear(), child.hear()), ("done".into(), "handled".into()));
    child.end_well();
    // The standard library of Rust does not replace an action that ignores the signal.
    let ignoring = ["sh", "-c", "trap '' BUS; exec \"$0\" \"$@\""];
    let mut child = counting_child(directory.path(), &ignoring, &["GUARDED"]);
    assert_eq!((child.hear(), child.hear()), ("done".into(), "ignored".into()));
    child.end_well();
}

#[test]
fn child_loses_a_page_of_another_file() {
    let Some(directory) = role("child_loses_a_page_of_another_file") else { return };
    guard_against_truncation().unwrap();
    let _stats = create(&directory);
    let path = directory.join("other");
    let file = File::options().read(true).write(true).create_new(true).open(path).unwrap();
    file.set_len(4096).unwrap();
    // SAFETY: a new mapping, at an address that the kernel chooses.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let page = unsafe {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        mmap(ptr::null_mut(), 4096, access, MapFlags::SHARED, &file, 0).unwrap()
    };
    file.set_len(0).unwrap();
    say("ready");
    // SAFETY: the mapping is readable, and the test expects the signal.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let read = unsafe { page.cast::<u8>().read_volatile() };
    say(read);
}

#[test]
fn a_guard_does_not_hide_the_faults_of_others() {
    let directory = tempdir().unwrap();
    let ignoring = ["sh", "-c", "trap '' BUS; exec \"$0\" \"$@\""];
    for wrapper in [&[][..], &ignoring] {
        let role = "child_loses_a_page_of_another_file";
        let mut child = Child::spawn(&mut wrapped(wrapper, role, directory.path()));
        assert_eq!(child.hear(), "ready");
        assert_eq!(child.end().signal(), Some(SIGBUS));
        fs::remove_file(directory.path().join("other")).unwrap();
    }
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
