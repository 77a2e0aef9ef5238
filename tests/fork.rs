//! A forked child changes, closes, keeps and removes nothing of its parent, and waits for nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use mmstats::{
    Builder, Constant, Counter, CreateErrorKind, Detached, Gauge, Mapped, MmStats, Reader,
    Snapshot, State, Text, Timer, UpDown, Value,
};
use mmstats_testing::{Child, again, names, role};
use tempfile::{TempDir, tempdir};

#[derive(MmStats)]
struct Stats {
    done: Counter,
    open: UpDown,
    load: Gauge<u64>,
    user: Text<13>,
    request: Timer<4>,
    port: Constant<u16>,
    #[mmstats(initial = 80)]
    default_port: Constant<u16>,
}

fn builder() -> (TempDir, Builder<Stats>) {
    let directory = tempdir().unwrap();
    let builder = Stats::builder().directory(directory.path()).file("w-{PID}.mmstats");
    (directory, builder.constant(|stats| &stats.port, 8080))
}

fn created() -> (TempDir, Mapped<Stats>) {
    let (directory, builder) = builder();
    (directory, builder.create().unwrap())
}

fn snapshot(path: &Path) -> Snapshot {
    Reader::open(path).unwrap().snapshot().unwrap()
}

fn done(snapshot: &Snapshot) -> u64 {
    match snapshot.get("done") {
        Some(Value::Counter(done)) => *done,
        other => panic!("{other:?}"),
    }
}

fn running(snapshot: &Snapshot) -> u64 {
    match snapshot.get("request") {
        Some(Value::Timer(timing)) => timing.running(),
        other => panic!("{other:?}"),
    }
}

/// A child that ends when `body` does, or after some seconds by a signal if it hangs.
struct Forked(libc::pid_t);

impl Forked {
    fn run(body: impl FnOnce()) -> Self {
        // SAFETY: a child of a process with threads runs what POSIX does not allow there, such as
        // allocations; the C library of Linux does.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let pid = unsafe { libc::fork() };
        Self::of(pid, body)
    }

    /// By a system call that the C library does not see.
    fn raw(body: impl FnOnce()) -> Self {
        // SAFETY: as `fork`; `flags` is the signal to the parent, the other arguments are unused.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let pid = unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) };
        Self::of(pid.try_into().unwrap(), body)
    }

    fn of(pid: libc::pid_t, body: impl FnOnce()) -> Self {
        assert!(pid >= 0);
        if pid == 0 {
            // SAFETY: no contract.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            unsafe {
                libc::alarm(20);
            }
            let ended = catch_unwind(AssertUnwindSafe(body));
            exit(ended.is_err().into());
        }
        Self(pid)
    }

    /// Waits for the child, whose assertions must have held.
    fn end_well(self) {
        let mut status = 0;
        // SAFETY: the status is writable.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let waited = unsafe { libc::waitpid(self.0, &raw mut status, 0) };
        assert_eq!((waited, status), (self.0, 0), "the child failed or hung");
    }
}

fn exit(code: i32) -> ! {
    // SAFETY: no contract.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    unsafe {
        libc::_exit(code)
    }
}

// Nothing of the parent's changes.

#[test]
fn a_child_that_drops_the_handle_leaves_the_file_live() {
    let (_directory, stats) = created();
    let path = stats.path().unwrap().to_owned();
    stats.done.add(3);
    let mut handle = Some(stats);
    Forked::run(|| drop(handle.take())).end_well();
    let stats = handle.unwrap();
    assert_eq!(snapshot(&path).state(), State::Live);
    stats.done.add(4);
    let again = Stats::builder().directory(path.parent().unwrap());
    let again = again.file(path.file_name().unwrap().to_str().unwrap()).create();
    assert!(matches!(again.unwrap_err().kind(), CreateErrorKind::InUse), "the lock is held");
    assert_eq!(done(&snapshot(&path)), 7);
}

#[test]
fn a_child_does_not_end_or_remove_the_file() {
    for remove_on_drop in [false, true] {
        let (_directory, builder) = builder();
        let stats = builder.remove_on_drop(remove_on_drop).create().unwrap();
        let path = stats.path().unwrap().to_owned();
        let mut handle = Some(stats);
        Forked::run(|| {
            let stats = handle.take().unwrap();
            stats.close();
            stats.flush().unwrap();
            stats.remove().unwrap();
            drop(stats);
        })
        .end_well();
        assert_eq!(snapshot(&path).state(), State::Live);
    }
}

#[test]
fn a_caught_panic_in_a_child_is_not_the_parents() {
    let (_directory, stats) = created();
    let path = stats.path().unwrap().to_owned();
    let mut handle = Some(stats);
    Forked::run(|| {
        let stats = handle.take();
        let panicked = catch_unwind(AssertUnwindSafe(move || {
            let _stats = stats;
            std::panic::resume_unwind(Box::new(()));
        }));
        assert!(panicked.is_err());
    })
    .end_well();
    assert_eq!(snapshot(&path).state(), State::Live);
}

#[test]
fn both_count_and_none_is_lost() {
    const EACH: u64 = 5_000_000;
    let (_directory, stats) = created();
    let lane = &*stats;
    let count = || (0..EACH).for_each(|_| std::hint::black_box(lane).done.inc());
    let child = Forked::run(|| {
        count();
        assert_eq!((lane.done.local(), stats.total(|stats| &stats.done)), (EACH, EACH));
    });
    count();
    child.end_well();
    assert_eq!(done(&snapshot(stats.path().unwrap())), EACH);
}

#[test]
fn a_guard_that_ends_in_both_runs_in_neither() {
    for _ in 0..200 {
        let (directory, stats) = created();
        let mut guard = Some(stats.request.start());
        let child = Forked::run(|| {
            assert_eq!(stats.request.local().running(), 1);
            drop(guard.take());
            assert_eq!((stats.request.local().running(), stats.request.count()), (0, 1));
            let second = stats.request.start();
            assert_eq!(stats.request.local().running(), 1);
            drop(second);
            stats.reopen().unwrap();
            assert_eq!(running(&snapshot(stats.path().unwrap())), 0);
        });
        drop(guard.take());
        child.end_well();
        let _ = directory;
        assert_eq!(running(&snapshot(stats.path().unwrap())), 0);
        let _second = stats.request.start();
        assert_eq!(running(&snapshot(stats.path().unwrap())), 1);
    }
}

#[test]
fn a_child_that_outlives_its_parent_does_not_keep_the_file_live() {
    let directory = tempdir().unwrap();
    let create = || Stats::builder().directory(directory.path()).file("w.mmstats").create();
    let (waits, release) = std::io::pipe().unwrap();
    let mut release = Some(release);
    Forked::run(|| {
        let stats = create().unwrap();
        stats.done.add(3);
        drop(release.take());
        // Not waited for: it outlives its parent, which ends as if it were killed.
        let _ = Forked::run(|| {
            stats.done.inc();
            let _ = std::io::copy(&mut &waits, &mut std::io::sink());
        });
        exit(0);
    })
    .end_well();
    let left = snapshot(&directory.path().join("w.mmstats"));
    assert_eq!((left.state(), done(&left)), (State::Dead, 3));
    create().unwrap();
    drop(release);
}

// What a child has.

#[test]
fn a_child_keeps_states_and_counts_anew() {
    let (_directory, stats) = created();
    thread::scope(|scope| {
        let other = || {
            stats.done.add(5);
            stats.load.set(12);
            stats.user.set("Nguyễn");
        };
        scope.spawn(other).join().unwrap();
    });
    stats.done.add(3);
    stats.open.add(2);
    let path = stats.path().unwrap().to_owned();
    Forked::run(|| {
        assert_eq!(stats.path(), None);
        let reason = stats.detached().unwrap();
        assert!(matches!(reason, Detached::Forked), "{reason}");
        assert_eq!(stats.checkpoint(), None);
        assert_eq!((stats.port.get(), stats.default_port.get()), (8080, 80));
        assert_eq!((stats.total(|stats| &stats.done), stats.open.local()), (0, 0));
        assert_eq!(stats.total(|stats| &stats.load), 12);
        assert_eq!(stats.total(|stats| &stats.user), "Nguyễn");
        stats.done.inc();
        thread::scope(|scope| scope.spawn(|| stats.done.add(2)).join().unwrap());
        assert_eq!(stats.total(|stats| &stats.done), 3);
        stats.flush().unwrap();
    })
    .end_well();
    assert_eq!(done(&snapshot(&path)), 8);
}

#[test]
fn reopen_gives_a_child_its_own_file_with_what_it_counted() {
    let (directory, stats) = created();
    stats.done.add(100);
    stats.load.set(7);
    let clone = stats.clone();
    Forked::run(|| {
        let lane = &*stats;
        lane.done.add(1);
        thread::scope(|scope| scope.spawn(|| stats.done.add(2)).join().unwrap());
        stats.reopen().unwrap();
        let path = clone.path().unwrap();
        assert!(stats.detached().is_none());
        let own = format!("w-{}.mmstats", std::process::id());
        assert_eq!(path.file_name().unwrap(), own.as_str());
        lane.done.add(10);
        thread::scope(|scope| scope.spawn(|| stats.done.add(20)).join().unwrap());
        let snapshot = snapshot(path);
        assert_eq!((done(&snapshot), snapshot.state()), (33, State::Live));
        assert_eq!(snapshot.writer().pid(), Some(std::process::id()));
        assert_eq!((snapshot.lanes_lost(), snapshot.lanes().len()), (0, 2));
        assert_eq!(snapshot.get("port").unwrap().as_u64(), Some(8080));
        assert_eq!(snapshot.get("default_port").unwrap().as_u64(), Some(80));
        assert_eq!(snapshot.get("load").unwrap().as_u64(), Some(7));
        assert_eq!(stats.total(|stats| &stats.done), 33);
        stats.reopen().unwrap();
        assert_eq!(stats.path(), Some(path), "nothing to do");
        stats.close();
    })
    .end_well();
    assert_eq!(names(directory.path()).len(), 2);
    assert_eq!(done(&snapshot(stats.path().unwrap())), 100);
}

#[test]
fn lanes_of_other_threads_move_when_they_are_claimed_next() {
    let (_directory, stats) = created();
    Forked::run(|| {
        let (counted, reopened) = (Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            let other = scope.spawn(|| {
                stats.done.add(1);
                counted.wait();
                reopened.wait();
                stats.done.add(2);
            });
            counted.wait();
            stats.done.add(10);
            stats.reopen().unwrap();
            let snapshot = snapshot(stats.path().unwrap());
            assert_eq!((done(&snapshot), snapshot.lanes_lost()), (10, 1));
            reopened.wait();
            other.join().unwrap();
        });
        thread::scope(|scope| scope.spawn(|| stats.done.add(100)).join().unwrap());
        let snapshot = snapshot(stats.path().unwrap());
        assert_eq!((done(&snapshot), snapshot.lanes_lost()), (113, 0));
    })
    .end_well();
}

#[test]
fn a_daemon_that_forks_twice_has_a_live_file() {
    let (directory, stats) = created();
    let (told, tell) = std::io::pipe().unwrap();
    let (waits, release) = std::io::pipe().unwrap();
    let (mut tell, mut release, mut handle) = (Some(tell), Some(release), Some(stats));
    Forked::run(|| {
        drop(release.take());
        let _ = Forked::run(|| {
            let stats = handle.take().unwrap();
            stats.reopen().unwrap();
            stats.done.add(3);
            drop(tell.take());
            let _ = std::io::copy(&mut &waits, &mut std::io::sink());
            drop(stats);
        });
        // As a program that ends in order.
        drop(handle.take());
    })
    .end_well();
    drop(handle);
    drop(tell);
    // Until the daemon closes its end.
    std::io::copy(&mut &told, &mut std::io::sink()).unwrap();
    let found: Vec<_> = names(directory.path())
        .iter()
        .map(|name| snapshot(&directory.path().join(name)))
        .map(|snapshot| (snapshot.state(), done(&snapshot)))
        .collect();
    assert!(found.contains(&(State::Live, 3)), "{found:?}");
    assert!(found.contains(&(State::Closed, 0)), "{found:?}");
    drop(release);
}

#[test]
fn forks_away_from_its_directory() {
    let Some(directory) = role("forks_away_from_its_directory") else { return };
    std::env::set_current_dir(&directory).unwrap();
    let stats = Stats::builder().directory("stats").file("w-{PID}.mmstats").create().unwrap();
    Forked::run(|| {
        std::env::set_current_dir("/").unwrap();
        stats.reopen().unwrap();
        stats.done.inc();
        assert_eq!(done(&snapshot(stats.path().unwrap())), 1);
    })
    .end_well();
    assert_eq!(names(directory.join("stats")).len(), 2);
}

#[test]
fn a_child_that_changed_its_directory_reopens_beside_its_parent() {
    let directory = tempdir().unwrap();
    std::fs::create_dir(directory.path().join("stats")).unwrap();
    Child::spawn(&mut again("forks_away_from_its_directory", directory.path())).end_well();
}

#[test]
fn threads_that_reopen_at_once_make_one_file() {
    for _ in 0..50 {
        let directory = tempdir().unwrap();
        let later = directory.path().join("later");
        let stats = Stats::builder().directory(&later).file("w-{PID}.mmstats");
        let stats = stats.on_warning(|_| ()).create_or_detached();
        stats.done.inc();
        std::fs::create_dir(&later).unwrap();
        let together = Barrier::new(4);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    together.wait();
                    // An error is that another thread is at it.
                    let _ = stats.reopen();
                });
            }
        });
        assert_eq!(names(&later).len(), 1, "{:?}", names(&later));
        assert_eq!(snapshot(stats.path().unwrap()).state(), State::Live);
    }
}

// Forks that the C library does not see.

#[test]
fn a_raw_fork_is_noticed_by_all_but_an_update() {
    let directory = tempdir().unwrap();
    Child::spawn(&mut again("forks_by_system_calls", directory.path())).end_well();
}

/// In a process whose other threads wait: one that allocates would keep the allocator locked in the
/// children for ever.
#[test]
fn forks_by_system_calls() {
    if role("forks_by_system_calls").is_none() {
        return;
    }
    let (_directory, stats) = created();
    let path = stats.path().unwrap().to_owned();
    stats.done.add(3);
    let mut handle = Some(stats);
    Forked::raw(|| {
        let stats = handle.take().unwrap();
        assert_eq!(stats.path(), None);
        stats.done.inc();
        assert_eq!(stats.total(|stats| &stats.done), 1);
        stats.reopen().unwrap();
        assert_eq!(done(&snapshot(stats.path().unwrap())), 1);
    })
    .end_well();
    Forked::raw(|| drop(handle.take())).end_well();
    Forked::raw(|| handle.as_ref().unwrap().close()).end_well();
    Forked::raw(|| {
        let stats = handle.as_ref().unwrap();
        thread::scope(|scope| scope.spawn(|| stats.done.add(2)).join().unwrap());
        stats.remove().unwrap();
    })
    .end_well();
    let snapshot = snapshot(&path);
    assert_eq!((snapshot.state(), done(&snapshot)), (State::Live, 3));
}

#[test]
fn a_child_that_shares_the_memory_is_no_fork() {
    extern "C" fn child(stats: *mut libc::c_void) -> libc::c_int {
        // SAFETY: the parent passes the handle, and waits for this function to return.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let stats = unsafe { &*stats.cast::<Mapped<Stats>>() };
        stats.done.inc();
        i32::from(stats.detached().is_some())
    }

    let (_directory, stats) = created();
    let mut stack = vec![0_u128; 1 << 14];
    for _ in 0..3 {
        assert!(std::process::Command::new("true").status().unwrap().success());
        let argument = std::ptr::from_ref(&stats).cast_mut().cast();
        let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
        // SAFETY: the stack and the argument outlive the child, for which this thread waits.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let pid =
            unsafe { libc::clone(child, stack.as_mut_ptr_range().end.cast(), flags, argument) };
        assert!(pid > 0);
        Forked(pid).end_well();
        thread::scope(|scope| scope.spawn(|| stats.done.inc()).join().unwrap());
    }
    assert!(stats.detached().is_none());
    assert_eq!(done(&snapshot(stats.path().unwrap())), 6);
}

// Parents with threads.

#[test]
fn no_child_hangs_while_other_threads_claim_and_flush() {
    /// Ends the other threads, also if an assertion fails.
    struct Ends<'a>(&'a AtomicBool);

    impl Drop for Ends<'_> {
        fn drop(&mut self) {
            self.0.store(true, Relaxed);
        }
    }

    let (_directory, builder) = builder();
    let checkpoints = tempdir().unwrap();
    let stats = builder.checkpoint_to(checkpoints.path()).create().unwrap();
    let other = Stats::builder().directory(checkpoints.path()).file("other.mmstats");
    let other = other.create().unwrap();
    let path = stats.path().unwrap().to_owned();
    let ends = AtomicBool::new(false);
    let mut handle = Some(stats.clone());
    thread::scope(|scope| {
        let claims = || {
            while !ends.load(Relaxed) {
                let _ = thread::spawn({
                    let (stats, other) = (stats.clone(), other.clone());
                    move || {
                        stats.done.inc();
                        other.done.inc();
                        stats.done.inc();
                    }
                })
                .join();
            }
        };
        scope.spawn(claims);
        scope.spawn(claims);
        scope.spawn(|| {
            while !ends.load(Relaxed) {
                stats.flush().unwrap();
            }
        });
        scope.spawn(|| {
            while !ends.load(Relaxed) {
                let directory = tempdir().unwrap();
                drop(Stats::builder().directory(directory.path()).create().unwrap());
            }
        });
        let _ends = Ends(&ends);
        let mut last = 0;
        for round in 0..1000 {
            Forked::run(|| {
                // Without threads of its own: Rust's start takes a lock that one of the parent's
                // may have held.
                let stats = handle.take().unwrap();
                stats.done.add(2);
                other.done.inc();
                assert_eq!(stats.total(|stats| &stats.done), 2);
                assert_eq!(other.total(|stats| &stats.done), 1);
                stats.flush().unwrap();
                stats.flush_every(Duration::ZERO).unwrap();
                if round % 50 == 0 {
                    stats.reopen().unwrap();
                    stats.flush().unwrap();
                    assert_eq!(done(&snapshot(stats.path().unwrap())), 2);
                    stats.remove().unwrap();
                }
                drop(stats);
            })
            .end_well();
            let snapshot = snapshot(&path);
            assert!(snapshot.state() == State::Live && done(&snapshot) >= last);
            last = done(&snapshot);
        }
    });
    assert_eq!(stats.total(|stats| &stats.done), done(&snapshot(&path)));
}
