//! Timers record durations however they end, and show what is still running.

use std::fs;
use std::mem::offset_of;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use mmstats::__private_0_1::format::header::{VITALS_OFFSET, VitalsBytes};
use mmstats::{Mapped, MmStats, Reader, TaskTimer, Timer, Timing, Value};
use mmstats_testing::{Child, again, role, say};
use tempfile::TempDir;

#[derive(MmStats)]
struct Stats {
    request: Timer,
    short: Timer<3>,
    fine: Timer<3, 7>,
}

fn created() -> (TempDir, Mapped<Stats>) {
    let directory = tempfile::tempdir().unwrap();
    let stats = Stats::builder().directory(directory.path());
    let stats = if cfg!(mmstats_detached) { stats.detached() } else { stats.create().unwrap() };
    (directory, stats)
}

/// Returns the timer as a reader of the file sees it, if there can be one.
fn timing(stats: &Mapped<Stats>, label: &str) -> Timing {
    if cfg!(mmstats_detached) {
        return match label {
            "request" => stats.total(|stats| &stats.request),
            "short" => stats.total(|stats| &stats.short),
            _ => stats.total(|stats| &stats.fine),
        };
    }
    let snapshot = Reader::open(stats.path().unwrap()).unwrap().snapshot().unwrap();
    match snapshot.get(label) {
        Some(Value::Timer(timing)) => (**timing).clone(),
        other => panic!("{label}: {other:?}"),
    }
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn what_was_recorded_is_read() {
    let (_directory, stats) = created();
    for duration in [ms(4), ms(1), ms(2), ms(9)] {
        stats.short.record(duration);
    }
    assert_eq!((stats.short.count(), stats.short.last()), (4, ms(9)));
    assert_eq!(stats.short.recent_mean(), ms(4), "the mean of the latest three");
    let read = timing(&stats, "short");
    assert_eq!((read.count(), read.sum(), read.mean()), (4, ms(16), ms(4)));
    assert_eq!((read.min(), read.max(), read.last()), (ms(1), ms(9), ms(9)));
    assert_eq!((read.recent_mean(), read.running()), (ms(4), 0));
    assert_eq!(read.running_for(), None);
}

#[test]
fn laps_follow_each_other_without_a_gap() {
    let (_directory, stats) = created();
    let mut timing = stats.request.start();
    let laps: Vec<_> = (0..3).map(|_| timing.lap()).collect();
    assert_eq!(stats.request.last(), laps[2]);
    let running = self::timing(&stats, "request");
    assert_eq!((running.count(), running.running()), (3, 1));
    let timing = timing.then(&stats.short);
    drop(timing);
    let (request, short) = (self::timing(&stats, "request"), self::timing(&stats, "short"));
    assert_eq!((request.count(), request.running()), (4, 0));
    assert_eq!(request.sum(), laps.iter().sum::<Duration>() + request.last());
    assert_eq!((short.count(), short.running(), short.running_for()), (1, 0, None));
}

#[test]
fn a_timer_of_another_precision_is_started_like_any_other() {
    let (_directory, stats) = created();
    drop(stats.request.start().then(&stats.fine).then(&stats.short));
    stats.start(|stats| &stats.fine).stop();
    let owned = stats.start_owned(|stats| &stats.fine);
    thread::spawn(move || owned.stop()).join().unwrap();
    // Longer than a slow machine takes for the others.
    let long = Duration::from_secs(7_000);
    for _ in 0..3 {
        stats.fine.record(long);
    }
    let read = timing(&stats, "fine");
    assert_eq!((read.count(), read.running()), (6, 0));
    let found = read.quantile(0.9).as_nanos();
    assert!(found.abs_diff(long.as_nanos()) * 256 <= long.as_nanos(), "{found}");
    assert_eq!(stats.total(|stats| &stats.fine).quantile(0.9).as_nanos(), found);
    assert_eq!(timing(&stats, "short").count(), 1);
}

#[test]
fn nothing_recorded_is_zero() {
    let (_directory, stats) = created();
    assert_eq!((stats.short.count(), stats.short.last()), (0, Duration::ZERO));
    let read = timing(&stats, "short");
    let all = [read.sum(), read.mean(), read.min(), read.max(), read.last(), read.quantile(0.5)];
    assert_eq!(all, [Duration::ZERO; 6]);
}

#[test]
fn quantiles_are_within_a_32nd() {
    let (_directory, stats) = created();
    for us in 1..=10_000 {
        stats.request.record(Duration::from_micros(us));
    }
    let read = timing(&stats, "request");
    for (quantile, exact) in [(0.5, 5.0e-3), (0.9, 9.0e-3), (0.99, 9.9e-3), (1.0, 10.0e-3)] {
        let told = read.quantile(quantile).as_secs_f64();
        assert!((told - exact).abs() * 32.0 <= exact, "{quantile}: {told} for {exact}");
    }
    assert!(read.quantile(0.0) >= read.min() && read.quantile(1.0) <= read.max());
}

#[test]
fn a_guard_records_when_dropped_stopped_returned_from_or_unwound() {
    let (_directory, stats) = created();
    drop(stats.request.start());
    let guard = stats.request.start();
    let elapsed = guard.elapsed();
    assert!(elapsed <= guard.stop());
    let early = || -> Option<()> {
        let _timing = stats.request.start();
        None?
    };
    assert_eq!(early(), None);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _timing = stats.request.start();
        std::panic::resume_unwind(Box::new("on purpose"));
    }));
    assert!(panicked.is_err());
    assert_eq!(stats.request.time(|| 6 * 7), 42);
    assert_eq!(stats.request.count(), 5);
    stats.request.start().cancel();
    let read = timing(&stats, "request");
    assert_eq!((read.count(), read.running()), (5, 0));
}

#[test]
fn guards_nest_and_overlap() {
    let (_directory, stats) = created();
    let first = stats.request.start();
    let second = stats.request.start();
    assert_eq!(timing(&stats, "request").running(), 2);
    drop(first);
    assert_eq!(timing(&stats, "request").running(), 1);
    let third = stats.request.start();
    third.cancel();
    let second_for = second.stop();
    let read = timing(&stats, "request");
    assert_eq!((read.count(), read.running()), (2, 0));
    assert!(read.max() >= second_for);
}

#[test]
fn a_running_timer_is_seen_from_outside() {
    let (_directory, stats) = created();
    let guard = stats.request.start();
    let least = guard.elapsed();
    let read = timing(&stats, "request");
    let told = read.running_for().expect("it runs");
    assert_eq!((read.count(), read.running()), (0, 1));
    // The reader's clock differs from the writer's, but by far less than a second.
    assert!(
        told + Duration::from_secs(1) >= least && told <= guard.elapsed() + Duration::from_secs(1)
    );
    // The process itself sees the same.
    assert_eq!(stats.total(|stats| &stats.request).running(), 1);
}

#[test]
fn child_tells_its_anchor() {
    let Some(directory) = role("child_tells_its_anchor") else {
        return;
    };
    let stats = Stats::builder().directory(&directory).create().unwrap();
    let file = fs::read(stats.path().unwrap()).unwrap();
    let vital = |at| u64::from_le_bytes(file[VITALS_OFFSET + at..][..8].try_into().unwrap());
    let clock_ns = vital(offset_of!(VitalsBytes, anchor_clock_ns));
    say(clock_ns.wrapping_sub(vital(offset_of!(VitalsBytes, anchor_boottime_ns))));
}

#[cfg_attr(mmstats_detached, ignore = "reads the file")]
#[test]
fn the_first_file_of_a_process_has_an_exact_anchor() {
    // The writer's clock is the kernel's then. If it is ahead in the file, running timers are older
    // than when they stop.
    let directory = tempfile::tempdir().unwrap();
    let mut child = Child::spawn(&mut again("child_tells_its_anchor", directory.path()));
    assert_eq!(child.hear(), "0");
    child.end_well();
}

#[test]
fn threads_are_merged() {
    let (_directory, stats) = created();
    stats.short.record(ms(8));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            stats.short.record(ms(1));
            stats.short.record(ms(3));
        });
    });
    for read in [timing(&stats, "short"), stats.total(|stats| &stats.short)] {
        assert_eq!((read.count(), read.sum()), (3, ms(12)));
        assert_eq!((read.min(), read.max(), read.last()), (ms(1), ms(8), ms(3)));
        assert_eq!(read.recent_mean(), ms(4));
    }
}

#[test]
fn durations_beyond_the_histogram_are_counted_in_its_last_bucket() {
    let (_directory, stats) = created();
    let day = Duration::from_hours(24);
    stats.request.record(day);
    let read = timing(&stats, "request");
    assert_eq!((read.max(), read.quantile(0.5)), (day, day));
}

/// Fails to compile if a future with a timer running across an await cannot move.
fn assert_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn an_async_timer_ends_on_whichever_thread_its_task_is_on() {
    let (_directory, stats) = created();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let stats = stats.clone();
                tokio::spawn(assert_send(async move {
                    let timing = stats.start(|stats| &stats.request);
                    for _ in 0..10 {
                        tokio::task::yield_now().await;
                    }
                    timing.stop()
                }))
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        stats.start(|stats| &stats.request).cancel();
    });
    let read = timing(&stats, "request");
    assert_eq!((read.count(), read.running()), (100, 0));
}

#[test]
fn a_timer_started_on_one_thread_and_ended_on_another_runs_until_then() {
    let (_directory, stats) = created();
    let guard = stats.start(|stats| &stats.request);
    assert_eq!(timing(&stats, "request").running(), 1);
    std::thread::scope(|scope| {
        scope.spawn(|| drop(guard));
    });
    let read = timing(&stats, "request");
    assert_eq!((read.count(), read.running(), read.running_for()), (1, 0, None));
}

/// A handle and a guard in one struct, which a program passes around.
struct Request {
    stats: Mapped<Stats>,
    timing: TaskTimer<Mapped<Stats>, Stats>,
}

#[test]
fn an_owned_guard_lives_beside_its_handle() {
    let (_directory, stats) = created();
    let request = Request { timing: stats.start_owned(|stats| &stats.request), stats };
    let request = thread::spawn(move || request).join().unwrap();
    assert_eq!(request.stats.total(|stats| &stats.request).running(), 1);
    drop(request.timing);
    let total = request.stats.total(|stats| &stats.request);
    assert_eq!((total.count(), total.running()), (1, 0));
}

#[test]
fn a_guard_drops_what_its_closure_captured_however_it_ends() {
    let (_directory, stats) = created();
    let captured = Arc::new(());
    let start = || {
        let captured = captured.clone();
        stats.start(move |stats: &Stats| {
            let _ = &captured;
            &stats.request
        })
    };
    start().stop();
    start().cancel();
    drop(start());
    assert_eq!(Arc::strong_count(&captured), 1);
    assert_eq!(stats.total(|stats| &stats.request).count(), 2);
}
