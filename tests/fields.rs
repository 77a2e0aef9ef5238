//! Each statistic has its documented value: in its own thread, in the process, and for a reader of
//! the file.

#![expect(clippy::float_cmp, reason = "what is compared is exact")]

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use mmstats::{
    Average, Constant, ConstantText, Counter, Gauge, Mapped, MmStats, MovingAverage, Reader,
    Scalar, Snapshot, Text, Timer, UpDown, Value,
};
use tempfile::TempDir;

#[derive(MmStats)]
struct Stats {
    counter: Counter,
    updown: UpDown,
    u8: Gauge<u8>,
    u16: Gauge<u16>,
    u32: Gauge<u32>,
    u64: Gauge<u64>,
    i8: Gauge<i8>,
    i16: Gauge<i16>,
    i32: Gauge<i32>,
    i64: Gauge<i64>,
    f32: Gauge<f32>,
    f64: Gauge<f64>,
    bool: Gauge<bool>,
    text: Text<11>,
    wide: Text,
    average: Average,
    moving: MovingAverage<4>,
    #[mmstats(initial = 8080)]
    port: Constant<u16>,
    #[mmstats(initial = "1.2.3")]
    version: ConstantText<16>,
    #[mmstats(merge = "sum")]
    queued: Gauge<u32>,
    #[mmstats(merge = "min")]
    lowest: Gauge<i32>,
    #[mmstats(merge = "max")]
    highest: Gauge<f64>,
}

fn created() -> (TempDir, Mapped<Stats>) {
    let directory = tempfile::tempdir().unwrap();
    let stats = Stats::builder().directory(directory.path()).create().unwrap();
    (directory, stats)
}

fn snapshot(stats: &Mapped<Stats>) -> Snapshot {
    Reader::open(stats.path().unwrap()).unwrap().snapshot().unwrap()
}

/// Runs a closure on a new thread, and waits until the thread has ended.
fn on_another_thread(work: impl FnOnce() + Send) {
    // Joined, since a scope alone does not wait for the destructors of a thread.
    std::thread::scope(|scope| scope.spawn(work).join().unwrap());
}

#[test]
fn a_counter_wraps_like_u64_and_can_be_reset() {
    let (_directory, stats) = created();
    stats.counter.add(u64::MAX);
    stats.counter.inc();
    assert_eq!(stats.counter.local(), 0);
    stats.counter.add(5);
    assert_eq!(snapshot(&stats).get("counter"), Some(&Value::Counter(5)));
    stats.counter.reset();
    assert_eq!(snapshot(&stats).get("counter"), Some(&Value::Counter(0)));
}

#[test]
fn what_goes_up_on_one_thread_may_go_down_on_another() {
    let (_directory, stats) = created();
    stats.updown.add(10);
    on_another_thread(|| {
        stats.updown.sub(12);
        stats.updown.dec();
        assert_eq!(stats.updown.local(), -13);
    });
    assert_eq!(stats.updown.local(), 10);
    assert_eq!(stats.total(|stats| &stats.updown), -3);
    assert_eq!(snapshot(&stats).get("updown"), Some(&Value::UpDown(-3)));
}

#[test]
fn a_gauge_holds_every_number_of_its_width() {
    let (_directory, stats) = created();
    stats.u8.set(u8::MAX);
    stats.u16.set(u16::MAX);
    stats.u32.set(u32::MAX);
    stats.u64.set(u64::MAX);
    stats.i8.set(i8::MIN);
    stats.i16.set(i16::MIN);
    stats.i32.set(i32::MIN);
    stats.i64.set(i64::MIN);
    stats.f32.set(-0.0);
    stats.f64.set(f64::NAN);
    stats.bool.set(true);
    let snapshot = snapshot(&stats);
    let number = |label| match snapshot.get(label) {
        Some(Value::Gauge(scalar)) => *scalar,
        other => panic!("{label}: {other:?}"),
    };
    assert_eq!(number("u8"), Scalar::Integer(u8::MAX.into()));
    assert_eq!(number("u16"), Scalar::Integer(u16::MAX.into()));
    assert_eq!(number("u32"), Scalar::Integer(u32::MAX.into()));
    assert_eq!(number("u64"), Scalar::Integer(u64::MAX.into()));
    assert_eq!(number("i8"), Scalar::Integer(i8::MIN.into()));
    assert_eq!(number("i16"), Scalar::Integer(i16::MIN.into()));
    assert_eq!(number("i32"), Scalar::Integer(i32::MIN.into()));
    assert_eq!(number("i64"), Scalar::Integer(i64::MIN.into()));
    assert_eq!(number("f32"), Scalar::Float(-0.0));
    assert_eq!(number("f64"), Scalar::Double(f64::NAN));
    assert_eq!(number("bool"), Scalar::Bool(true));
    assert!(stats.f64.local().is_nan() && stats.bool.local());
}

#[test]
fn the_latest_gauge_is_the_one_that_was_set_last_on_whichever_thread() {
    let (_directory, stats) = created();
    stats.u32.set(1);
    on_another_thread(|| stats.u32.set(2));
    assert_eq!((stats.u32.local(), stats.total(|stats| &stats.u32)), (1, 2));
    assert_eq!(snapshot(&stats).get("u32"), Some(&Value::Gauge(Scalar::Integer(2))));
    stats.u32.set(3);
    assert_eq!(stats.total(|stats| &stats.u32), 3);
    on_another_thread(|| stats.counter.inc()); // does not set its lane's gauge
    assert_eq!(snapshot(&stats).get("u32"), Some(&Value::Gauge(Scalar::Integer(3))));
}

#[test]
fn gauges_are_merged_as_they_say_over_the_threads_that_set_them() {
    let (_directory, stats) = created();
    let set = |queued, lowest, highest| {
        stats.queued.set(queued);
        stats.lowest.set(lowest);
        stats.highest.set(highest);
    };
    // The first two live at the same time, so that they have separate lanes.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            set(3, 5, -5.0);
            on_another_thread(|| set(4, 7, -7.0));
        });
    });
    on_another_thread(|| stats.counter.inc());
    let read = (
        stats.total(|stats| &stats.queued),
        stats.total(|stats| &stats.lowest),
        stats.total(|stats| &stats.highest),
    );
    assert_eq!(read, (7, 5, -5.0));
    let snapshot = snapshot(&stats);
    assert_eq!(snapshot.get("queued"), Some(&Value::Gauge(Scalar::Integer(7))));
    assert_eq!(snapshot.get("lowest"), Some(&Value::Gauge(Scalar::Integer(5))));
    assert_eq!(snapshot.get("highest"), Some(&Value::Gauge(Scalar::Double(-5.0))));
}

#[test]
fn a_text_is_cut_at_a_character() {
    let (_directory, stats) = created();
    for (set, expected) in [
        ("Ελένη Παπα", "Ελένη "),        // 11 bytes end within the next letter
        ("hello world", "hello world"),  // exactly the capacity
        ("hello world!", "hello world"), // one too many
        ("名前と住所", "名前と"),        // three bytes each
        ("e\u{301}", "e\u{301}"),        // shorter than the previous text
        ("", ""),
    ] {
        stats.text.set(set);
        assert_eq!(stats.text.local(), expected);
        assert_eq!(snapshot(&stats).get("text"), Some(&Value::Text(expected.to_owned())));
    }
    let long = "é".repeat(200);
    stats.wide.set(&long);
    assert_eq!(stats.wide.local(), "é".repeat(127));
}

#[test]
fn texts_of_every_length_are_read_as_they_were_set() {
    let (_directory, stats) = created();
    let reader = Reader::open(stats.path().unwrap()).unwrap();
    for len in (0..=255).rev().chain(0..=255) {
        let text: String = (0u8..).map(|byte| char::from(b'a' + byte % 26)).take(len).collect();
        stats.wide.set(&text);
        stats.text.set(&text);
        let snapshot = reader.snapshot().unwrap();
        assert_eq!(snapshot.get("wide"), Some(&Value::Text(text.clone())));
        assert_eq!(snapshot.get("text"), Some(&Value::Text(text[..len.min(11)].to_owned())));
    }
}

#[test]
fn the_latest_text_wins() {
    let (_directory, stats) = created();
    stats.text.set("first");
    on_another_thread(|| stats.text.set("second"));
    assert_eq!(
        (stats.text.local(), stats.total(|stats| &stats.text)),
        ("first".into(), "second".into())
    );
    assert_eq!(snapshot(&stats).get("text"), Some(&Value::Text("second".to_owned())));
}

#[test]
fn an_average_weighs_threads_by_their_samples() {
    let (_directory, stats) = created();
    stats.average.add(1.0);
    on_another_thread(|| {
        for _ in 0..3 {
            stats.average.add(5.0);
        }
    });
    let all = stats.total(|stats| &stats.average);
    assert_eq!((all.count(), all.sum(), all.mean()), (4, 16.0, 4.0));
    assert_eq!((stats.average.count(), stats.average.mean()), (1, 1.0));
    assert_eq!(snapshot(&stats).get("average"), Some(&Value::Average(all)));
}

#[test]
fn a_moving_average_divides_by_the_samples_that_it_has() {
    let (_directory, stats) = created();
    assert_eq!(stats.moving.mean(), 0.0);
    let mut means = Vec::new();
    for sample in [1.0, 2.0, 3.0, 4.0, 5.0, 6.0] {
        stats.moving.add(sample);
        means.push(stats.moving.mean());
    }
    assert_eq!(means, [1.0, 1.5, 2.0, 2.5, 3.5, 4.5]);
    on_another_thread(|| {
        stats.moving.add(102.0);
        stats.moving.add(100.0);
    });
    let all = stats.total(|stats| &stats.moving);
    assert_eq!((all.count(), all.samples().len()), (8, 6));
    assert!((all.mean() - 220.0 / 6.0).abs() < 1e-9);
    let Some(Value::MovingAverage(read)) = snapshot(&stats).get("moving").cloned() else {
        panic!("not a moving average");
    };
    assert_eq!((read.count(), read.mean()), (8, all.mean()));
}

#[test]
fn constants_are_the_same_on_every_thread() {
    let (_directory, stats) = created();
    on_another_thread(|| {
        assert_eq!((stats.port.get(), stats.version.get()), (8080, "1.2.3".to_owned()));
    });
    let snapshot = snapshot(&stats);
    assert_eq!(snapshot.get("version"), Some(&Value::ConstantText("1.2.3".to_owned())));
    for lane in snapshot.lanes() {
        let port = lane.stats().find(|stat| stat.key().as_str() == "port").unwrap();
        assert_eq!(port.value(), &Value::Constant(Scalar::Integer(8080)));
    }
}

#[test]
fn debug_output_is_for_people() {
    let (_directory, stats) = created();
    stats.counter.add(3);
    stats.text.set("x");
    assert_eq!(format!("{:?} {:?}", stats.counter, stats.text), "Counter(3) Text(\"x\")");
}

// What people see.

#[test]
fn a_snapshot_prints_its_statistics() {
    #[derive(MmStats)]
    struct Job {
        done: Counter,
        #[mmstats(unit = "bytes")]
        size: Gauge<u64>,
        user: Text<16>,
        step: Timer,
    }
    let directory = tempfile::tempdir().unwrap();
    let job = Job::builder().directory(directory.path()).file("job.mmstats").create().unwrap();
    job.done.add(3);
    job.size.set(512);
    job.user.set("Hélène");
    job.step.record(Duration::from_millis(1500));
    let path = job.path().unwrap();
    assert_eq!(job.to_string(), path.display().to_string());
    let snapshot = Reader::open(path).unwrap().snapshot().unwrap();
    let shown = snapshot.to_string();
    let mut lines = shown.lines();
    assert_eq!(lines.next(), Some(&*format!("{}: live", path.display())));
    let stats: Vec<&str> = lines.filter(|line| !line.starts_with("sys.")).collect();
    assert_eq!(stats, ["done 3", "size 512 bytes", "user Hélène", "step 1.5 s"]);
    let values = ["done", "size", "user"].map(|key| snapshot.get(key).unwrap());
    assert_eq!((values[0].as_u64(), values[1].as_u64()), (Some(3), Some(512)));
    assert_eq!((values[2].as_str(), values[2].as_u64()), (Some("Hélène"), None));
    let step = snapshot.stat("step").unwrap();
    assert_eq!((step.value().as_f64(), step.unit()), (Some(1.5), "s"));
    assert_eq!(step.value().as_timing().unwrap().buckets().count(), 1);
}

#[test]
fn a_builder_can_be_sent_to_another_thread() {
    fn is_shared<T: Send + Sync>(_: &T) {}
    let builder = Stats::builder().constant(|stats| &stats.port, 8080);
    is_shared(&builder);
    let directory = tempfile::tempdir().unwrap();
    let create = move || builder.directory(directory.path()).create().unwrap().port.get();
    assert_eq!(std::thread::spawn(create).join().unwrap(), 8080);
}

#[test]
fn averages_refuse_what_would_stay_for_ever() {
    let (_directory, stats) = created();
    for sample in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 3.0, -f64::NAN, 5.0] {
        stats.average.add(sample);
        stats.moving.add(sample);
    }
    let snapshot = snapshot(&stats);
    let mean = |key| snapshot.get(key).and_then(Value::as_f64);
    assert_eq!((mean("average"), mean("moving")), (Some(4.0), Some(4.0)));
    let average = stats.total(|stats| &stats.average);
    assert_eq!((average.count(), average.sum(), average.refused()), (2, 8.0, 4));
    let moving = stats.total(|stats| &stats.moving);
    assert_eq!((moving.count(), moving.samples(), moving.refused()), (2, &[3.0, 5.0][..], 4));
    for key in ["average", "moving"] {
        assert_eq!(snapshot.get(key).unwrap().summary().samples.unwrap().refused, 4);
    }
    // The largest number is one.
    stats.average.add(f64::MAX);
    assert_eq!(stats.average.count(), 3);
    // A gauge has the value that it was set to.
    stats.f64.set(f64::NAN);
    assert!(stats.f64.local().is_nan());
}

#[derive(MmStats)]
struct Consistent {
    average: Average,
}

#[test]
fn no_total_is_inconsistent_without_a_mark() {
    let directory = tempfile::tempdir().unwrap();
    let stats = Consistent::builder().directory(directory.path()).create().unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Relaxed) {
                stats.average.add(1.0);
            }
        });
        for _ in 0..5000 {
            let total = stats.total(|stats| &stats.average);
            let sum = f64::from(u32::try_from(total.count()).unwrap());
            assert!(total.sum() == sum || total.is_torn(), "{total:?}");
        }
        done.store(true, Relaxed);
    });
}

/// Sets a field's sequence number as a writer does that vanishes in the middle of a write.
fn interrupt<S: MmStats>(stats: &Mapped<S>) {
    let file = OpenOptions::new().read(true).write(true).open(stats.path().unwrap()).unwrap();
    let mut lanes_offset = [0; 8];
    file.read_exact_at(&mut lanes_offset, 96).unwrap();
    file.write_all_at(&[1], u64::from_le_bytes(lanes_offset) + 64).unwrap();
}

#[test]
fn a_writer_that_vanished_leaves_a_torn_value_and_keeps_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let stats = Consistent::builder().directory(directory.path()).create().unwrap();
    stats.average.add(2.0);
    assert!(!stats.average.local().is_torn());
    interrupt(&stats);
    assert!(stats.average.local().is_torn());
    assert!(stats.total(|stats| &stats.average).is_torn());
    let snapshot = Reader::open(stats.path().unwrap()).unwrap().snapshot().unwrap();
    assert!(snapshot.stat("average").unwrap().is_torn());
    assert!(snapshot.get("average").unwrap().as_mean().unwrap().is_torn());
    stats.average.add(4.0);
    let total = stats.total(|stats| &stats.average);
    assert_eq!((total.is_torn(), total.mean()), (false, 3.0));
}

#[derive(MmStats)]
struct Phase {
    phase: Text<16>,
}

#[test]
fn a_text_that_cannot_be_read_whole_counts_as_not_set() {
    let directory = tempfile::tempdir().unwrap();
    let stats = Phase::builder().directory(directory.path()).create().unwrap();
    stats.phase.set("in the first lane");
    on_another_thread(|| stats.phase.set("second"));
    on_another_thread(|| assert_eq!(stats.phase.local(), "second"));
    interrupt(&stats);
    assert_eq!(
        (stats.phase.local().as_str(), stats.total(|stats| &stats.phase)),
        ("", "second".into())
    );
}

#[derive(MmStats)]
struct Slow {
    timer: Timer,
}

#[test]
fn a_timer_that_cannot_be_read_whole_is_torn() {
    let directory = tempfile::tempdir().unwrap();
    let stats = Slow::builder().directory(directory.path()).create().unwrap();
    stats.timer.record(Duration::from_millis(3));
    assert!(!stats.total(|stats| &stats.timer).is_torn());
    interrupt(&stats);
    let total = stats.total(|stats| &stats.timer);
    assert_eq!((total.is_torn(), total.count(), total.buckets().count()), (true, 1, 1));
}

#[test]
fn totals_can_be_taken_over() {
    let (_directory, stats) = created();
    stats.counter.set(1_000);
    stats.average.set(4, 10.0);
    let before = snapshot(&stats);
    assert_eq!(before.get("counter"), Some(&Value::Counter(1_000)));
    stats.counter.set(1_500);
    stats.counter.inc();
    stats.average.set(6, 16.0);
    (0..9).for_each(|sample| stats.moving.add(f64::from(sample)));
    stats.moving.set(40.0);
    let after = snapshot(&stats);
    let change = after.since(&before).unwrap();
    assert_eq!(change.get("counter"), Some(&Value::Counter(501)));
    let average = change.get("average").unwrap().as_mean().unwrap();
    assert_eq!((average.count(), average.sum()), (2, 6.0));
    let moving = after.get("moving").unwrap().as_window().unwrap();
    assert_eq!((moving.count(), moving.samples()), (1, &[40.0][..]));
    // A smaller one is a restart: all of it is new.
    stats.counter.set(20);
    stats.average.set(1, 3.0);
    let change = snapshot(&stats).since(&after).unwrap();
    assert_eq!(change.get("counter"), Some(&Value::Counter(20)));
    assert_eq!(change.get("average").unwrap().as_mean().unwrap().sum(), 3.0);
}
