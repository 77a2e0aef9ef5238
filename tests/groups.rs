//! Readers see all of an update of a group, or nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use mmstats::{
    Average, Builder, Counter, Family, Gauge, Group, Mapped, MmStats, Number, Reader, Snapshot,
    Text, Timer, Value,
};
use tempfile::{TempDir, tempdir};

#[derive(MmStats)]
struct Trade {
    count: Counter,
    #[mmstats(merge = "sum")]
    level: Gauge<u8>,
    latency: Timer<4>,
    name: Text<24>,
    price: Average,
    volume: Counter,
}

#[derive(MmStats)]
struct Stats {
    before: Counter,
    trades: Group<Trade>,
    after: Text<8>,
    #[mmstats(key = "exchange")]
    exchanges: Family<Number<0, 3>, Group<Trade>>,
}

fn builder() -> (TempDir, Builder<Stats>) {
    let directory = tempdir().unwrap();
    let builder = Stats::builder().directory(directory.path()).file("market-{PID}.mmstats");
    (directory, builder)
}

fn created() -> (TempDir, Mapped<Stats>) {
    let (directory, builder) = builder();
    (directory, builder.create().unwrap())
}

fn snapshot(path: &Path) -> Snapshot {
    Reader::open(path).unwrap().snapshot().unwrap()
}

fn snapshot_of(stats: &Mapped<Stats>) -> Snapshot {
    snapshot(stats.path().unwrap())
}

/// Makes the update after `count` others.
fn update(group: &Group<Trade>, count: u64) {
    group.update(|trade| {
        trade.count.inc();
        trade.latency.record(Duration::from_micros(count));
        trade.name.set(&format!("{}", count + 1));
        trade.price.add(1.0);
        trade.volume.add(3);
    });
}

/// Returns how often a group was updated, or `None` if the snapshot met an update.
fn updates(snapshot: &Snapshot, labels: &str) -> Option<u64> {
    let stat = |name: &str| snapshot.stat(format!("trades.{name}{labels}")).unwrap();
    let torn = ["count", "latency", "name", "price", "volume"].map(|name| stat(name).is_torn());
    if torn.contains(&true) {
        assert!(torn.iter().all(|torn| *torn), "all of a group is torn");
        return None;
    }
    let number = |name: &str| stat(name).value().summary().samples.map(|samples| samples.count);
    let count = stat("count").value().as_u64().unwrap();
    let Value::Text(name) = stat("name").value() else { panic!("it is a text") };
    let name = if name.is_empty() { 0 } else { name.parse().unwrap() };
    let others = [number("latency").unwrap(), number("price").unwrap(), name];
    assert_eq!(others, [count; 3]);
    assert_eq!(stat("volume").value().as_u64(), Some(3 * count));
    Some(count)
}

#[test]
fn a_reader_sees_all_of_an_update_or_nothing() {
    let (_directory, stats) = created();
    let reader = Reader::open(stats.path().unwrap()).unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for count in 0.. {
                update(&stats.trades, count);
                // A pause, since a reader needs one: it copies by system calls.
                for _ in 0..if count % 8 == 0 { 20_000 } else { 0 } {
                    std::hint::spin_loop();
                }
                if stop.load(Relaxed) {
                    break;
                }
            }
        });
        let mut seen = std::collections::BTreeSet::new();
        while seen.len() < 100 {
            seen.extend(updates(&reader.snapshot().unwrap(), ""));
            let totals = stats.group(|stats| &stats.trades);
            if !totals.is_torn() {
                let (count, volume) =
                    (totals.total(|trade| &trade.count), totals.total(|trade| &trade.volume));
                assert_eq!(volume, 3 * count);
                assert_eq!(totals.total(|trade| &trade.latency).count(), count);
                seen.insert(count);
            }
        }
        stop.store(true, Relaxed);
    });
}

#[test]
fn a_reader_that_meets_an_update_says_so() {
    let (_directory, stats) = created();
    update(&stats.trades, 0);
    update(&stats.exchanges[Number::new(1).unwrap()], 0);
    stats.trades.update(|trade| {
        trade.count.inc();
        let snapshot = snapshot_of(&stats);
        assert_eq!(updates(&snapshot, ""), None);
        assert_eq!(snapshot.get("trades.count"), Some(&Value::Counter(2)), "it is shown as it is");
        assert!(!snapshot.stat("before").unwrap().is_torn());
        assert!(!snapshot.stat("after").unwrap().is_torn());
        assert!(!snapshot.stat(r#"exchanges.count{exchange="1"}"#).unwrap().is_torn());
        let totals = stats.group(|stats| &stats.trades);
        assert!(totals.is_torn());
    });
    assert!(!stats.group(|stats| &stats.trades).is_torn());
    assert!(!snapshot_of(&stats).stat("trades.count").unwrap().is_torn());
}

#[test]
fn an_update_within_another_one_belongs_to_it() {
    let (_directory, stats) = created();
    stats.trades.update(|_| {
        update(&stats.trades, 0);
        assert_eq!(updates(&snapshot_of(&stats), ""), None, "the outer one goes on");
    });
    assert_eq!(updates(&snapshot_of(&stats), ""), Some(1));
}

#[test]
fn an_update_that_panics_ends() {
    let (_directory, stats) = created();
    let update = AssertUnwindSafe(|| {
        stats.trades.update(|trade| {
            trade.count.inc();
            panic!("before the volume");
        });
    });
    assert!(catch_unwind(update).is_err());
    let snapshot = snapshot_of(&stats);
    assert!(!snapshot.stat("trades.count").unwrap().is_torn());
    assert_eq!(snapshot.get("trades.count"), Some(&Value::Counter(1)));
}

#[test]
fn threads_add_up_and_members_are_groups_of_their_own() {
    let (_directory, stats) = created();
    let second = Number::new(2).unwrap();
    update(&stats.exchanges[second], 0);
    stats.trades.update(|trade| trade.level.set(4));
    thread::scope(|scope| {
        scope.spawn(|| {
            stats.trades.update(|trade| trade.level.set(5));
            update(&stats.exchanges[second], 0);
        });
    });
    let snapshot = snapshot_of(&stats);
    assert_eq!(snapshot.get(r#"exchanges.volume{exchange="2"}"#), Some(&Value::Counter(6)));
    assert_eq!(snapshot.get(r#"exchanges.volume{exchange="1"}"#), Some(&Value::Counter(0)));
    assert_eq!(snapshot.get("trades.level").and_then(Value::as_u64), Some(9));
    let totals = stats.group(|stats| &stats.exchanges[second]);
    assert_eq!(totals.total(|trade| &trade.volume), 6);
    assert_eq!(stats.group(|stats| &stats.trades).total(|trade| &trade.level), 9, "by its merge");
    assert_eq!(stats.exchanges[second].local(|trade| trade.count.local()), 1);
}

#[test]
fn a_checkpoint_has_all_of_an_update_or_nothing() {
    let (_directory, builder) = builder();
    let kept = tempdir().unwrap();
    let stats = builder.checkpoint_to(kept.path()).create().unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for count in 0.. {
                update(&stats.trades, count);
                thread::yield_now();
                if stop.load(Relaxed) {
                    break;
                }
            }
        });
        let mut seen = 0;
        while seen < 20 {
            stats.flush().unwrap();
            seen += u64::from(updates(&snapshot(&stats.checkpoint().unwrap()), "").is_some());
        }
        stop.store(true, Relaxed);
    });
    stats.trades.update(|trade| {
        trade.count.inc();
        stats.flush().unwrap();
    });
    assert_eq!(updates(&snapshot(&stats.checkpoint().unwrap()), ""), None);
}

#[test]
fn a_child_that_is_forked_within_an_update_ends_it() {
    let (_directory, stats) = created();
    let pid = stats.trades.update(|trade| {
        trade.count.inc();
        // SAFETY: the child runs what the C library of Linux allows after a fork of this process.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            libc::fork()
        }
    });
    if pid == 0 {
        let well = catch_unwind(AssertUnwindSafe(|| {
            update(&stats.trades, 0);
            stats.reopen().unwrap();
            assert_eq!(updates(&snapshot_of(&stats), ""), Some(1));
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
    assert!(!snapshot_of(&stats).stat("trades.count").unwrap().is_torn());
}
