//! Writers that are killed while keys come up, groups are updated and statistics are declared: nothing that
//! was counted is lost.

use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use mmstats::{
    Counter, Declared, DynFamily, Group, MmStats, Progress, Reader, Registry, RunTime, Snapshot,
    State, Timer, Value,
};
use mmstats_testing::{Child, again, role, say};
use tempfile::tempdir;

#[derive(MmStats)]
struct Pair {
    count: Counter,
    twice: Counter,
}

#[derive(MmStats)]
struct Stats {
    begun: Counter,
    ended: Counter,
    #[mmstats(key = "key")]
    pairs: DynFamily<Group<Pair>, 32>,
    #[mmstats(key = "key")]
    timers: DynFamily<Timer<4>, 64>,
    users: Progress,
}

const THREADS: usize = 2;

fn count(stats: &Stats, registry: &Registry, declared: &mut Vec<Declared<Counter>>, n: usize) {
    stats.begun.inc();
    // More keys than there is room for.
    let key = format!("key {}", n * 7919 % 48);
    stats.pairs.of(&key).update(|pair| {
        pair.count.inc();
        pair.twice.add(2);
    });
    stats.timers.of(&key).record(Duration::from_micros(1));
    stats.users.inc();
    if n % 64 == 0 {
        let counter = registry.counter(&format!("counter {}", declared.len())).register();
        declared.extend(counter.ok());
    }
    declared[n % declared.len()].inc();
    stats.ended.inc();
}

#[test]
fn child_counts_until_it_is_killed() {
    let Some(directory) = role("child_counts_until_it_is_killed") else { return };
    let stats = Stats::builder().directory(&directory).file("stats.mmstats").create().unwrap();
    let file = RunTime::builder().directory(&directory).file("registry.mmstats");
    let registry = Registry::from(file.create().unwrap());
    say("ready");
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let mut declared = Vec::new();
                for n in 0.. {
                    count(&stats, &registry, &mut declared, n);
                }
            });
        }
    });
}

fn sum(snapshot: &Snapshot, name: &str) -> u64 {
    let stats = snapshot.stats().filter(|stat| stat.name() == name);
    stats.map(|stat| stat.value().count().unwrap()).map(|count| u64::try_from(count).unwrap()).sum()
}

/// Checks what a writer left that was killed, and returns how often it had counted.
fn check(directory: &Path) -> u64 {
    let snapshot = |name| Reader::open(directory.join(name)).unwrap().snapshot().unwrap();
    let stats = snapshot("stats.mmstats");
    assert_eq!(stats.state(), State::Dead);
    let (begun, ended) = (sum(&stats, "begun"), sum(&stats, "ended"));
    assert!(ended <= begun && begun <= ended + THREADS as u64);
    let counted = |what: &str, sum: u64| {
        assert!((ended..=begun).contains(&sum), "{what}: {sum}, not {ended} to {begun}");
    };
    counted("pairs", sum(&stats, "pairs.count"));
    counted("timers", sum(&stats, "timers"));
    counted("progress", sum(&stats, "users"));
    for stat in stats.stats().filter(|stat| stat.name() == "pairs.twice" && !stat.is_torn()) {
        let key = stat.labels().next().unwrap().1.into_owned();
        let pair = mmstats::KeyBuf::new("pairs.count").with("key", key);
        let once = stats.get(pair).and_then(Value::as_u64);
        assert_eq!(stat.value().as_u64(), once.map(|count| 2 * count), "all of an update, or torn");
    }
    let registry = snapshot("registry.mmstats");
    let declared = registry.stats().filter(|stat| stat.name().starts_with("counter "));
    counted("declared", declared.map(|stat| stat.value().as_u64().unwrap()).sum());
    begun
}

fn kill(times: u64) {
    let mut counted = 0;
    for number in 0..times {
        let directory = tempdir().unwrap();
        let role = "child_counts_until_it_is_killed";
        let mut child = Child::spawn(again(role, directory.path()).stderr(Stdio::null()));
        assert_eq!(child.hear(), "ready");
        // While lanes and keys are new, mostly.
        thread::sleep(Duration::from_micros(number * 137 % 3000));
        child.kill();
        counted += check(directory.path());
    }
    assert!(counted > 0, "none of them had begun");
}

#[test]
fn a_writer_that_is_killed_loses_nothing() {
    kill(20);
}

#[test]
#[ignore = "takes minutes"]
fn two_thousand_writers_that_are_killed_lose_nothing() {
    kill(2_000);
}
