//! Families whose keys are known at run time.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;
use std::time::Duration;

use mmstats::{
    Builder, Constant, Counter, DynFamily, Family, Gauge, Group, Mapped, MmStats, Number, Reader,
    Snapshot, Text, Timer, UpDown, Value,
};
use tempfile::{TempDir, tempdir};

#[derive(MmStats)]
struct Route {
    requests: Counter,
    latency: Timer,
    #[mmstats(initial = 80)]
    port: Constant<u16>,
    state: Text<8>,
}

#[derive(MmStats)]
struct Pair {
    count: Counter,
    bytes: Counter,
}

#[derive(MmStats)]
struct Stats {
    before: Counter,
    /// Hits.
    #[mmstats(key = "page")]
    hits: DynFamily<Counter, 4>,
    #[mmstats(key = "tenant")]
    tenants: DynFamily<Route, 64>,
    #[mmstats(key = "z,method")]
    paths: DynFamily<UpDown, 3, 16, 2>,
    #[mmstats(key = "peer", unit = "bytes", merge = "sum")]
    sent: DynFamily<Gauge<u64>, 8>,
    #[mmstats(key = "queue")]
    latest: DynFamily<Gauge<u64>, 8>,
    #[mmstats(key = "route")]
    groups: DynFamily<Group<Pair>, 2>,
    #[mmstats(key = "shard")]
    shards: [Shard; 2],
    after: Counter,
}

#[derive(MmStats)]
struct Shard {
    #[mmstats(key = "tenant")]
    open: DynFamily<Family<Number<0, 2>, Counter>, 2, 8>,
}

fn builder() -> (TempDir, Builder<Stats>) {
    let directory = tempdir().unwrap();
    let builder = Stats::builder().directory(directory.path()).file("w-{PID}.mmstats");
    (directory, builder)
}

fn created() -> (TempDir, Mapped<Stats>) {
    let (directory, builder) = builder();
    (directory, builder.create().unwrap())
}

fn snapshot(path: &Path) -> Snapshot {
    Reader::open(path).unwrap().snapshot().unwrap()
}

fn of(stats: &Mapped<Stats>) -> Snapshot {
    snapshot(stats.path().unwrap())
}

fn count(snapshot: &Snapshot, key: &str) -> Option<u64> {
    snapshot.get(key).and_then(Value::as_u64)
}

fn keys<'a>(snapshot: &'a Snapshot, name: &str) -> Vec<&'a str> {
    let keys = snapshot.stats().map(|stat| stat.key().as_str());
    keys.filter(|key| key.starts_with(name)).collect()
}

#[test]
fn a_member_appears_with_its_key_and_threads_add_up() {
    let (_directory, stats) = created();
    assert_eq!(keys(&of(&stats), "hits"), ["hits.overflow"]);
    stats.hits.of("/").inc();
    let root = stats.hits.of("/");
    root.add(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            stats.hits.of("/users").inc();
            stats.hits.of(&String::from("/")).add(4);
        });
    });
    let snapshot = of(&stats);
    let expected = ["hits.overflow", r#"hits{page="/"}"#, r#"hits{page="/users"}"#];
    assert_eq!(keys(&snapshot, "hits"), expected);
    assert_eq!(count(&snapshot, r#"hits{page="/"}"#), Some(7));
    assert_eq!(count(&snapshot, r#"hits{page="/users"}"#), Some(1));
    assert_eq!(snapshot.get("hits.overflow"), Some(&Value::Overflow(0)));
    assert_eq!(snapshot.stat(r#"hits{page="/"}"#).unwrap().help(), "Hits.");
    assert_eq!(snapshot.stat("hits.overflow").unwrap().unit(), "");
    let lanes = snapshot.lanes().iter().map(|lane| {
        let stat = lane.stats().find(|stat| stat.key().as_str() == r#"hits{page="/"}"#);
        stat.unwrap().value().as_u64().unwrap()
    });
    assert_eq!(lanes.collect::<Vec<_>>(), [3, 4]);
    let hits = stats.family(|stats| &stats.hits);
    assert_eq!(hits.total("/", |hits| hits), Some(7));
    assert_eq!(hits.total("/none", |hits| hits), None);
    assert_eq!(hits.keys().into_iter().flatten().collect::<Vec<_>>(), ["/", "/users"]);
    assert!(stats.hits.get("/users").is_none(), "not in this thread's lane");
    assert_eq!(stats.hits.get("/").unwrap().local(), 3);
}

#[test]
fn what_has_no_room_is_counted_as_other_and_said() {
    let (_directory, stats) = created();
    for page in 0..10 {
        stats.hits.of(&page.to_string()).inc();
    }
    let long = "x".repeat(65);
    stats.hits.of(&long).add(100);
    stats.hits.of("3").inc();
    let snapshot = of(&stats);
    assert_eq!(count(&snapshot, r#"hits{page="3"}"#), Some(2));
    assert_eq!(count(&snapshot, r#"hits{page="other"}"#), Some(106));
    assert_eq!(count(&snapshot, "hits.overflow"), Some(7));
    assert_eq!(keys(&snapshot, "hits{").len(), 5);
    let hits = stats.family(|stats| &stats.hits);
    assert_eq!((hits.other(|hits| hits), hits.overflow()), (106, 7));
}

#[test]
fn the_key_other_is_the_member_for_all_others() {
    let (_directory, stats) = created();
    stats.hits.of("other").inc();
    stats.hits.other().inc();
    let snapshot = of(&stats);
    assert_eq!(keys(&snapshot, "hits"), ["hits.overflow", r#"hits{page="other"}"#]);
    assert_eq!(count(&snapshot, r#"hits{page="other"}"#), Some(2));
    assert_eq!(count(&snapshot, "hits.overflow"), Some(0));
}

#[test]
fn any_text_is_a_key() {
    let (_directory, stats) = created();
    let texts = ["", "\"quoted\"\\\n", "Ελένη", "\u{1b}[31m\u{0}"];
    for text in texts {
        stats.hits.of(text).inc();
    }
    let longest = "y".repeat(64);
    stats.sent.of(&longest).set(3);
    let snapshot = of(&stats);
    let found: Vec<String> = snapshot
        .stats()
        .filter(|stat| stat.name() == "hits")
        .map(|stat| stat.labels().next().unwrap().1.into_owned())
        .collect();
    let mut sorted = texts;
    sorted.sort_unstable();
    assert_eq!(found, sorted);
    assert_eq!(count(&snapshot, r#"hits{page="\"quoted\"\\\n"}"#), Some(1));
    assert_eq!(count(&snapshot, &format!("sent{{peer=\"{longest}\"}}")), Some(3));
    assert_eq!(snapshot.stat(format!("sent{{peer=\"{longest}\"}}")).unwrap().unit(), "bytes");
}

#[test]
fn keys_of_all_lengths_are_told_apart() {
    #[derive(MmStats)]
    struct Many {
        #[mmstats(key = "k")]
        many: DynFamily<Counter, 2000, 24>,
    }
    let directory = tempdir().unwrap();
    let many = Many::builder().directory(directory.path()).create().unwrap();
    let texts: Vec<String> = (0..=24)
        .flat_map(|len| (0..70_u8).map(move |n| (len, n)))
        .map(|(len, n)| (0..len).map(|at| char::from(b'0' + (n / (at + 1)) % 64)).collect())
        .collect();
    let mut expected = std::collections::BTreeMap::new();
    for (text, n) in texts.iter().zip(1..) {
        many.many.of(text).add(n);
        *expected.entry(text).or_default() += n;
    }
    let snapshot = snapshot(many.path().unwrap());
    assert_eq!(count(&snapshot, "many.overflow"), Some(0));
    for (text, n) in &expected {
        let key = mmstats::KeyBuf::new("many").with("k", text);
        assert_eq!(count(&snapshot, key.as_str()), Some(*n), "{text}");
        assert_eq!(many.many.get(*text).unwrap().local(), *n);
    }
    assert_eq!(keys(&snapshot, "many{").len(), expected.len());
}

#[test]
fn a_key_may_be_a_tuple() {
    let (_directory, stats) = created();
    stats.paths.of(("/a", "GET")).inc();
    stats.paths.of(("/aG", "ET")).add(2);
    stats.paths.of(("", "GET/a")).add(3);
    stats.paths.of(("too long, since each", "is whole words")).add(4);
    let snapshot = of(&stats);
    assert_eq!(snapshot.get(r#"paths{method="GET",z="/a"}"#), Some(&Value::UpDown(1)));
    assert_eq!(snapshot.get(r#"paths{method="ET",z="/aG"}"#), Some(&Value::UpDown(2)));
    assert_eq!(snapshot.get(r#"paths{method="GET/a",z=""}"#), Some(&Value::UpDown(3)));
    assert_eq!(snapshot.get(r#"paths{method="other",z="other"}"#), Some(&Value::UpDown(4)));
}

#[test]
fn members_are_structs_groups_and_families() {
    let (_directory, stats) = created();
    let acme = stats.tenants.of("acme");
    acme.requests.inc();
    acme.latency.record(Duration::from_millis(3));
    acme.state.set("busy");
    stats.groups.of("a").update(|pair| {
        pair.count.inc();
        pair.bytes.add(9);
    });
    stats.shards[1].open.of("acme")[Number::new(1).unwrap()].inc();
    let snapshot = of(&stats);
    let Some(Value::Timer(latency)) = snapshot.get(r#"tenants.latency{tenant="acme"}"#) else {
        panic!("{snapshot}");
    };
    assert_eq!((latency.count(), latency.max()), (1, Duration::from_millis(3)));
    assert_eq!(count(&snapshot, r#"tenants.port{tenant="acme"}"#), Some(80));
    assert_eq!(snapshot.get(r#"tenants.state{tenant="acme"}"#), Some(&Value::Text("busy".into())));
    assert_eq!(count(&snapshot, r#"groups.bytes{route="a"}"#), Some(9));
    assert_eq!(count(&snapshot, "tenants.overflow"), Some(0));
    assert_eq!(keys(&snapshot, "tenants.requests").len(), 1);
    stats.groups.of("a").update(|pair| {
        pair.count.inc();
        let snapshot = of(&stats);
        assert!(snapshot.stat(r#"groups.count{route="a"}"#).unwrap().is_torn());
        assert!(!snapshot.stat(r#"tenants.requests{tenant="acme"}"#).unwrap().is_torn());
    });
    assert_eq!(
        keys(&snapshot, "shards.open{"),
        [
            r#"shards.open{index="0",shard="1",tenant="acme"}"#,
            r#"shards.open{index="1",shard="1",tenant="acme"}"#
        ]
    );
    assert_eq!(count(&snapshot, keys(&snapshot, "shards.open{")[1]), Some(1));
}

#[test]
fn gauges_are_merged_as_they_say() {
    let (_directory, stats) = created();
    let set = |value| {
        stats.sent.of("a").set(value);
        stats.latest.of("a").set(value);
    };
    stats.before.inc(); // so that this thread has a lane of its own
    thread::scope(|scope| scope.spawn(|| set(5)).join().unwrap());
    set(7);
    let snapshot = of(&stats);
    assert_eq!(count(&snapshot, r#"sent{peer="a"}"#), Some(12));
    assert_eq!(count(&snapshot, r#"latest{queue="a"}"#), Some(7));
    assert_eq!(stats.family(|stats| &stats.sent).total("a", |sent| sent), Some(12));
    assert_eq!(stats.family(|stats| &stats.latest).total("a", |latest| latest), Some(7));
}

#[test]
fn a_new_member_is_part_of_the_change() {
    let (_directory, stats) = created();
    let reader = Reader::open(stats.path().unwrap()).unwrap();
    stats.hits.of("b").add(5);
    let earlier = reader.snapshot().unwrap();
    stats.hits.of("a").add(3);
    stats.hits.of("b").inc();
    let delta = reader.snapshot().unwrap().since(&earlier).unwrap();
    assert_eq!(delta.get(r#"hits{page="a"}"#), Some(&Value::Counter(3)));
    assert_eq!(delta.get(r#"hits{page="b"}"#), Some(&Value::Counter(1)));
}

#[test]
fn a_member_that_nobody_counts_for_takes_no_room() {
    let (_directory, stats) = created();
    let room = || fs::metadata(stats.path().unwrap()).unwrap().blocks() * 512;
    let (members, before) = (64 * size_of::<Route>() as u64, room());
    assert!(before < members / 2, "{before} of {members}");
    for tenant in 0..8 {
        stats.tenants.of(&tenant.to_string()).latency.record(Duration::from_millis(1));
    }
    let grown = room() - before;
    assert!((7 * members / 64..10 * members / 64 + 65_536).contains(&grown), "{grown}");
    thread::scope(|scope| {
        scope.spawn(|| stats.before.inc());
    });
    assert!(room() - before - grown < members / 2, "nor in other lanes");
    assert_eq!(count(&of(&stats), r#"tenants.requests{tenant="7"}"#), Some(0));
}

#[test]
fn a_checkpoint_has_the_members() {
    let (_directory, builder) = builder();
    let kept = tempdir().unwrap();
    let stats = builder.checkpoint_to(kept.path()).create().unwrap();
    stats.tenants.of("acme").latency.record(Duration::from_millis(1));
    stats.tenants.of("zeta").requests.inc();
    stats.flush().unwrap();
    let path = stats.checkpoint().unwrap();
    let snapshot = snapshot(&path);
    assert_eq!(count(&snapshot, r#"tenants.requests{tenant="zeta"}"#), Some(1));
    assert_eq!(keys(&snapshot, "tenants.latency").len(), 2);
    let found = fs::metadata(path).unwrap();
    assert!(found.blocks() * 512 < found.len() / 2, "what is not used is not written");
}

#[test]
fn members_move_to_a_file_that_is_opened_later() {
    let directory = tempdir().unwrap();
    let places = directory.path().join("later");
    let stats = Stats::builder().directory(&places).on_warning(|_| {}).create_or_detached();
    let acme = stats.tenants.of("acme");
    acme.requests.inc();
    fs::create_dir(&places).unwrap();
    stats.reopen().unwrap();
    acme.requests.inc();
    stats.tenants.of("zeta").requests.inc();
    let snapshot = of(&stats);
    assert_eq!(count(&snapshot, r#"tenants.requests{tenant="acme"}"#), Some(2));
    assert_eq!(count(&snapshot, r#"tenants.requests{tenant="zeta"}"#), Some(1));
}

#[test]
fn a_forked_child_keeps_the_members_that_it_has_references_to() {
    let (_directory, stats) = created();
    let acme = stats.tenants.of("acme");
    acme.requests.add(5);
    acme.state.set("busy");
    // SAFETY: the child runs what the C library of Linux allows after a fork of this process.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        let well = catch_unwind(AssertUnwindSafe(|| {
            acme.requests.inc();
            stats.tenants.of("acme").requests.inc();
            stats.tenants.of("zeta").requests.inc();
            stats.reopen().unwrap();
            let snapshot = of(&stats);
            assert_eq!(count(&snapshot, r#"tenants.requests{tenant="acme"}"#), Some(2));
            assert_eq!(count(&snapshot, r#"tenants.requests{tenant="zeta"}"#), Some(1));
            assert_eq!(count(&snapshot, r#"tenants.port{tenant="acme"}"#), Some(80));
            let text = snapshot.get(r#"tenants.state{tenant="acme"}"#);
            assert_eq!(text, Some(&Value::Text("busy".into())));
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
    let snapshot = of(&stats);
    assert_eq!(count(&snapshot, r#"tenants.requests{tenant="acme"}"#), Some(5));
    assert_eq!(keys(&snapshot, "tenants.requests").len(), 1);
}
