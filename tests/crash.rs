//! Files of writers that are killed at any point, or always busy.

use std::fs;
use std::mem::offset_of;
use std::os::unix::fs::FileExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{self, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use mmstats::__private_0_1::format::header::VITALS_OFFSET;
use mmstats::__private_0_1::format::record::RECORD_SIZE;
use mmstats::__private_0_1::format::{FieldRecord, Header};
use mmstats::{
    Average, Counter, Gauge, Kind, MmStats, MovingAverage, Reader, Scalar, Snapshot, State, Text,
    Timer, UpDown, Value,
};
use mmstats_testing::{Child, MARK, again, own_pid_namespace, role, say, wait_for_parent, wrapped};
use tempfile::{TempDir, tempdir};

#[derive(MmStats)]
struct Stats {
    done: Counter,
    open: UpDown,
    load: Gauge<f64>,
    user: Text<64>,
    size: Average,
    latest_size: MovingAverage<4>,
    request: Timer<4>,
}

/// Runs a child in a fresh directory until it reports that it is ready.
fn ready(role: &str) -> (TempDir, Child) {
    let directory = tempdir().unwrap();
    let mut child = Child::spawn(again(role, directory.path()).stderr(Stdio::null()));
    assert_eq!(child.hear(), "ready");
    (directory, child)
}

fn create(directory: &Path) -> mmstats::Mapped<Stats> {
    let builder = Stats::builder().directory(directory).file("w.mmstats");
    builder.create().unwrap()
}

fn snapshot(directory: &TempDir) -> Snapshot {
    let reader = Reader::open(directory.path().join("w.mmstats"));
    reader.unwrap().snapshot().unwrap()
}

// Killed at rest.

#[test]
fn child_counts() {
    let Some(directory) = role("child_counts") else {
        return;
    };
    let stats = create(&directory);
    stats.done.add(3);
    stats.open.dec();
    stats.load.set(0.75);
    stats.user.set("Hélène");
    for sample in [1.0, 2.0, 3.0, 4.0, 5.0] {
        stats.size.add(sample);
        stats.latest_size.add(sample);
    }
    stats.request.record(Duration::from_millis(2));
    stats.request.record(Duration::from_millis(3));
    say("ready");
    wait_for_parent();
}

#[test]
fn a_killed_writer_leaves_its_last_values() {
    let (directory, mut child) = ready("child_counts");
    assert_eq!(snapshot(&directory).state(), State::Live);
    child.kill();
    let snapshot = snapshot(&directory);
    assert_eq!(snapshot.state(), State::Dead);
    assert!(snapshot.stats().all(|stat| !stat.is_torn()));
    assert_eq!(snapshot.get("done"), Some(&Value::Counter(3)));
    assert_eq!(snapshot.get("open"), Some(&Value::UpDown(-1)));
    let load = Value::Gauge(Scalar::Double(0.75));
    assert_eq!(snapshot.get("load"), Some(&load));
    assert_eq!(snapshot.get("user"), Some(&Value::Text("Hélène".into())));
    let (size, latest, request) = compound(&snapshot);
    assert_eq!((size.count(), size.sum()), (5, 15.0));
    assert_eq!((latest.count(), latest.mean()), (5, 3.5));
    assert_eq!((request.count(), request.running()), (2, 0));
    assert_eq!(request.sum(), Duration::from_millis(5));
    assert_eq!(request.min(), Duration::from_millis(2));
    assert_eq!(request.max(), Duration::from_millis(3));
    assert_eq!(request.last(), Duration::from_millis(3));
}

/// Returns the values of the compound fields.
fn compound(snapshot: &Snapshot) -> (&mmstats::Mean, &mmstats::Window, &mmstats::Timing) {
    let values = ["size", "latest_size", "request"].map(|label| snapshot.get(label).unwrap());
    match values {
        [Value::Average(size), Value::MovingAverage(latest), Value::Timer(request)] => {
            (size, latest, request)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn child_counts_on_four_threads() {
    let Some(directory) = role("child_counts_on_four_threads") else {
        return;
    };
    let stats = create(&directory);
    let all_counted = std::sync::Barrier::new(5);
    thread::scope(|scope| {
        for n in 1..=4 {
            let (stats, all_counted) = (&stats, &all_counted);
            scope.spawn(move || {
                stats.done.add(n);
                all_counted.wait();
                wait_for_parent();
            });
        }
        all_counted.wait();
        say("ready");
        wait_for_parent();
    });
}

#[test]
fn a_killed_writer_leaves_what_all_of_its_threads_counted() {
    let (directory, mut child) = ready("child_counts_on_four_threads");
    child.kill();
    let snapshot = snapshot(&directory);
    assert_eq!(snapshot.get("done"), Some(&Value::Counter(10)));
    assert_eq!(snapshot.lanes().len(), 4);
    assert!(snapshot.lanes().iter().all(mmstats::Lane::is_claimed));
}

#[test]
fn child_dies_in_otherdb() {
    let Some(directory) = role("child_dies_in_otherdb") else {
        return;
    };
    let stats = create(&directory);
    stats.request.record(Duration::from_millis(2));
    let _timing = stats.request.start();
    say("ready");
    wait_for_parent();
}

#[test]
fn a_timer_that_ran_when_its_process_died_says_so() {
    let (directory, mut child) = ready("child_dies_in_otherdb");
    for state in [State::Live, State::Dead] {
        if state == State::Dead {
            child.kill();
        }
        let snapshot = snapshot(&directory);
        assert_eq!(snapshot.state(), state);
        let (_, _, request) = compound(&snapshot);
        assert_eq!((request.count(), request.running()), (1, 1));
        assert!(request.running_for().is_some());
    }
    // After a reboot it has run until its last sign of life, at most.
    let path = directory.path().join("w.mmstats");
    let file = fs::File::options().write(true).open(path).unwrap();
    file.write_all_at(&[0; 16], offset_of!(Header, boot_id) as u64).unwrap();
    let (earlier, later) = (snapshot(&directory), snapshot(&directory));
    assert_eq!(earlier.state(), State::Unknown, "it may be the boot of another machine");
    assert_eq!(earlier.get("request"), later.get("request"));
}

// Killed in the middle.

const TEXTS: [&str; 2] = ["", "a text that is somewhat longer, and has an é at its end: é"];
const SAMPLE: Duration = Duration::from_nanos(7);

/// Writes all compound fields.
fn write_all(stats: &Stats, round: usize) {
    stats.size.add(7.0);
    stats.latest_size.add(7.0);
    stats.request.record(SAMPLE);
    stats.user.set(TEXTS[round % 2]);
    stats.done.inc();
}

/// Checks that each field that `write_all` writes is either consistent or marked as torn, and
/// returns how many are torn.
fn count_torn(snapshot: &Snapshot) -> usize {
    for stat in snapshot.stats().filter(|stat| !stat.is_torn()) {
        match stat.value() {
            #[expect(clippy::cast_precision_loss, reason = "a few million")]
            Value::Average(size) => {
                assert_eq!(size.sum().to_bits(), (7.0 * size.count() as f64).to_bits());
            }
            Value::MovingAverage(latest) if latest.count() > 0 => {
                assert_eq!(latest.mean().to_bits(), 7.0f64.to_bits());
            }
            Value::Timer(request) if request.count() > 0 => {
                let sum = u64::try_from(request.sum().as_nanos()).unwrap();
                assert_eq!(sum, 7 * request.count());
                let all = [
                    request.min(),
                    request.max(),
                    request.mean(),
                    request.last(),
                    request.recent_mean(),
                    request.quantile(0.0),
                    request.quantile(1.0),
                ];
                assert_eq!(all, [SAMPLE; 7]);
                assert_eq!((request.running(), request.running_for()), (0, None));
            }
            Value::Text(user) => assert!(TEXTS.contains(&user.as_str()), "{user:?}"),
            _ => {}
        }
    }
    snapshot.stats().filter(mmstats::Stat::is_torn).count()
}

#[test]
fn child_is_busy() {
    let Some(directory) = role("child_is_busy") else {
        return;
    };
    let stats = create(&directory);
    let stats = &*stats;
    for round in 0.. {
        write_all(stats, round);
        if round == 100 {
            say("ready");
        }
    }
}

#[test]
fn a_writer_killed_in_the_middle_leaves_whole_values_or_torn_ones() {
    for round in 0..20 {
        let (directory, mut child) = ready("child_is_busy");
        for _ in 0..round {
            count_torn(&snapshot(&directory));
        }
        child.kill();
        let snapshot = snapshot(&directory);
        assert_eq!(snapshot.state(), State::Dead);
        // It was writing to one of them at most.
        assert!(count_torn(&snapshot) <= 1);
        assert!(matches!(snapshot.get("done"), Some(Value::Counter(100..))));
    }
}

/// Returns the offset of the field with this label in the first lane.
fn place_of(file: &[u8], label: &str) -> usize {
    let word = |at: usize| {
        let word = file[at..at + 8].try_into().unwrap();
        usize::try_from(u64::from_le_bytes(word)).unwrap()
    };
    let half = |at: usize| word(at) & 0xffff_ffff;
    let strings = word(offset_of!(Header, strings_offset));
    let lanes = word(offset_of!(Header, lanes_offset));
    let lane_header = half(offset_of!(Header, lane_header_size));
    let records = file[word(offset_of!(Header, records_offset))..strings].len() / RECORD_SIZE;
    let records = (0..records).map(|index| strings - (records - index) * RECORD_SIZE);
    let mut found = records.filter(|at| {
        let start = strings + half(at + offset_of!(FieldRecord, name_offset));
        let size = half(at + offset_of!(FieldRecord, name_size)) & 0xffff;
        &file[start..start + size] == label.as_bytes()
    });
    let record = found.next().expect("there is such a label");
    lanes + lane_header + word(record + offset_of!(FieldRecord, offset))
}

#[test]
fn a_value_left_half_written_is_torn_and_still_reported() {
    for label in ["user", "size", "latest_size", "request"] {
        let (directory, mut child) = ready("child_counts");
        child.kill();
        let intact = snapshot(&directory);
        let path = directory.path().join("w.mmstats");
        let file = fs::read(&path).unwrap();
        // The sequence number comes first: odd while a write is in progress.
        let place = place_of(&file, label);
        assert_eq!(file[place] % 2, 0);
        let writable = fs::File::options().write(true).open(&path).unwrap();
        writable.write_all_at(&[file[place] | 1], place as u64).unwrap();

        let torn = snapshot(&directory);
        let marked: Vec<_> = torn.stats().filter(mmstats::Stat::is_torn).collect();
        assert_eq!(marked.iter().map(|stat| stat.key().as_str()).collect::<Vec<_>>(), [label]);
        match (marked[0].value(), intact.get(label)) {
            (Value::Timer(torn), Some(Value::Timer(intact))) => {
                assert_eq!((torn.count(), torn.sum()), (intact.count(), intact.sum()));
                assert_eq!(torn.last(), intact.last());
            }
            (torn, intact) => assert_eq!(Some(torn.summary()), intact.map(Value::summary)),
        }
        assert!(torn.lanes()[0].stats().any(|stat| stat.is_torn()));
        assert_eq!(torn.get("done"), intact.get("done"));
    }
}

#[test]
fn a_reader_sees_whole_values_of_a_busy_writer() {
    let directory = tempdir().unwrap();
    let stats = create(directory.path());
    let reader = Reader::open(stats.path().unwrap()).unwrap();
    let (started, done) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            let stats = &*stats;
            for round in 0.. {
                write_all(stats, round);
                if round % 16 == 15 {
                    started.store(true, Relaxed);
                    if done.load(Relaxed) {
                        break;
                    }
                    // Without a pause, a reader would hardly ever find a consistent value.
                    (0..100).for_each(|_| std::hint::spin_loop());
                }
            }
        });
        while !started.load(Relaxed) {
            std::hint::spin_loop();
        }
        for _ in 0..2000 {
            count_torn(&reader.snapshot().unwrap());
        }
        done.store(true, Relaxed);
    });
    let last = reader.snapshot().unwrap();
    assert_eq!(count_torn(&last), 0);
    let count = stats.total(|stats| &stats.size).count();
    let (size, latest, request) = compound(&last);
    assert_eq!([size.count(), latest.count(), request.count()], [count; 3]);
    assert_eq!(last.get("done"), Some(&Value::Counter(count)));
}

// The state of the writer.

#[test]
fn child_panics() {
    let Some(directory) = role("child_panics") else {
        return;
    };
    let stats = create(&directory);
    stats.done.add(3);
    let _timing = stats.request.start();
    say("ready");
    wait_for_parent();
    panic!("expected by the test");
}

#[test]
fn a_writer_that_panicked_says_so() {
    let (directory, child) = ready("child_panics");
    assert!(!child.end().success());
    let snapshot = snapshot(&directory);
    assert_eq!(snapshot.state(), State::Panicked);
    assert_eq!(snapshot.get("done"), Some(&Value::Counter(3)));
    let (_, _, request) = compound(&snapshot);
    assert_eq!((request.count(), request.running()), (1, 0));
}

#[test]
fn a_writer_that_ended_in_order_says_so() {
    let (directory, child) = ready("child_counts");
    child.end_well();
    assert_eq!(snapshot(&directory).state(), State::Closed);
}

/// Creates and drops a handle in order whenever it is dropped.
struct Reports<'a>(&'a Path);

impl Drop for Reports<'_> {
    fn drop(&mut self) {
        create(self.0).done.inc();
    }
}

#[test]
fn a_handle_that_ends_in_order_during_a_panic_did_not_panic() {
    let (inner, outer) = (tempdir().unwrap(), tempdir().unwrap());
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let stats = create(outer.path());
        let _reports = Reports(inner.path());
        stats.done.inc();
        std::panic::resume_unwind(Box::new("on purpose"));
    }));
    assert!(panicked.is_err());
    assert_eq!(snapshot(&inner).state(), State::Closed);
    assert_eq!(snapshot(&outer).state(), State::Panicked);
}

#[test]
fn a_panic_that_was_caught_is_not_the_end() {
    let directory = tempdir().unwrap();
    let stats = create(directory.path());
    let in_thread = stats.clone();
    let thread = thread::spawn(move || {
        in_thread.done.inc();
        std::panic::resume_unwind(Box::new("as the test wants it"));
    });
    assert!(thread.join().is_err());
    let live = snapshot(&directory);
    assert_eq!((live.state(), live.get("done")), (State::Live, Some(&Value::Counter(1))));
    drop(stats);
    assert_eq!(snapshot(&directory).state(), State::Closed);
}

#[test]
fn a_pid_that_was_given_to_another_process_does_not_revive_a_dead_file() {
    let (directory, mut child) = ready("child_counts");
    child.kill();
    let path = directory.path().join("w.mmstats");
    let dead = fs::File::options().write(true).open(&path).unwrap();
    let pid_at = offset_of!(Header, pid) as u64;
    dead.write_all_at(&process::id().to_le_bytes(), pid_at).unwrap();
    // The child may have been started in the same clock tick as this process.
    let ticks_at = offset_of!(Header, process_start_ticks) as u64;
    dead.write_all_at(&1u64.to_le_bytes(), ticks_at).unwrap();
    assert_eq!(snapshot(&directory).state(), State::Dead);

    // If even that agrees, it may be a copy of a file of that process.
    let other = tempdir().unwrap();
    let live = create(other.path());
    let live = fs::read(live.path().unwrap()).unwrap();
    let identity = offset_of!(Header, pid)..offset_of!(Header, uid);
    dead.write_all_at(&live[identity], pid_at).unwrap();
    assert_eq!(snapshot(&directory).state(), State::Unknown);
}

#[test]
fn a_copy_of_a_live_file_is_not_said_to_be_dead() {
    let (directory, mut child) = ready("child_counts");
    let copy = directory.path().join("copy.mmstats");
    fs::copy(directory.path().join("w.mmstats"), &copy).unwrap();
    let state = || Reader::open(&copy).unwrap().snapshot().unwrap().state();
    assert_eq!(state(), State::Unknown);
    child.kill();
    assert_eq!(state(), State::Dead);
}

#[test]
fn a_writer_that_nobody_has_waited_for_is_dead() {
    let directory = tempdir().unwrap();
    let mut child = again("child_counts", directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("ready") {
        line.clear();
        assert_ne!(std::io::BufRead::read_line(&mut said, &mut line).unwrap(), 0);
    }
    child.kill().unwrap();
    // It has closed everything, including its output, and is a zombie.
    std::io::Read::read_to_end(&mut said, &mut Vec::new()).unwrap();
    let zombie = || fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    while !zombie().contains(") Z ") {
        thread::yield_now();
    }
    assert_eq!(snapshot(&directory).state(), State::Dead);
    let reader = Reader::open(directory.path().join("w.mmstats")).unwrap();
    assert!(matches!(reader.claim(), Ok(mmstats::Claim::Dead(_))));
    child.wait().unwrap();
}

#[test]
fn a_state_that_is_not_known_is_unknown() {
    let directory = tempdir().unwrap();
    drop(create(directory.path()));
    let path = directory.path().join("w.mmstats");
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.write_all_at(&[77], VITALS_OFFSET as u64).unwrap();
    assert_eq!(snapshot(&directory).state(), State::Unknown);
}

#[test]
fn child_starts_a_process_that_outlives_it() {
    let Some(directory) = role("child_starts_a_process_that_outlives_it") else {
        return;
    };
    let stats = create(&directory);
    stats.done.add(3);
    // It prints that it is running, and lives until this process's parent closes its stdin.
    let script = format!("echo; echo '{MARK}ready'; exec cat > /dev/null");
    let mut process = Command::new("sh").args(["-c", &script]).spawn().unwrap();
    process.wait().unwrap();
}

#[test]
fn a_process_that_a_writer_started_does_not_keep_it_alive() {
    let (directory, mut child) = ready("child_starts_a_process_that_outlives_it");
    child.kill();
    assert_eq!(snapshot(&directory).state(), State::Dead);
}

#[test]
fn child_leaves_without_a_word() {
    let Some(directory) = role("child_leaves_without_a_word") else {
        return;
    };
    let stats = create(&directory);
    stats.done.add(3);
    say(process::id());
    wait_for_parent();
    // No destructor runs.
    process::exit(0);
}

#[test]
fn a_writer_in_another_container_is_live_and_then_dead() {
    let test = "a_writer_in_another_container_is_live_and_then_dead";
    let Some(wrapper) = own_pid_namespace(test) else { return };
    let directory = tempdir().unwrap();
    let role = "child_leaves_without_a_word";
    let mut child = Child::spawn(&mut wrapped(&wrapper, role, directory.path()));
    assert_eq!(child.hear(), "1", "the first process of its namespace");
    let live = snapshot(&directory);
    assert_eq!((live.writer().pid(), live.state()), (Some(1), State::Live));
    child.end_well();
    // This namespace has a process 1, too.
    let dead = snapshot(&directory);
    assert_eq!((dead.state(), dead.get("done")), (State::Dead, Some(&Value::Counter(3))));
}

#[test]
fn every_kind_that_is_checked_here_is_there() {
    let directory = tempdir().unwrap();
    let _stats = create(directory.path());
    let kinds: Vec<_> = snapshot(&directory).stats().filter_map(|stat| stat.kind()).collect();
    let locked = [Kind::Text, Kind::Average, Kind::MovingAverage, Kind::Timer];
    assert_eq!(kinds[3..], locked);
}
