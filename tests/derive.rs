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

macro_rules! large {
    ($($name:ident)*) => {
        #[derive(MmStats)]
        struct Large {
            $($name: Counter,)*
        }

        impl Large {
            fn all(&self) -> Vec<(&'static str, &Counter)> {
                vec![$((stringify!($name), &self.$name)),*]
            }
        }
    };
}

large! {
    f000 f001 f002 f003 f004 f005 f006 f007 f008 f009 f010 f011 f012 f013 f014
    f015 f016 f017 f018 f019 f020 f021 f022 f023 f024 f025 f026 f027 f028 f029
    f030 f031 f032 f033 f034 f035 f036 f037 f038 f039 f040 f041 f042 f043 f044
    f045 f046 f047 f048 f049 f050 f051 f052 f053 f054 f055 f056 f057 f058 f059
    f060 f061 f062 f063 f064 f065 f066 f067 f068 f069 f070 f071 f072 f073 f074
    f075 f076 f077 f078 f079 f080 f081 f082 f083 f084 f085 f086 f087 f088 f089
    f090 f091 f092 f093 f094 f095 f096 f097 f098 f099 f100 f101 f102 f103 f104
    f105 f106 f107 f108 f109 f110 f111 f112 f113 f114 f115 f116 f117 f118 f119
    f120 f121 f122 f123 f124 f125 f126 f127 f128 f129
}

#[test]
fn each_field_of_a_large_struct_has_its_place() {
    let (_directory, stats) = created::<Large>();
    for (value, (_, counter)) in (1..).zip(stats.all()) {
        counter.add(value);
    }
    let snapshot = snapshot(&stats);
    let names: Vec<_> = stats.all().into_iter().map(|(name, _)| name).collect();
    assert_eq!(labels(&snapshot), names);
    for (value, name) in (1..).zip(names) {
        assert_eq!(snapshot.get(name), Some(&Value::Counter(value)));
    }
}
