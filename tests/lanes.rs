//! All threads share a handle: each writes to its own lane, and no count is lost.

use std::sync::{Arc, Barrier, LazyLock};
use std::thread;

use mmstats::{Average, Counter, Mapped, MmStats, Reader, Timer, Value};

#[derive(MmStats)]
struct Stats {
    done: Counter,
    size: Average,
    request: Timer<10>,
}

fn created() -> (tempfile::TempDir, Mapped<Stats>) {
    let directory = tempfile::tempdir().unwrap();
    let stats = Stats::builder().directory(directory.path());
    let stats = if cfg!(mmstats_detached) { stats.detached() } else { stats.create().unwrap() };
    (directory, stats)
}

fn snapshot(stats: &Mapped<Stats>) -> mmstats::Snapshot {
    Reader::open(stats.path().unwrap()).unwrap().snapshot().unwrap()
}

/// Reproducible pseudorandom numbers. Source: Marsaglia, "Xorshift RNGs", 2003.
struct Xorshift(u64);

impl Xorshift {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[cfg_attr(mmstats_detached, ignore = "reads the file")]
#[test]
fn counts_are_exact_with_64_threads_that_start_and_end_at_random() {
    let (_directory, stats) = created();
    let expected: u64 = thread::scope(|scope| {
        let starters = (0..64).map(|seed| {
            let stats = &stats;
            // Each of 64 threads starts ten threads, one after the other.
            scope.spawn(move || {
                let mut random = Xorshift(seed + 1);
                (0..10)
                    .map(|_| {
                        let work = random.below(2000);
                        let one = move || {
                            for _ in 0..work {
                                stats.done.inc();
                                stats.size.add(3.0);
                                drop(stats.request.start());
                            }
                            work
                        };
                        thread::scope(|scope| scope.spawn(one).join().unwrap())
                    })
                    .sum::<u64>()
            })
        });
        let starters: Vec<_> = starters.collect();
        starters.into_iter().map(|starter| starter.join().unwrap()).sum()
    });
    assert_eq!(stats.total(|stats| &stats.done), expected);
    let snapshot = snapshot(&stats);
    assert_eq!(snapshot.get("done"), Some(&Value::Counter(expected)));
    let Some(Value::Average(size)) = snapshot.get("size") else { panic!("not an average") };
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let sum = expected as f64 * 3.0;
    assert_eq!((size.count(), size.sum()), (expected, sum));
    let Some(Value::Timer(request)) = snapshot.get("request") else { panic!("not a timer") };
    assert_eq!((request.count(), request.running()), (expected, 0));
    assert!(
        snapshot.lanes().len() <= 64,
        "{} lanes for 64 threads at once",
        snapshot.lanes().len()
    );
}

#[cfg_attr(mmstats_detached, ignore = "reads the file")]
#[test]
fn there_are_as_many_lanes_as_threads_were_alive_at_once() {
    let (_directory, stats) = created();
    for _ in 0..100 {
        // Joined, since a scope alone does not wait for the destructors of a thread.
        thread::scope(|scope| scope.spawn(|| stats.done.inc()).join().unwrap());
    }
    assert_eq!(snapshot(&stats).lanes().len(), 1, "one after the other");
    let all_there = Arc::new(Barrier::new(8));
    thread::scope(|scope| {
        let one = || {
            stats.done.inc();
            all_there.wait();
        };
        let threads = [(); 8].map(|()| scope.spawn(one));
        for thread in threads {
            thread.join().unwrap();
        }
    });
    let snapshot = snapshot(&stats);
    assert_eq!(snapshot.lanes().len(), 8, "at the same time");
    assert!(snapshot.lanes().iter().all(|lane| !lane.is_claimed()));
    assert_eq!(snapshot.get("done"), Some(&Value::Counter(108)));
}

#[cfg_attr(mmstats_detached, ignore = "reads the file")]
#[test]
fn a_lane_shows_its_owner() {
    let (_directory, stats) = created();
    stats.done.inc();
    let own = rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs();
    let (own_lane, other_lane) = thread::scope(|scope| {
        let other = scope.spawn(|| {
            stats.done.add(2);
            let snapshot = snapshot(&stats);
            let claimed = |index: usize| snapshot.lanes()[index].is_claimed();
            assert!(claimed(0) && claimed(1));
            (snapshot.lanes()[0].tid(), snapshot.lanes()[1].tid())
        });
        other.join().unwrap()
    });
    assert_eq!(own_lane, own);
    assert_ne!(other_lane, own);
    let snapshot = snapshot(&stats);
    let counts: Vec<_> = snapshot
        .lanes()
        .iter()
        .map(|lane| {
            lane.stats().find(|stat| stat.key().as_str() == "done").unwrap().value().clone()
        })
        .collect();
    assert_eq!(counts, [Value::Counter(1), Value::Counter(2)]);
}

static GLOBAL: LazyLock<Mapped<Stats>> = LazyLock::new(Stats::create_or_detached);

#[test]
fn a_handle_can_be_static() {
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| GLOBAL.done.inc());
        }
    });
    assert_eq!(GLOBAL.total(|stats| &stats.done), 4);
    GLOBAL.remove().unwrap();
}

#[test]
fn several_handles_do_not_mix() {
    let (_first_directory, first) = created();
    let (_second_directory, second) = created();
    for _ in 0..10 {
        first.done.inc();
        second.done.add(2);
    }
    drop(first);
    let (_third_directory, third) = created();
    third.done.add(100);
    assert_eq!((second.done.local(), third.done.local()), (20, 100));
}

#[test]
fn a_hoisted_lane_and_the_handle_are_the_same() {
    let (_directory, stats) = created();
    let lane = &*stats;
    lane.done.inc();
    stats.done.inc();
    assert_eq!(lane.done.local(), 2);
}

/// Counts when its thread ends, after or before the thread has returned its lanes.
struct CountsAtTheEnd(Mapped<Stats>);

impl Drop for CountsAtTheEnd {
    fn drop(&mut self) {
        self.0.done.inc();
    }
}

thread_local! {
    static EARLY: std::cell::RefCell<Option<CountsAtTheEnd>> = const { std::cell::RefCell::new(None) };
    static LATE: std::cell::RefCell<Option<CountsAtTheEnd>> = const { std::cell::RefCell::new(None) };
}

#[test]
fn thread_local_destructors_can_count() {
    let (_directory, stats) = created();
    for _ in 0..10 {
        let stats = stats.clone();
        let count = move || {
            // Destructors run in either order: one of the two runs after that of the lanes.
            LATE.set(Some(CountsAtTheEnd(stats.clone())));
            stats.done.inc();
            EARLY.set(Some(CountsAtTheEnd(stats)));
        };
        thread::spawn(count).join().unwrap();
    }
    assert_eq!(stats.total(|stats| &stats.done), 30);
}

#[cfg_attr(mmstats_detached, ignore = "reads the file")]
#[test]
fn threads_may_outlive_the_handle() {
    let (_directory, stats) = created();
    let dropped = Arc::new(Barrier::new(2));
    let seen = dropped.clone();
    let clone = stats.clone();
    let thread = thread::spawn(move || {
        clone.done.inc();
        drop(clone);
        seen.wait();
        // Ends with a claim on a handle that was dropped.
    });
    let path = stats.path().unwrap().to_owned();
    drop(stats);
    dropped.wait();
    thread.join().unwrap();
    let snapshot = Reader::open(path).unwrap().snapshot().unwrap();
    assert_eq!(snapshot.get("done"), Some(&Value::Counter(1)));
}
