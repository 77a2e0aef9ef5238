//! Copies of the file on the disk, as of the last flush: complete, and replaced in one step.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Stdio;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use mmstats::{
    Builder, Claim, Counter, CreateErrorKind, Gauge, Mapped, MmStats, MovingAverage, Reader,
    Snapshot, State, Text, Timer, Value,
};
use mmstats_testing::{Child, again, names, role, say, wait_for_parent};
use tempfile::{TempDir, tempdir};

#[derive(MmStats)]
struct Stats {
    done: Counter,
    load: Gauge<u8>,
    user: Text<13>,
    request: Timer<4>,
}

/// The directories of the file and of its checkpoint.
struct Places {
    live: TempDir,
    kept: TempDir,
}

impl Places {
    fn new() -> Self {
        Self { live: tempdir().unwrap(), kept: tempdir().unwrap() }
    }

    fn builder(&self) -> Builder<Stats> {
        let builder = Stats::builder().directory(self.live.path()).file("w.mmstats");
        builder.checkpoint_to(self.kept.path())
    }

    /// Returns a snapshot of the checkpoint.
    fn kept(&self) -> Snapshot {
        snapshot(&self.kept.path().join("w.mmstats"))
    }
}

fn snapshot(path: &Path) -> Snapshot {
    Reader::open(path).unwrap().snapshot().unwrap()
}

fn done(snapshot: &Snapshot) -> u64 {
    match snapshot.get("done") {
        Some(Value::Counter(done)) => *done,
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_says_what_was_when_it_was_made() {
    let places = Places::new();
    let stats = places.builder().create().unwrap();
    assert_eq!(done(&places.kept()), 0, "creation makes one");
    stats.done.add(3);
    stats.load.set(7);
    stats.user.set("Ελένη");
    let timing = stats.request.start();
    stats.flush().unwrap();
    stats.done.inc();
    timing.cancel();

    let (live, kept) = (snapshot(stats.path().unwrap()), places.kept());
    assert_eq!((done(&live), done(&kept)), (4, 3));
    assert_eq!(kept.get("user"), Some(&Value::Text("Ελένη".into())));
    assert_eq!(kept.get("load"), live.get("load"));
    let Some(Value::Timer(request)) = kept.get("request") else { panic!() };
    assert_eq!(request.running(), 1);
    let Some(Value::Timer(later)) = places.kept().get("request").cloned() else { panic!() };
    assert_eq!(later.running_for(), request.running_for(), "the age at that time");
    assert!(kept.writer().is_checkpoint() && !live.writer().is_checkpoint());
    assert_eq!(kept.writer().file_id(), live.writer().file_id());
    assert_eq!(kept.state(), State::Live);
    assert_eq!(kept.lanes().len(), 1);

    let path = stats.checkpoint().unwrap();
    assert_eq!(path, places.kept.path().join("w.mmstats"));
    drop(stats);
    assert_eq!((places.kept().state(), done(&places.kept())), (State::Closed, 4));
    assert_eq!(names(&places.kept), ["w.mmstats"], "nothing else is left there");
}

#[test]
fn closing_makes_one_and_so_does_a_panic() {
    let places = Places::new();
    let stats = places.builder().create().unwrap();
    stats.done.inc();
    stats.close();
    assert_eq!((places.kept().state(), done(&places.kept())), (State::Closed, 1));
    stats.done.inc();
    assert!(stats.flush_every(Duration::ZERO).unwrap());
    assert_eq!(done(&places.kept()), 2);
    stats.done.inc();
    stats.flush_async().unwrap();
    assert_eq!(done(&places.kept()), 3);
    let panicked = thread::spawn(move || {
        let _stats = stats;
        panic!("expected by the test");
    });
    assert!(panicked.join().is_err());
    assert_eq!(places.kept().state(), State::Panicked);
}

#[test]
fn lanes_of_all_threads_are_in_it() {
    let places = Places::new();
    let stats = places.builder().create().unwrap();
    stats.done.inc();
    let together = Barrier::new(3);
    thread::scope(|scope| {
        let counts = || {
            stats.done.inc();
            together.wait();
        };
        let counting = [(); 3].map(|()| scope.spawn(counts));
        let _ = counting.map(|thread| thread.join().unwrap());
    });
    stats.flush().unwrap();
    assert_eq!((done(&places.kept()), places.kept().lanes().len()), (4, 4));
}

/// Large enough for the writer to interrupt a copy.
#[derive(MmStats)]
struct Large {
    numbers: MovingAverage<65_536>,
}

#[test]
fn what_belongs_together_is_from_one_moment() {
    let live = tempdir().unwrap();
    // In memory, so that many copies are fast.
    let kept = tempfile::tempdir_in("/dev/shm").unwrap();
    let builder = Large::builder().directory(live.path()).checkpoint_to(kept.path());
    let stats = builder.create().unwrap();
    let [stop, full] = [const { AtomicBool::new(false) }; 2];
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0u32.. {
                stats.numbers.add(number.into());
                if number >= 65_536 {
                    full.store(true, Relaxed);
                    // A pause, so that some copies are not interrupted.
                    thread::sleep(Duration::from_micros(1));
                }
                if stop.load(Relaxed) {
                    break;
                }
            }
        });
        while !full.load(Relaxed) {
            thread::yield_now();
        }
        let mut intact = 0;
        for _ in 0..200 {
            stats.flush().unwrap();
            let kept = snapshot(&stats.checkpoint().unwrap());
            let numbers = kept.stat("numbers").unwrap();
            let Value::MovingAverage(window) = numbers.value() else { panic!() };
            if !numbers.is_torn() {
                intact += 1;
                let newest = f64::from(u32::try_from(window.count()).unwrap() - 1);
                let mean = newest - 65_535.0 / 2.0;
                assert_eq!((window.count(), window.mean()), (window.count(), mean));
            }
        }
        stop.store(true, Relaxed);
        assert!(intact > 0, "not one of 200");
    });
}

#[test]
fn a_reader_of_the_previous_checkpoint_continues_with_the_latest() {
    let places = Places::new();
    let stats = places.builder().create().unwrap();
    let before = Reader::open(stats.checkpoint().unwrap()).unwrap();
    let inode = fs::metadata(stats.checkpoint().unwrap()).unwrap().ino();
    stats.done.inc();
    stats.flush().unwrap();
    assert_ne!(fs::metadata(stats.checkpoint().unwrap()).unwrap().ino(), inode);
    let first = before.snapshot().unwrap();
    assert_eq!((done(&first), first.state()), (1, State::Live));
    stats.done.add(5);
    stats.flush().unwrap();
    let second = before.snapshot().unwrap();
    let delta = second.since(&first).unwrap();
    let flushed = |snapshot: &Snapshot| snapshot.writer().flushed().unwrap();
    assert_eq!((second.taken(), first.taken()), (flushed(&second), flushed(&first)));
    assert!(delta.elapsed().unwrap() > Duration::ZERO && delta.rate("done").unwrap() > 0.0);
    // Another writer's checkpoint is not the latest one of this writer.
    drop(stats);
    let other = places.builder().create().unwrap();
    other.done.add(1000);
    other.flush().unwrap();
    assert!(done(&before.snapshot().unwrap()) < 1000);
}

#[test]
fn one_that_was_taken_away_is_made_anew() {
    let places = Places::new();
    let stats = places.builder().create().unwrap();
    fs::remove_file(stats.checkpoint().unwrap()).unwrap();
    stats.flush().unwrap();
    assert_eq!(places.kept().state(), State::Live);
    // Files of others stay.
    fs::remove_file(stats.checkpoint().unwrap()).unwrap();
    fs::write(places.kept.path().join("w.mmstats"), "a poem").unwrap();
    let error = stats.flush().unwrap_err().to_string();
    assert!(error.contains("w.mmstats: exists and is not a statistics file"), "{error}");
    drop(stats);
    assert_eq!(fs::read_to_string(places.kept.path().join("w.mmstats")).unwrap(), "a poem");
}

// Names and modes.

#[test]
fn it_has_the_name_and_the_mode_of_the_file() {
    let places = Places::new();
    let builder = places.builder().file("web-{PID}.mmstats").mode(0o640);
    let stats = builder.create().unwrap();
    let path = stats.checkpoint().unwrap();
    assert_eq!(path.file_name(), stats.path().unwrap().file_name());
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_second_writer_gets_a_number_and_a_dead_ones_place() {
    let places = Places::new();
    let other = tempdir().unwrap();
    let create = |live: &Path| -> Mapped<Stats> {
        let builder = places.builder().directory(live).file("web-{PID}.mmstats");
        builder.create().unwrap()
    };
    let first = create(places.live.path());
    let second = create(other.path());
    let name = format!("web-{}.2.mmstats", std::process::id());
    assert_eq!(second.checkpoint().unwrap(), places.kept.path().join(name));
    let path = first.checkpoint().unwrap();
    drop(first);
    assert_eq!(create(places.live.path()).checkpoint().unwrap(), path);
}

#[test]
fn it_is_removed_with_the_file() {
    let places = Places::new();
    let stats = places.builder().create().unwrap();
    stats.remove().unwrap();
    assert!(names(&places.live).is_empty() && names(&places.kept).is_empty());
    stats.flush().unwrap();
    drop(stats);
    assert!(names(&places.kept).is_empty(), "it is not made again");
    drop(places.builder().remove_on_drop(true).create().unwrap());
    assert!(names(&places.live).is_empty() && names(&places.kept).is_empty());
}

// Failures.

#[test]
fn a_directory_that_cannot_be_written_to_is_an_error_at_creation() {
    let places = Places::new();
    let missing = places.kept.path().join("missing");
    let error = places.builder().checkpoint_to(&missing).create().unwrap_err();
    assert_eq!(error.path(), missing);
    assert!(matches!(error.kind(), CreateErrorKind::Io { .. }), "{error}");
    assert!(names(&places.live).is_empty(), "nothing is left behind");

    let stats = places.builder().checkpoint_to(&missing).create_or_detached();
    assert!(stats.detached().is_none() && stats.checkpoint().is_none());
    stats.done.inc();
    assert_eq!(done(&snapshot(stats.path().unwrap())), 1, "the file itself is there");
    let error = stats.flush().unwrap_err();
    assert!(error.to_string().contains("missing: cannot create a file here"), "{error}");
    assert_eq!(std::io::Error::from(error).kind(), std::io::ErrorKind::NotFound);
    fs::create_dir(&missing).unwrap();
    stats.flush().unwrap();
    assert_eq!(done(&snapshot(&stats.checkpoint().unwrap())), 1);
}

#[test]
fn it_needs_another_directory_than_the_file() {
    let places = Places::new();
    let error = places.builder().checkpoint_to(places.live.path()).create().unwrap_err();
    assert!(matches!(error.kind(), CreateErrorKind::CheckpointInPlace), "{error}");
    assert!(names(&places.live).is_empty());
    let error = places.builder().checkpoint_to("/tmp/{NOPE}").create().unwrap_err();
    assert!(matches!(error.kind(), CreateErrorKind::UnknownPlaceholder(_)), "{error}");
}

#[test]
fn child_counts_on() {
    let Some(directory) = role("child_counts_on") else { return };
    let (live, kept) = (directory.join("live"), directory.join("kept"));
    let builder = Stats::builder().directory(live).file("w.mmstats").checkpoint_to(kept);
    let stats = builder.create().unwrap();
    stats.done.add(5);
    stats.flush().unwrap();
    stats.done.inc();
    say("ready");
    wait_for_parent();
}

#[test]
fn a_killed_writer_leaves_its_last_one() {
    let directory = tempdir().unwrap();
    let [live, kept] = ["live", "kept"].map(|name| directory.path().join(name));
    for place in [&live, &kept] {
        fs::create_dir(place).unwrap();
    }
    let mut command = again("child_counts_on", directory.path());
    let mut child = Child::spawn(command.stderr(Stdio::null()));
    assert_eq!(child.hear(), "ready");
    let reader = Reader::open(kept.join("w.mmstats")).unwrap();
    assert!(matches!(reader.claim(), Ok(Claim::Alive)));
    child.kill();
    let (live, kept) = (snapshot(&live.join("w.mmstats")), reader.snapshot().unwrap());
    assert_eq!((live.state(), done(&live)), (State::Dead, 6));
    assert_eq!((kept.state(), done(&kept)), (State::Dead, 5));
    assert!(matches!(reader.claim(), Ok(Claim::Dead(_))));
}
