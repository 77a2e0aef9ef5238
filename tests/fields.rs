//! Each statistic means what its documentation says: to its own thread, to the process, and to a
//! reader of the file.

#![expect(clippy::float_cmp, reason = "what is compared is exact")]

use mmstats::{
    Average, Constant, ConstantText, Counter, Gauge, Mapped, MmStats, MovingAverage, Reader,
    Scalar, Snapshot, Text, UpDown, Value,
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
    let stats = Stats::builder().path(directory.path()).create().unwrap();
    (directory, stats)
}

fn snapshot(stats: &Mapped<Stats>) -> Snapshot {
    Reader::open(stats.path().unwrap()).unwrap().snapshot().unwrap()
}

/// Runs on a thread of its own, which has ended when this returns.
fn on_another_thread(work: impl FnOnce() + Send) {
    // Joined, since a scope alone does not wait for what a thread does when it ends.
    std::thread::scope(|scope| scope.spawn(work).join().unwrap());
}

#[test]
fn a_counter_wraps_like_u64_and_can_be_reset() {
    let (_directory, stats) = created();
    stats.counter.add(u64::MAX);
    stats.counter.inc();
    assert_eq!(stats.counter.get(), 0);
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
        assert_eq!(stats.updown.get(), -13);
    });
    assert_eq!(stats.updown.get(), 10);
    assert_eq!(stats.read(|stats| &stats.updown), -3);
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
        Some(Value::Number(scalar)) => *scalar,
        other => panic!("{label}: {other:?}"),
    };
    assert_eq!(number("u8"), Scalar::Unsigned(u8::MAX.into()));
    assert_eq!(number("u16"), Scalar::Unsigned(u16::MAX.into()));
    assert_eq!(number("u32"), Scalar::Unsigned(u32::MAX.into()));
    assert_eq!(number("u64"), Scalar::Unsigned(u64::MAX));
    assert_eq!(number("i8"), Scalar::Signed(i8::MIN.into()));
    assert_eq!(number("i16"), Scalar::Signed(i16::MIN.into()));
    assert_eq!(number("i32"), Scalar::Signed(i32::MIN.into()));
    assert_eq!(number("i64"), Scalar::Signed(i64::MIN));
    assert_eq!(number("f32"), Scalar::Float(-0.0));
    assert_eq!(number("f64"), Scalar::Double(f64::NAN));
    assert_eq!(number("bool"), Scalar::Bool(true));
    assert!(stats.f64.get().is_nan() && stats.bool.get());
}

#[test]
fn the_latest_gauge_is_the_one_that_was_set_last_on_whichever_thread() {
    let (_directory, stats) = created();
    stats.u32.set(1);
    on_another_thread(|| stats.u32.set(2));
    assert_eq!((stats.u32.get(), stats.read(|stats| &stats.u32)), (1, 2));
    assert_eq!(snapshot(&stats).get("u32"), Some(&Value::Number(Scalar::Unsigned(2))));
    stats.u32.set(3);
    assert_eq!(stats.read(|stats| &stats.u32), 3);
    on_another_thread(|| stats.counter.inc()); // its lane's gauge was never set again
    assert_eq!(snapshot(&stats).get("u32"), Some(&Value::Number(Scalar::Unsigned(3))));
}

#[test]
fn gauges_are_merged_as_they_say_over_the_threads_that_set_them() {
    let (_directory, stats) = created();
    let set = |queued, lowest, highest| {
        stats.queued.set(queued);
        stats.lowest.set(lowest);
        stats.highest.set(highest);
    };
    // The first two live at the same time, so that they have lanes of their own.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            set(3, 5, -5.0);
            on_another_thread(|| set(4, 7, -7.0));
        });
    });
    on_another_thread(|| stats.counter.inc());
    let read = (
        stats.read(|stats| &stats.queued),
        stats.read(|stats| &stats.lowest),
        stats.read(|stats| &stats.highest),
    );
    assert_eq!(read, (7, 5, -5.0));
    let snapshot = snapshot(&stats);
    assert_eq!(snapshot.get("queued"), Some(&Value::Number(Scalar::Unsigned(7))));
    assert_eq!(snapshot.get("lowest"), Some(&Value::Number(Scalar::Signed(5))));
    assert_eq!(snapshot.get("highest"), Some(&Value::Number(Scalar::Double(-5.0))));
}

#[test]
fn a_text_is_cut_at_a_character() {
    let (_directory, stats) = created();
    for (set, expected) in [
        ("Ελένη Παπα", "Ελένη "),        // 11 bytes end within the next letter
        ("hello world", "hello world"),  // as many bytes as there is room for
        ("hello world!", "hello world"), // one too many
        ("名前と住所", "名前と"),        // three bytes each
        ("e\u{301}", "e\u{301}"),        // shorter than what was there
        ("", ""),
    ] {
        stats.text.set(set);
        assert_eq!(stats.text.get(), expected);
        assert_eq!(snapshot(&stats).get("text"), Some(&Value::Text(expected.to_owned())));
    }
    let long = "é".repeat(200);
    stats.wide.set(&long);
    assert_eq!(stats.wide.get(), "é".repeat(127));
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
        (stats.text.get(), stats.read(|stats| &stats.text)),
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
    let all = stats.read(|stats| &stats.average);
    assert_eq!((all.count, all.sum, all.mean()), (4, 16.0, 4.0));
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
    let all = stats.read(|stats| &stats.moving);
    assert_eq!((all.count, all.samples.len()), (8, 6));
    assert!((all.mean() - 220.0 / 6.0).abs() < 1e-9);
    let Some(Value::MovingAverage(read)) = snapshot(&stats).get("moving").cloned() else {
        panic!("not a moving average");
    };
    assert_eq!((read.count, read.mean()), (8, all.mean()));
}

#[test]
fn constants_are_the_same_on_every_thread() {
    let (_directory, stats) = created();
    on_another_thread(|| {
        assert_eq!((stats.port.get(), stats.version.get()), (8080, "1.2.3".to_owned()));
    });
    let snapshot = snapshot(&stats);
    assert_eq!(snapshot.get("version"), Some(&Value::Text("1.2.3".to_owned())));
    for lane in snapshot.lanes() {
        let port = lane.stats().find(|stat| stat.label() == "port").unwrap();
        assert_eq!(port.value(), &Value::Number(Scalar::Unsigned(8080)));
    }
}

#[test]
fn debug_output_is_for_people() {
    let (_directory, stats) = created();
    stats.counter.add(3);
    stats.text.set("x");
    assert_eq!(format!("{:?} {:?}", stats.counter, stats.text), "Counter(3) Text(\"x\")");
}
