use std::process::Command;
use std::time::Duration;

use mmstats::{Constant, Counter, Mapped, MmStats, State, Text, Timer};
use tempfile::TempDir;

use super::super::sample::{Figure, Value};
use super::*;

#[derive(MmStats)]
struct Job {
    #[mmstats(initial = 10)]
    total: Constant<u64>,
    /// Done so far.
    done: Counter,
    user: Text<32>,
    step: Timer,
}

struct Dir {
    directory: TempDir,
    sampler: Sampler,
}

impl Dir {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let sampler = Sampler::new(vec![directory.path().into()]);
        Self { directory, sampler }
    }

    fn create(&self) -> Mapped<Job> {
        Job::builder().path(self.directory.path()).filename("job.mmstats").create().unwrap()
    }

    /// The processes of a tick, of which each file has to be readable.
    fn tick(&mut self) -> Vec<Process> {
        let tick = self.sampler.tick();
        tick.samples.into_iter().map(|sample| sample.content.unwrap()).collect()
    }
}

fn figure<'a>(process: &'a Process, label: &str) -> &'a Figure {
    let at = process.names.iter().position(|name| name.label == label);
    &process.figures[at.expect("it has this label")]
}

#[test]
fn rates_are_of_what_came_since_the_last_tick() {
    let mut dir = Dir::new();
    let job = dir.create();
    job.done.add(1_000);
    let first = dir.tick().remove(0);
    assert_eq!(
        (figure(&first, "done").value.clone(), figure(&first, "done").rate),
        (Value::Counter(1_000), None)
    );
    assert_eq!(first.names[1].help, "Done so far.");
    assert_eq!(dir.tick()[0].figures[1].rate, Some(0.0));
    job.done.inc();
    job.step.record(Duration::from_millis(3));
    let later = dir.tick().remove(0);
    assert!(figure(&later, "done").rate > Some(0.0));
    assert!(figure(&later, "step").rate > Some(0.0));
    assert!(
        matches!(figure(&later, "step").value, Value::Timer(times) if times.latest && times.count == 1)
    );
    assert_eq!((figure(&later, "total").rate, figure(&later, "user").rate), (None, None));
    assert!(later.lanes[0].figures[1].rate > Some(0.0));
    // All snapshots share the names.
    assert!(std::sync::Arc::ptr_eq(&first.names, &later.names));
    assert!(!later.names.iter().any(|name| name.label.starts_with("sys.")));
}

#[test]
fn a_restarted_writer_has_another_identity_and_no_rate() {
    let mut dir = Dir::new();
    let job = dir.create();
    job.done.add(1_000);
    let before = dir.tick().remove(0);
    drop(job);
    let job = dir.create();
    job.done.add(5);
    let after = dir.tick().remove(0);
    assert_ne!(before.identity, after.identity);
    assert_eq!(
        (&figure(&after, "done").value, figure(&after, "done").rate),
        (&Value::Counter(5), None)
    );
    assert_eq!(dir.tick()[0].figures[1].rate, Some(0.0));
}

#[test]
fn one_that_ended_does_not_look_as_if_it_went_on() {
    let mut dir = Dir::new();
    let job = dir.create();
    dir.tick();
    job.done.add(7);
    drop(job);
    for _ in 0..3 {
        let ended = dir.tick().remove(0);
        assert_eq!(ended.state, State::Closed);
        assert_eq!(
            (&figure(&ended, "done").value, figure(&ended, "done").rate),
            (&Value::Counter(7), None)
        );
    }
    // Another file that is copied over it is seen nevertheless.
    let other = dir.directory.path().join("other");
    let job = Job::builder().path(dir.directory.path()).filename("other").create().unwrap();
    job.done.add(8);
    drop(job);
    let path = dir.directory.path().join("job.mmstats");
    fs::copy(other, &path).unwrap();
    // The clock of files has steps.
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_mins(1)).unwrap();
    assert_eq!(figure(&dir.tick()[0], "done").value, Value::Counter(8));
}

#[test]
fn files_come_and_go() {
    let mut dir = Dir::new();
    let tick = dir.sampler.tick();
    assert!(
        tick.samples.is_empty() && tick.notices[0].ends_with("no `*.mmstats` in this directory")
    );
    let job = dir.create();
    assert_eq!(dir.tick().len(), 1);
    job.remove().unwrap();
    assert_eq!(dir.tick().len(), 0);
}

#[test]
fn what_cannot_be_read_is_told_and_what_is_named_is_waited_for() {
    let dir = Dir::new();
    let broken = dir.directory.path().join("broken.mmstats");
    let missing = dir.directory.path().join("missing.mmstats");
    fs::write(&broken, b"\x02mm").unwrap();
    let mut sampler = Sampler::new(vec![broken.into(), missing.clone().into()]);
    let why = |sampler: &mut Sampler| {
        let tick = sampler.tick();
        tick.samples.into_iter().map(|sample| sample.content.err()).collect::<Vec<_>>()
    };
    let found = why(&mut sampler);
    assert!(found[0].as_ref().unwrap().contains("broken.mmstats: "));
    assert!(found[1].as_ref().unwrap().contains("missing.mmstats: "));
    let _job = Job::builder().path(dir.directory.path()).filename("missing.mmstats").create();
    assert_eq!(why(&mut sampler)[1], None);
}

#[test]
fn what_ran_when_it_was_killed_began_ever_longer_ago() {
    let mut dir = Dir::new();
    let job = dir.create();
    let running = job.step.start();
    let mut process = dir.tick().remove(0);
    let age = |process: &Process| match figure(process, "step").value {
        Value::Timer(times) => times.running_for.unwrap(),
        _ => panic!("it is a timer"),
    };
    let before = age(&process);
    process = process.later(Duration::from_secs(5));
    assert_eq!(age(&process), before);
    process.state = State::Dead;
    assert_eq!(age(&process.later(Duration::from_secs(5))), before + Duration::from_secs(5));
    drop(running);
}

/// A version 1 file of one field, of a process with this pid.
fn version_1(pid: u32, done: u64) -> Vec<u8> {
    let field = |label: &str, code: &str, value: &[u8]| {
        let size = |text: &str| u16::try_from(text.len()).unwrap().to_le_bytes();
        [&size(label), label.as_bytes(), &size(code), code.as_bytes(), &[255], value].concat()
    };
    let pid = field("sys.pid", "L", &u64::from(pid).to_le_bytes());
    [&[1], pid.as_slice(), &field("done", "L", &done.to_le_bytes()), &[0, 0]].concat()
}

#[test]
fn version_1_files_have_rates_and_may_be_taken_over_in_place() {
    let mut dir = Dir::new();
    let path = dir.directory.path().join("script.mmstats");
    // Its process has ended, and nobody else gets its pid that soon.
    let mut gone = Command::new("true").spawn().unwrap();
    gone.wait().unwrap();
    fs::write(&path, version_1(gone.id(), 40)).unwrap();
    assert_eq!(dir.tick()[0].state, State::Dead);
    let live = std::process::id();
    fs::write(&path, version_1(live, 3)).unwrap();
    let restarted = dir.tick().remove(0);
    assert_eq!((restarted.state, figure(&restarted, "done").rate), (State::Live, None));
    fs::write(&path, version_1(live, 9)).unwrap();
    let later = dir.tick().remove(0);
    assert!(figure(&later, "done").rate > Some(0.0));
    assert_eq!(later.names.len(), 1);
}
