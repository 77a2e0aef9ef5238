//! What a derived struct says of itself, as a reader finds it in the file.

use mmstats::{
    Average, Constant, ConstantText, Counter, Gauge, GaugeValue, Kind, Mapped, Merge, MmStats,
    MovingAverage, Reader, Scalar, Snapshot, Text, Timer, UpDown, Value,
};
use tempfile::TempDir;

/// A new file, which lasts as long as the directory.
fn created<S: MmStats>() -> (TempDir, Mapped<S>) {
    let directory = tempfile::tempdir().unwrap();
    let stats = S::builder().path(directory.path()).create().unwrap();
    (directory, stats)
}

fn snapshot<S: MmStats>(stats: &Mapped<S>) -> Snapshot {
    Reader::open(stats.path().unwrap()).unwrap().snapshot().unwrap()
}

/// The labels of what the struct declares.
fn labels(snapshot: &Snapshot) -> Vec<&str> {
    let declared = snapshot.stats().filter(|stat| stat.kind().is_some());
    declared.map(|stat| stat.label()).collect()
}

#[derive(MmStats)]
struct Stats {
    /// Users processed
    ///   so far.
    ///
    ///
    /// Those without an address are counted, too.
    done: Counter,
    #[doc = "One line,\nand another."]
    #[mmstats(unit = "bytes", merge = "max")]
    largest: Gauge<u64>,
    otherdb_timer: Timer,
    #[mmstats(label = "user")]
    last_user: Text<64>,
    r#type: Gauge<bool>,
}

#[test]
fn labels_are_names_unless_given() {
    let (_directory, stats) = created::<Stats>();
    let snapshot = snapshot(&stats);
    assert_eq!(labels(&snapshot), ["done", "largest", "otherdb_timer", "user", "type"]);
}

#[test]
fn doc_comments_become_help() {
    let (_directory, stats) = created::<Stats>();
    let snapshot = snapshot(&stats);
    let help = |label| snapshot.stat(label).unwrap().help();
    assert_eq!(help("done"), "Users processed so far.\nThose without an address are counted, too.");
    assert_eq!(help("largest"), "One line, and another.");
    assert_eq!(help("user"), "");
}

#[test]
fn unit_and_merge_are_as_said() {
    let (_directory, stats) = created::<Stats>();
    let snapshot = snapshot(&stats);
    let stat = |label| snapshot.stat(label).unwrap();
    assert_eq!((stat("largest").unit(), stat("largest").merge()), ("bytes", Some(Merge::Max)));
    assert_eq!((stat("type").unit(), stat("type").merge()), ("", Some(Merge::Latest)));
    assert_eq!((stat("otherdb_timer").unit(), stat("done").unit()), ("ns", ""));
}

#[test]
fn each_field_lies_where_the_schema_says() {
    let (_directory, stats) = created::<Stats>();
    stats.done.add(7);
    stats.largest.set(1 << 40);
    stats.last_user.set("Hélène");
    stats.r#type.set(true);
    let snapshot = snapshot(&stats);
    assert_eq!(snapshot.get("done"), Some(&Value::Counter(7)));
    assert_eq!(snapshot.get("largest"), Some(&Value::Number(Scalar::Unsigned(1 << 40))));
    assert_eq!(snapshot.get("user"), Some(&Value::Text("Hélène".to_owned())));
    assert_eq!(snapshot.get("type"), Some(&Value::Number(Scalar::Bool(true))));
}

#[test]
fn a_prefix_stands_before_every_label() {
    #[derive(MmStats)]
    #[mmstats(prefix = "web.")]
    struct Web {
        requests: Counter,
        #[mmstats(label = "bytes.sent")]
        sent: Counter,
    }

    let (_directory, stats) = created::<Web>();
    stats.sent.add(2);
    let snapshot = snapshot(&stats);
    assert_eq!(labels(&snapshot), ["web.requests", "web.bytes.sent"]);
    assert_eq!(snapshot.get("web.requests"), Some(&Value::Counter(0)));
    assert_eq!(snapshot.get("web.bytes.sent"), Some(&Value::Counter(2)));
}

#[test]
fn initial_values_are_stored() {
    const LIMIT: f64 = 0.5;

    fn workers() -> u32 {
        3
    }

    #[derive(MmStats)]
    struct Initial {
        #[mmstats(initial = -1)]
        open: UpDown,
        #[mmstats(initial = { let workers = workers(); workers.max(2) + 1 })]
        workers: Gauge<u32>,
        #[mmstats(initial = LIMIT)]
        limit: Gauge<f64>,
        #[mmstats(initial = format!("nobody-{}", workers()).as_str())]
        user: Text<64>,
        #[mmstats(initial = 8080)]
        port: Constant<u16>,
        #[mmstats(initial = concat!("1", ".", "2"))]
        version: ConstantText<16>,
        untouched: Gauge<i8>,
    }

    let (_directory, stats) = created::<Initial>();
    assert_eq!((stats.open.get(), stats.workers.get(), stats.port.get()), (-1, 4, 8080));
    assert_eq!((stats.limit.get(), stats.untouched.get()), (0.5, 0));
    let snapshot = snapshot(&stats);
    let value = |label| snapshot.get(label).unwrap();
    assert_eq!(value("open"), &Value::UpDown(-1));
    assert_eq!(value("workers"), &Value::Number(Scalar::Unsigned(4)));
    assert_eq!(value("limit"), &Value::Number(Scalar::Double(0.5)));
    assert_eq!(value("user"), &Value::Text("nobody-3".to_owned()));
    assert_eq!(value("port"), &Value::Number(Scalar::Unsigned(8080)));
    assert_eq!(value("version"), &Value::Text("1.2".to_owned()));
    assert_eq!(value("untouched"), &Value::Number(Scalar::Signed(0)));
}

#[test]
fn parameters_are_for_the_user_to_choose() {
    #[derive(MmStats)]
    struct Generic<T: GaugeValue, F, const N: usize> {
        value: Gauge<T>,
        other: F,
        latest: MovingAverage<N>,
    }

    let (_directory, stats) = created::<Generic<f32, Average, 2>>();
    stats.value.set(1.5);
    stats.other.add(3.0);
    for sample in [1.0, 2.0, 4.0] {
        stats.latest.add(sample);
    }
    let snapshot = snapshot(&stats);
    let kinds: Vec<_> = snapshot.stats().filter_map(|stat| stat.kind()).collect();
    assert_eq!(kinds, [Kind::Gauge, Kind::Average, Kind::MovingAverage]);
    let number = |label| snapshot.get(label).and_then(Value::as_f64);
    assert_eq!(
        (number("value"), number("other"), number("latest")),
        (Some(1.5), Some(3.0), Some(3.0))
    );
}

#[test]
fn a_struct_without_fields_is_a_file_without_statistics() {
    #[derive(MmStats)]
    struct Empty {}

    #[derive(MmStats)]
    struct Unit;

    let (_directory, empty) = created::<Empty>();
    assert!(labels(&snapshot(&empty)).is_empty());
    let (_directory, unit) = created::<Unit>();
    assert!(labels(&snapshot(&unit)).is_empty());
}

/// A crate that passes `mmstats` on.
mod framework {
    pub(crate) use ::mmstats as statistics;
}

#[test]
fn the_crate_may_be_elsewhere() {
    #[derive(MmStats)]
    #[mmstats(crate = "crate::framework::statistics")]
    struct Elsewhere {
        #[mmstats(merge = "sum", initial = 1)]
        ready: Gauge<u8>,
    }

    let (_directory, stats) = created::<Elsewhere>();
    assert_eq!(snapshot(&stats).get("ready"), Some(&Value::Number(Scalar::Unsigned(1))));
}
