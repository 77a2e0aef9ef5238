use std::os::unix::fs::FileExt;
use std::process::{self, Command};
use std::time::{Duration, SystemTime};
use std::{fs, mem};

use mmstats::{Constant, Counter, Mapped, MmStats, State, Text, Timer};
use tempfile::TempDir;

use super::*;
use crate::watch::figure::Figure;

#[derive(MmStats)]
struct Job {
    #[mmstats(initial = 10)]
    total: Constant<u64>,
    done: Counter,
    user: Text<32>,
    step: Timer,
}

struct Dir {
    directory: TempDir,
    watcher: Watcher,
}

impl Dir {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let watcher = Watcher::new(vec![directory.path().into()]).with_histories();
        Self { directory, watcher }
    }

    fn create(&self) -> Mapped<Job> {
        Job::builder().directory(self.directory.path()).file("job.mmstats").create().unwrap()
    }

    fn tick(&mut self) -> Vec<Arc<Track>> {
        tick(&mut self.watcher).tracks
    }
}

fn figure<'a>(track: &'a Track, label: &str) -> Figure<'a> {
    let mut figures = track.figures().map(|(_, figure)| figure);
    figures.find(|figure| figure.stat.name() == label).unwrap()
}

fn value(track: &Track, label: &str) -> Option<f64> {
    figure(track, label).stat.value().as_f64()
}

fn rate(track: &Track, label: &str) -> Option<f64> {
    figure(track, label).rate()
}

#[test]
fn rates_are_of_the_interval_since_the_last_tick() {
    let mut dir = Dir::new();
    let job = dir.create();
    job.done.add(1_000);
    let first = dir.tick().remove(0);
    assert_eq!((value(&first, "done"), rate(&first, "done")), (Some(1_000.0), None));
    assert_eq!(rate(&dir.tick()[0], "done"), Some(0.0));
    job.done.inc();
    job.step.record(Duration::from_millis(3));
    let later = dir.tick().remove(0);
    assert!(rate(&later, "done") > Some(0.0));
    assert!(rate(&later, "step") > Some(0.0));
    let (samples, is_recent) = figure(&later, "step").recent_samples().unwrap();
    assert_eq!((samples.count, is_recent), (1, true));
    assert_eq!((rate(&later, "total"), rate(&later, "user")), (None, None));
    let (done, _) = later.figures().nth(1).unwrap();
    let (_, share) = later.lane_share(0, done).unwrap();
    assert!(share > Some(0.0));
}

#[test]
fn a_restarted_writer_has_no_rate_at_first() {
    let mut dir = Dir::new();
    let job = dir.create();
    job.done.add(1_000);
    let before = dir.tick().remove(0);
    drop(job);
    let job = dir.create();
    job.done.add(5);
    let after = dir.tick().remove(0);
    assert_ne!(before.id, after.id);
    assert_eq!(value(&after, "done"), Some(5.0));
    assert_eq!(rate(&dir.tick()[0], "done"), Some(0.0));
}

#[test]
fn a_file_that_is_copied_over_one_whose_writer_ended_is_noticed() {
    let mut dir = Dir::new();
    let job = dir.create();
    dir.tick();
    job.done.add(7);
    drop(job);
    for _ in 0..3 {
        let ended = dir.tick().remove(0);
        assert_eq!((ended.state(), value(&ended, "done")), (Some(State::Closed), Some(7.0)));
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let other = elsewhere.path().join("other.mmstats");
    let job = Job::builder().directory(&elsewhere).file("other.mmstats").create().unwrap();
    job.done.add(8);
    drop(job);
    let path = dir.directory.path().join("job.mmstats");
    fs::copy(other, &path).unwrap();
    // The clock of the file system is coarse.
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_mins(1)).unwrap();
    assert_eq!(value(&dir.tick()[0], "done"), Some(8.0));
}

#[test]
fn files_come_and_go() {
    let mut dir = Dir::new();
    let tick = tick(&mut dir.watcher);
    assert!(tick.tracks.is_empty());
    assert!(tick.notices[0].ends_with("no `*.mmstats` in this directory"));
    let job = dir.create();
    assert_eq!(dir.tick().len(), 1);
    job.remove().unwrap();
    assert_eq!(dir.tick().len(), 0);
}

#[test]
fn a_file_that_cannot_be_read_has_an_error_and_a_named_one_may_come_later() {
    let dir = Dir::new();
    let broken = dir.directory.path().join("broken.mmstats");
    let missing = dir.directory.path().join("missing.mmstats");
    fs::write(&broken, b"\x02mm").unwrap();
    let mut watcher = Watcher::new(vec![broken.into(), missing.clone().into()]).with_histories();
    for _ in 0..2 {
        let tick = tick(&mut watcher);
        let errors: Vec<_> = tick.tracks.iter().filter_map(|track| track.error.as_ref()).collect();
        assert!(errors[0].contains("broken.mmstats: "));
        assert!(errors[1].contains("missing.mmstats: "));
        assert!(tick.notices.is_empty());
    }
    let _job = Job::builder().directory(dir.directory.path()).file("missing.mmstats").create();
    assert_eq!(tick(&mut watcher).tracks[1].error, None);
}

/// Returns a version 1 file with a constant, and a count in two buffers.
fn version_1(pid: u32, created: SystemTime, done: u64) -> Vec<u8> {
    let field = |label: &str, code: &str, buffer: u8, value: &[u8]| {
        let size = |text: &str| u16::try_from(text.len()).unwrap().to_le_bytes();
        [&size(label), label.as_bytes(), &size(code), code.as_bytes(), &[buffer], value].concat()
    };
    let done = done.to_le_bytes();
    let created = created.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
    [
        &[1],
        field("sys.pid", "Q", 255, &u64::from(pid).to_le_bytes()).as_slice(),
        &field("sys.created", "d", 255, &created.to_le_bytes()),
        &field("limit", "Q", 255, &500u64.to_le_bytes()),
        &field("done", "Q", 0, &[done, done].concat()),
        &[0, 0],
    ]
    .concat()
}

#[test]
fn a_version_1_file_may_be_taken_over_by_another_writer() {
    let mut dir = Dir::new();
    let path = dir.directory.path().join("script.mmstats");
    // Its process has ended, and its pid is not used again that soon.
    let mut gone = Command::new("true").spawn().unwrap();
    gone.wait().unwrap();
    fs::write(&path, version_1(gone.id(), SystemTime::now(), 40)).unwrap();
    assert_eq!(dir.tick()[0].state(), Some(State::Dead));
    let live = process::id();
    let created = SystemTime::now();
    fs::write(&path, version_1(live, created, 3)).unwrap();
    assert_eq!(dir.tick()[0].state(), Some(State::Live));
    fs::write(&path, version_1(live, created, 9)).unwrap();
    let later = dir.tick().remove(0);
    assert!(rate(&later, "done") > Some(0.0));
}

#[test]
fn a_constant_of_version_1_does_not_stand_for_the_process() {
    let mut dir = Dir::new();
    let path = dir.directory.path().join("script.mmstats");
    fs::write(path, version_1(process::id(), SystemTime::now(), 40)).unwrap();
    dir.tick();
    let track = dir.tick().remove(0);
    assert_eq!(track.figure(track.headline().unwrap()).unwrap().stat.name(), "done");
    assert_eq!(rate(&track, "limit"), None);
}

/// The original writes a file for each thread, all with the `sys.created` of the first.
#[test]
fn the_file_of_a_new_thread_of_version_1_is_new() {
    let mut dir = Dir::new();
    let created = SystemTime::now();
    let map = |done: u64, directory: &TempDir, name: &str| {
        // The mapping of a version 2 file stays when its content is overwritten.
        mem::forget(Job::builder().directory(directory.path()).file(name).create().unwrap());
        let file = fs::File::options().write(true).open(directory.path().join(name)).unwrap();
        file.write_all_at(&version_1(process::id(), created, done), 0).unwrap();
        file
    };
    map(1_000, &dir.directory, "script-1.mmstats");
    dir.tick();
    let second = map(20, &dir.directory, "script-2.mmstats");
    for done in [40, 60] {
        let tracks = dir.tick();
        assert!(rate(&tracks[1], "done") > Some(0.0));
        // Not every file system stores when a file was created.
        let born = second.metadata().unwrap().created().unwrap_or(created).max(created);
        let shown = tracks[1].now.as_ref().unwrap().writer().created().unwrap();
        // Version 1 stores seconds as a floating point number.
        assert!(shown + Duration::from_micros(1) > born);
        assert_eq!(rate(&tracks[0], "done"), Some(0.0));
        second.write_all_at(&version_1(process::id(), created, done), 0).unwrap();
    }
}
