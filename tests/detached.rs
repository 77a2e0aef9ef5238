//! Without a file, everything counts as with one. `.ci/run` runs this also as on systems that cannot
//! have files of statistics.

use std::thread;
use std::time::Duration;

use mmstats::{
    Average, Constant, ConstantText, Counter, Detached, Gauge, Group, Histogram, Mapped, MmStats,
    MovingAverage, Progress, Text, Timer, UpDown, guard_against_truncation,
};

#[derive(MmStats)]
struct Pool {
    idle: UpDown,
}

#[derive(MmStats)]
struct Stats {
    done: Counter,
    open: UpDown,
    load: Gauge<f64>,
    #[mmstats(merge = "max")]
    most: Gauge<u8>,
    user: Text<8>,
    size: Average,
    recent: MovingAverage<2>,
    request: Timer<4>,
    answer: Histogram,
    import: Progress,
    #[mmstats(initial = 80)]
    port: Constant<u16>,
    release: ConstantText<16>,
    pools: [Pool; 2],
    group: Group<Pool>,
}

fn detached() -> Mapped<Stats> {
    Stats::builder().constant(|stats| &stats.release, "1.2.0").detached()
}

fn on_another_thread(work: impl FnOnce() + Send) {
    thread::scope(|scope| scope.spawn(work).join().unwrap());
}

#[test]
fn each_kind_adds_up_its_threads() {
    let stats = detached();
    let count = |n: u8| {
        stats.done.add(n.into());
        stats.open.sub(n.into());
        stats.load.set(n.into());
        stats.most.set(10 - n);
        stats.user.set(if n == 1 { "Ada" } else { "Nguyễn Thị" });
        stats.size.add(n.into());
        stats.recent.add(n.into());
        stats.request.record(Duration::from_millis(n.into()));
        stats.answer.record(n.into());
        stats.import.add(n.into());
        stats.pools[1].idle.add(n.into());
        stats.group.update(|pool| pool.idle.add(n.into()));
        assert_eq!((stats.port.get(), stats.release.get()), (80, "1.2.0".into()));
    };
    count(1);
    on_another_thread(|| count(3));
    assert_eq!(stats.total(|stats| &stats.done), 4);
    assert_eq!(stats.total(|stats| &stats.open), -4);
    assert_eq!(stats.total(|stats| &stats.load).to_bits(), 3_f64.to_bits());
    assert_eq!(stats.total(|stats| &stats.most), 9);
    assert_eq!(stats.total(|stats| &stats.user), "Nguyễn");
    assert_eq!(stats.total(|stats| &stats.size).mean().to_bits(), 2_f64.to_bits());
    assert_eq!(stats.total(|stats| &stats.recent).mean().to_bits(), 2_f64.to_bits());
    let request = stats.total(|stats| &stats.request);
    assert_eq!((request.count(), request.max()), (2, Duration::from_millis(3)));
    let answer = stats.total(|stats| &stats.answer);
    assert_eq!((answer.count(), answer.sum(), answer.quantile(1.0)), (2, 4, 3));
    assert_eq!(stats.total(|stats| &stats.import).done(), 4);
    assert_eq!(stats.total(|stats| &stats.pools[1].idle), 4);
    assert_eq!(stats.total(|stats| &stats.pools[0].idle), 0);
    assert_eq!(stats.group(|stats| &stats.group).total(|pool| &pool.idle), 4);
}

#[test]
fn a_thread_continues_in_the_lane_of_one_that_ended() {
    let stats = detached();
    stats.done.inc();
    for n in 1..100 {
        on_another_thread(|| {
            stats.done.inc();
            assert_eq!(stats.done.local(), n);
        });
    }
    assert_eq!(stats.total(|stats| &stats.done), 100);
}

#[test]
fn a_guard_may_end_on_another_thread() {
    let stats = detached();
    let timing = stats.start(|stats| &stats.request);
    assert_eq!(stats.total(|stats| &stats.request).running(), 1);
    on_another_thread(|| drop(timing));
    let request = stats.total(|stats| &stats.request);
    assert_eq!((request.count(), request.running()), (1, 0));
}

#[test]
fn what_needs_a_file_does_nothing() {
    let stats = detached();
    guard_against_truncation().unwrap();
    assert_eq!((stats.path(), stats.checkpoint()), (None, None));
    assert!(matches!(stats.detached(), Some(Detached::OnPurpose)));
    stats.done.inc();
    stats.flush().unwrap();
    stats.flush_async().unwrap();
    assert!(stats.flush_every(Duration::from_secs(3600)).unwrap());
    assert!(!stats.flush_every(Duration::from_secs(3600)).unwrap());
    stats.reopen().unwrap();
    stats.notify();
    stats.remove().unwrap();
    stats.close();
    assert_eq!(stats.clone().total(|stats| &stats.done), 1);
}

#[cfg(mmstats_detached)]
#[test]
fn a_system_without_files_says_so_and_counts() {
    use std::sync::{Arc, Mutex};

    let error = Stats::builder().directory("/run/web").file("w.mmstats").create().unwrap_err();
    assert!(matches!(error.kind(), mmstats::CreateErrorKind::Unsupported));
    let message = "/run/web/w.mmstats: files of statistics need little-endian Linux: \
                   `create_or_detached` counts in memory";
    assert_eq!(error.to_string(), message);

    let warned = Arc::new(Mutex::new(Vec::new()));
    let warnings = warned.clone();
    let stats = Stats::builder()
        .on_warning(move |warning| warnings.lock().unwrap().push(warning.to_string()))
        .create_or_detached();
    stats.done.inc();
    assert_eq!(stats.total(|stats| &stats.done), 1);
    assert!(matches!(stats.detached(), Some(Detached::Failed(_))));
    assert!(stats.reopen().is_err());
    let warned = warned.lock().unwrap();
    assert_eq!(warned.len(), 1);
    assert!(warned[0].starts_with("no statistics file, counting in memory"), "{warned:?}");
}
