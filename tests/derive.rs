//! The description of a derived struct, as a reader finds it in the file.

use mmstats::{
    Average, Constant, ConstantText, Counter, Gauge, GaugeValue, KeyBuf, Kind, Mapped, Merge,
    MmStats, MovingAverage, Reader, Scalar, Snapshot, Text, Timer, UpDown, Value,
};
use tempfile::TempDir;

/// Creates a new file, which lasts as long as the directory.
fn created<S: MmStats>() -> (TempDir, Mapped<S>) {
    let directory = tempfile::tempdir().unwrap();
    let stats = S::builder().directory(directory.path()).create().unwrap();
    (directory, stats)
}

fn snapshot<S: MmStats>(stats: &Mapped<S>) -> Snapshot {
    Reader::open(stats.path().unwrap()).unwrap().snapshot().unwrap()
}

/// Returns the labels of the struct's statistics.
fn labels(snapshot: &Snapshot) -> Vec<&str> {
    let declared = snapshot.stats().filter(|stat| stat.kind().is_some());
    declared.map(|stat| stat.key().as_str()).collect()
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
    #[mmstats(name = "user")]
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
fn unit_and_merge_are_as_declared() {
    let (_directory, stats) = created::<Stats>();
    let snapshot = snapshot(&stats);
    let stat = |label| snapshot.stat(label).unwrap();
    assert_eq!((stat("largest").unit(), stat("largest").merge()), ("bytes", Some(Merge::Max)));
    assert_eq!((stat("type").unit(), stat("type").merge()), ("", Some(Merge::Latest)));
    assert_eq!((stat("otherdb_timer").unit(), stat("done").unit()), ("s", ""));
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
    assert_eq!(snapshot.get("largest"), Some(&Value::Gauge(Scalar::Integer(1 << 40))));
    assert_eq!(snapshot.get("user"), Some(&Value::Text("Hélène".to_owned())));
    assert_eq!(snapshot.get("type"), Some(&Value::Gauge(Scalar::Bool(true))));
}

#[test]
fn a_prefix_stands_before_every_label() {
    #[derive(MmStats)]
    #[mmstats(prefix = "web.")]
    struct Web {
        requests: Counter,
        #[mmstats(name = "bytes.sent")]
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
    assert_eq!((stats.open.local(), stats.workers.local(), stats.port.get()), (-1, 4, 8080));
    assert_eq!((stats.limit.local(), stats.untouched.local()), (0.5, 0));
    let snapshot = snapshot(&stats);
    let value = |label| snapshot.get(label).unwrap();
    assert_eq!(value("open"), &Value::UpDown(-1));
    assert_eq!(value("workers"), &Value::Gauge(Scalar::Integer(4)));
    assert_eq!(value("limit"), &Value::Gauge(Scalar::Double(0.5)));
    assert_eq!(value("user"), &Value::Text("nobody-3".to_owned()));
    assert_eq!(value("port"), &Value::Constant(Scalar::Integer(8080)));
    assert_eq!(value("version"), &Value::ConstantText("1.2".to_owned()));
    assert_eq!(value("untouched"), &Value::Gauge(Scalar::Integer(0)));
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

/// A crate that re-exports `mmstats`.
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
    assert_eq!(snapshot(&stats).get("ready"), Some(&Value::Gauge(Scalar::Integer(1))));
}

#[derive(MmStats)]
struct Pool {
    /// Connections that are idle.
    #[mmstats(initial = 4)]
    idle: Gauge<u32>,
    #[mmstats(merge = "max", unit = "ms")]
    wait: Gauge<u32>,
}

#[test]
fn a_struct_of_statistics_is_a_statistic_at_every_depth() {
    #[derive(MmStats)]
    struct Database {
        #[mmstats(name = "connections")]
        pool: Pool,
        queries: Counter,
    }

    #[derive(MmStats)]
    #[mmstats(prefix = "app.")]
    struct App {
        started: Counter,
        main: Database,
        #[mmstats(flatten)]
        own: Pool,
        #[mmstats(flatten, prefix = "db_")]
        other: Database,
    }

    let (_directory, stats) = created::<App>();
    stats.main.queries.inc();
    stats.main.pool.wait.set(7);
    std::thread::scope(|scope| scope.spawn(|| stats.main.pool.wait.set(5)).join().unwrap());
    stats.other.pool.wait.set(9);
    let snapshot = snapshot(&stats);
    let expected = [
        "app.started",
        "app.main.connections.idle",
        "app.main.connections.wait",
        "app.main.queries",
        "app.idle",
        "app.wait",
        "app.db_connections.idle",
        "app.db_connections.wait",
        "app.db_queries",
    ];
    assert_eq!(labels(&snapshot), expected);
    let number = |label: &str| snapshot.get(label).and_then(Value::as_f64);
    assert_eq!(number("app.main.connections.wait"), Some(7.0));
    assert_eq!(number("app.db_connections.wait"), Some(9.0));
    // The second lane starts empty.
    assert_eq!(number("app.main.queries"), Some(1.0));
    assert_eq!(snapshot.lanes()[0].stats().nth(4).unwrap().value().as_f64(), Some(4.0));
    let idle = snapshot.stat("app.main.connections.idle").unwrap();
    assert_eq!(idle.help(), "Connections that are idle.");
    let wait = snapshot.stat("app.idle").unwrap();
    assert_eq!((wait.unit(), wait.merge()), ("", Some(Merge::Latest)));
    assert_eq!(stats.total(|stats| &stats.main.pool.wait), 7);
    assert_eq!(stats.total(|stats| &stats.own.idle), 4);
}

#[test]
fn an_array_has_a_label() {
    #[derive(MmStats)]
    struct Shard {
        hits: Counter,
        #[mmstats(initial = "none")]
        owner: Text<8>,
        sizes: [Average; 2],
    }

    #[derive(MmStats)]
    struct Arrays {
        /// In all.
        #[mmstats(unit = "things", merge = "max", initial = 3)]
        level: [Gauge<u8>; 3],
        #[mmstats(key = "shard")]
        shards: [Shard; 2],
        #[mmstats(key = "row")]
        grid: [[Counter; 2]; 1],
        #[mmstats(flatten, key = "other")]
        others: [Shard; 1],
        none: [Counter; 0],
    }

    let (_directory, stats) = created::<Arrays>();
    stats.level[1].set(5);
    stats.shards[1].hits.add(2);
    stats.shards[1].sizes[0].add(8.0);
    stats.grid[0][1].inc();
    let snapshot = snapshot(&stats);
    let expected = [
        r#"level{index="0"}"#,
        r#"level{index="1"}"#,
        r#"level{index="2"}"#,
        r#"shards.hits{shard="0"}"#,
        r#"shards.owner{shard="0"}"#,
        r#"shards.sizes{index="0",shard="0"}"#,
        r#"shards.sizes{index="1",shard="0"}"#,
        r#"shards.hits{shard="1"}"#,
        r#"shards.owner{shard="1"}"#,
        r#"shards.sizes{index="0",shard="1"}"#,
        r#"shards.sizes{index="1",shard="1"}"#,
        r#"grid{index="0",row="0"}"#,
        r#"grid{index="1",row="0"}"#,
        r#"hits{other="0"}"#,
        r#"owner{other="0"}"#,
        r#"sizes{index="0",other="0"}"#,
        r#"sizes{index="1",other="0"}"#,
    ];
    assert_eq!(labels(&snapshot), expected);
    let number = |label: &str| snapshot.get(label).and_then(Value::as_f64);
    assert_eq!(number(r#"level{index="1"}"#), Some(5.0));
    assert_eq!(number(r#"level{index="2"}"#), Some(3.0));
    assert_eq!(number(r#"shards.hits{shard="1"}"#), Some(2.0));
    // In any order, or as a key.
    assert_eq!(number(r#"shards.sizes{shard="1", index="0"}"#), Some(8.0));
    let key = KeyBuf::new("grid").with("row", "0").with("index", "1");
    assert_eq!(snapshot.get(&key), Some(&Value::Counter(1)));
    let owner = snapshot.stat(r#"shards.owner{shard="1"}"#).unwrap();
    assert_eq!(owner.value(), &Value::Text("none".into()));
    assert_eq!((owner.name(), owner.key().label("shard").as_deref()), ("shards.owner", Some("1")));
    let level = snapshot.stat(r#"level{index="1"}"#).unwrap();
    assert_eq!(
        (level.unit(), level.help(), level.merge()),
        ("things", "In all.", Some(Merge::Max))
    );
    std::thread::scope(|scope| scope.spawn(|| stats.level[1].set(4)).join().unwrap());
    assert_eq!(stats.total(|stats| &stats.level[1]), 5);
    assert_eq!(stats.total(|stats| &stats.shards[1].hits), 2);
}

#[test]
fn constants_of_nested_structs_are_in_every_lane() {
    #[derive(MmStats)]
    struct Build {
        #[mmstats(initial = 7)]
        number: Constant<u16>,
        done: Counter,
    }

    #[derive(MmStats)]
    struct Stats {
        builds: [Build; 2],
    }

    let (_directory, stats) = created::<Stats>();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            stats.builds[1].done.inc();
            assert_eq!(stats.builds[1].number.get(), 7);
        });
    });
    let number = snapshot(&stats);
    assert_eq!(number.get(r#"builds.number{index="1"}"#), Some(&Value::Constant(7u64.into())));
}

#[test]
fn a_generic_struct_may_be_nested() {
    #[derive(MmStats)]
    struct Timed<F, const N: usize> {
        #[mmstats(name = "what")]
        inner: F,
        latest: [MovingAverage<N>; 1],
    }

    #[derive(MmStats)]
    struct Stats {
        pool: Timed<Pool, 3>,
        count: Timed<Counter, 4>,
        deep: Timed<Timed<Counter, 4>, 4>,
    }

    // An array in an array.
    #[derive(MmStats)]
    struct Outer<F> {
        #[mmstats(key = "outer")]
        all: [F; 1],
    }

    let (_directory, stats) = created::<Stats>();
    let expected = [
        "pool.what.idle",
        "pool.what.wait",
        r#"pool.latest{index="0"}"#,
        "count.what",
        r#"count.latest{index="0"}"#,
        "deep.what.what",
        r#"deep.what.latest{index="0"}"#,
        r#"deep.latest{index="0"}"#,
    ];
    assert_eq!(labels(&snapshot(&stats)), expected);

    let (_directory, stats) = created::<Outer<Timed<Counter, 4>>>();
    let expected = [r#"all.what{outer="0"}"#, r#"all.latest{index="0",outer="0"}"#];
    assert_eq!(labels(&snapshot(&stats)), expected);
}

#[test]
fn names_in_scope_do_not_matter() {
    #![allow(non_upper_case_globals, dead_code, reason = "what is tested")]
    const done: u64 = 3;
    const waiting: u64 = 4;
    struct Stored;
    fn initialise() {}

    #[derive(MmStats)]
    struct Stats {
        done: Counter,
        #[mmstats(initial = done + waiting)]
        waiting: Gauge<u64>,
    }

    let (_directory, stats) = created::<Stats>();
    assert_eq!((stats.done.local(), stats.waiting.local()), (0, 7));
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
