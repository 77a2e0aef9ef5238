//! Statistics that are declared while a program runs.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use mmstats::{
    Average, Constant, Counter, DeclareErrorKind, Declared, Gauge, Merge, Progress, Reader,
    Registry, RunTime, Snapshot, Text, Timer, Value,
};
use tempfile::{TempDir, tempdir};

fn created() -> (TempDir, Registry) {
    let directory = tempdir().unwrap();
    let file = RunTime::builder().directory(directory.path()).file("w-{PID}.mmstats");
    let registry = file.create().unwrap().into();
    (directory, registry)
}

fn snapshot(path: &Path) -> Snapshot {
    Reader::open(path).unwrap().snapshot().unwrap()
}

fn of(registry: &Registry) -> Snapshot {
    snapshot(registry.path().unwrap())
}

fn count(snapshot: &Snapshot, key: &str) -> Option<u64> {
    snapshot.get(key).and_then(Value::as_u64)
}

#[test]
fn what_is_declared_appears_and_threads_add_up() {
    let (_directory, registry) = created();
    let reader = Reader::open(registry.path().unwrap()).unwrap();
    assert_eq!(reader.snapshot().unwrap().stats().len(), 6, "the facts and the overflow");
    let sent = registry.counter("sent").label("plugin", "geo \"2\"").unit("bytes");
    let sent = sent.help("What was sent.").register().unwrap();
    let latency = registry.timer("latency").register().unwrap();
    sent.inc();
    thread::scope(|scope| {
        for n in [1, 2] {
            let (sent, latency) = (sent.clone(), &latency);
            scope.spawn(move || {
                sent.add(n);
                latency.record(Duration::from_millis(n));
            });
        }
    });
    let snapshot = reader.snapshot().unwrap();
    let stat = snapshot.stat(r#"sent{plugin="geo \"2\""}"#).unwrap();
    assert_eq!(
        (stat.value(), stat.unit(), stat.help()),
        (&Value::Counter(4), "bytes", "What was sent.")
    );
    let Some(Value::Timer(timing)) = snapshot.get("latency") else { panic!("{snapshot}") };
    assert_eq!((timing.count(), timing.max()), (2, Duration::from_millis(2)));
    assert_eq!((sent.total(), sent.local()), (4, 1));
    assert_eq!(latency.total().count(), 2);
    // And the difference to a snapshot from before a declaration.
    registry.counter("late").register().unwrap().add(7);
    let delta = reader.snapshot().unwrap().since(&snapshot).unwrap();
    assert_eq!(delta.get("late"), Some(&Value::Counter(7)));
}

#[test]
fn statistics_of_every_kind_can_be_declared() {
    let (_directory, registry) = created();
    registry.up_down("open").register().unwrap().sub(3);
    registry.gauge::<f64>("load").register().unwrap().set(0.5);
    registry.gauge::<u8>("most").merge(Merge::Max).register().unwrap().set(9);
    registry.histogram("size").unit("bytes").register().unwrap().record(300);
    registry.declare::<Text<5>>("user").register().unwrap().set("Nguyễn");
    registry.declare::<Average>("rows").register().unwrap().add(2.0);
    registry.declare::<Progress>("users").register().unwrap().set_total(10);
    let snapshot = of(&registry);
    assert_eq!(snapshot.get("open"), Some(&Value::UpDown(-3)));
    assert_eq!(snapshot.get("load").unwrap().as_f64(), Some(0.5));
    assert_eq!(snapshot.stat("most").unwrap().merge(), Some(Merge::Max));
    assert_eq!(snapshot.get("size").unwrap().as_distribution().unwrap().count(), 1);
    assert_eq!(snapshot.get("user"), Some(&Value::Text("Nguy".into())));
    assert_eq!(snapshot.get("rows").unwrap().as_f64(), Some(2.0));
    assert!(snapshot.get("users").is_some());
}

#[test]
fn the_same_key_is_the_same_statistic() {
    let (_directory, registry) = created();
    let declare = || registry.counter("hits").label("b", "2").label("a", "1").register().unwrap();
    declare().inc();
    registry.counter("hits").label("a", "1").label("b", "2").register().unwrap().inc();
    assert_eq!(count(&of(&registry), r#"hits{a="1",b="2"}"#), Some(2));
    // All threads at once.
    let barrier = Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                barrier.wait();
                for number in 0..100 {
                    registry.counter(&format!("c{number}")).register().unwrap().inc();
                }
            });
        }
    });
    let snapshot = of(&registry);
    assert_eq!(snapshot.stats().len(), 5 + 1 + 1 + 100);
    assert!((0..100).all(|number| count(&snapshot, &format!("c{number}")) == Some(8)));
}

#[test]
fn what_cannot_be_declared_says_why() {
    let (_directory, registry) = created();
    registry.histogram("size").unit("bytes").register().unwrap();
    let error = |result: Result<(), mmstats::DeclareError>| result.unwrap_err().to_string();
    let declared = |declared: Result<Declared<Counter>, _>| error(declared.map(drop));
    assert_eq!(
        error(registry.counter("size").unit("bytes").register().map(drop)),
        "`size` is declared already, as a Histogram in bytes"
    );
    let other = registry.histogram("size").register().map(drop);
    assert!(matches!(other.as_ref().unwrap_err().kind(), DeclareErrorKind::Conflict(_)));
    assert_eq!(error(other), "`size` is declared already, as a Histogram in bytes");
    let name = |name: &str| declared(registry.counter(name).register());
    assert_eq!(name(""), "`` cannot be declared so: a name cannot be empty");
    assert!(name("a{b").contains("`{`"), "{}", name("a{b"));
    assert!(name("a\nb").contains("control character"), "{}", name("a\nb"));
    assert!(name(&"x".repeat(65_536)).contains("1024"), "{}", name(&"x".repeat(65_536)));
    assert_eq!(
        name("sys.pid"),
        "`sys.pid` cannot be declared so: every file has a statistic of this name"
    );
    let labels = registry.counter("a").label("b", &"x".repeat(2000)).register();
    assert!(declared(labels).contains("1024"));
    let unit = "x".repeat(64);
    let unit = declared(registry.counter("a").unit(&unit).register());
    assert_eq!(unit, "`a` cannot be declared so: a unit has at most 63 bytes");
    let merge = declared(registry.counter("a").merge(Merge::Max).register());
    assert_eq!(merge, "`a` cannot be declared so: `merge` has a meaning for a `Gauge` only");
    let constant = error(registry.declare::<Constant<u8>>("a").register().map(drop));
    assert_eq!(constant, "`a` cannot be declared so: a constant is set when a file is created");
    assert_eq!(of(&registry).stats().len(), 5 + 1 + 1, "nothing is left of them");
}

#[test]
fn a_registry_ends() {
    let (_directory, registry) = created();
    let timers = (0..).map_while(|number| registry.timer(&format!("t{number}")).register().ok());
    let timers: Vec<_> = timers.collect();
    assert_eq!(timers.len(), (1 << 20) / size_of::<Timer>());
    let error = registry.timer("one more").register().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`one more` has no room in the registry: a thread has 1 MiB for statistics"
    );
    for timer in &timers {
        timer.record(Duration::from_millis(1));
    }
    assert_eq!(of(&registry).stats().len(), 5 + 1 + timers.len());

    let (_directory, registry) = created();
    let counters =
        (0..).map_while(|number| registry.counter(&format!("c{number}")).register().ok());
    assert_eq!(counters.count(), 16_384);
    let error = registry.counter("one more").register().unwrap_err();
    assert!(matches!(error.kind(), DeclareErrorKind::NoRoom("a file takes 16,384 statistics")));
}

#[test]
fn what_nobody_declares_or_uses_takes_no_room() {
    let (_directory, registry) = created();
    let room = || fs::metadata(registry.path().unwrap()).unwrap().blocks() * 512;
    assert!(room() < 100_000, "{}", room());
    let timers: Vec<_> =
        (0..8).map(|number| registry.timer(&format!("t{number}")).register().unwrap()).collect();
    let before = room();
    for timer in &timers {
        timer.record(Duration::from_millis(1));
    }
    assert!((8 * 5_000..8 * 9_000).contains(&(room() - before)), "{}", room() - before);
}

#[test]
fn the_latest_value_of_a_gauge_is_shown() {
    let (_directory, registry) = created();
    let level = registry.gauge::<u64>("level").register().unwrap();
    let other = registry.counter("other").register().unwrap();
    other.inc();
    thread::scope(|scope| scope.spawn(|| level.set(5)).join().unwrap());
    level.set(7);
    assert_eq!((count(&of(&registry), "level"), level.total()), (Some(7), 7));
    thread::scope(|scope| scope.spawn(|| level.set(6)).join().unwrap());
    assert_eq!((count(&of(&registry), "level"), level.total()), (Some(6), 6));
}

#[test]
fn names_have_the_prefix_of_the_file() {
    let directory = tempdir().unwrap();
    let file = RunTime::builder().directory(directory.path()).prefix("web.");
    let registry = Registry::from(file.create().unwrap());
    registry.counter("hits").register().unwrap().inc();
    let snapshot = of(&registry);
    assert_eq!(count(&snapshot, "web.hits"), Some(1));
    assert_eq!(count(&snapshot, "web.registry.overflow"), Some(0));
}

#[test]
fn what_was_counted_moves_to_a_file_that_is_opened_later() {
    let directory = tempdir().unwrap();
    let places = directory.path().join("later");
    let file = RunTime::builder().directory(&places).on_warning(|_| {});
    let registry = Registry::from(file.create_or_detached());
    let first = registry.counter("first").register().unwrap();
    let timer = registry.timer("timer").label("a", "b").register().unwrap();
    first.add(3);
    timer.record(Duration::from_millis(1));
    fs::create_dir(&places).unwrap();
    registry.reopen().unwrap();
    registry.reopen().unwrap();
    first.inc();
    registry.counter("second").register().unwrap().inc();
    let snapshot = of(&registry);
    assert_eq!(count(&snapshot, "first"), Some(4));
    assert_eq!(count(&snapshot, "second"), Some(1));
    assert!(snapshot.get(r#"timer{a="b"}"#).is_some());
}

#[test]
fn a_checkpoint_has_what_was_declared() {
    let (live, kept) = (tempdir().unwrap(), tempdir().unwrap());
    let file = RunTime::builder().directory(live.path()).checkpoint_to(kept.path());
    let registry = Registry::from(file.create().unwrap());
    registry.counter("hits").register().unwrap().add(3);
    registry.flush().unwrap();
    let path = registry.checkpoint().unwrap();
    assert_eq!(count(&snapshot(&path), "hits"), Some(3));
    let found = fs::metadata(path).unwrap();
    assert!(found.blocks() * 512 < found.len() / 4, "{} of {}", found.blocks() * 512, found.len());
}

#[test]
fn a_forked_child_has_a_file_of_its_own_when_it_asks_for_one() {
    let (_directory, registry) = created();
    let hits = registry.counter("hits").register().unwrap();
    hits.add(5);
    // SAFETY: the child runs what the C library of Linux allows after a fork of this process.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        let well = catch_unwind(AssertUnwindSafe(|| {
            hits.inc();
            let own = registry.counter("own").register().unwrap();
            registry.reopen().unwrap();
            own.inc();
            hits.inc();
            let snapshot = of(&registry);
            assert_eq!((count(&snapshot, "hits"), count(&snapshot, "own")), (Some(2), Some(1)));
        }));
        // SAFETY: no contract.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            libc::_exit(well.is_err().into())
        }
    }
    let mut end = 0;
    // SAFETY: `end` is writable.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let waited = unsafe { libc::waitpid(pid, &raw mut end, 0) };
    assert_eq!((waited, end), (pid, 0));
    let snapshot = of(&registry);
    assert_eq!((count(&snapshot, "hits"), count(&snapshot, "own")), (Some(5), None));
}

#[test]
fn without_a_file_everything_counts_as_well() {
    let registry = Registry::detached();
    let hits = registry.counter("hits").register().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| hits.inc());
    });
    hits.add(2);
    assert_eq!(hits.total(), 3);
    let level = registry.declare::<Gauge<i8>>("level").merge(Merge::Sum).register().unwrap();
    level.set(-1);
    assert_eq!(level.total(), -1);
}
