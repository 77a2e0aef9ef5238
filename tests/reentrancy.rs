//! An allocator, a signal handler and the destructor of a thread-local may count at any time.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Barrier, OnceLock};
use std::thread;

use mmstats::{Counter, Mapped, MmStats, UpDown};
use tempfile::{TempDir, tempdir};

#[derive(MmStats)]
struct Memory {
    allocations: Counter,
    live: UpDown,
}

#[derive(MmStats)]
struct Signals {
    seen: Counter,
    done: Counter,
}

static MEMORY: OnceLock<Mapped<Memory>> = OnceLock::new();
static ALLOCATED: AtomicU64 = AtomicU64::new(0);
static COUNTS: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Whether the thread's next allocation flushes, and whether that was an error.
    static FLUSHES: Cell<bool> = const { Cell::new(false) };
    static REFUSED: Cell<bool> = const { Cell::new(false) };
}

/// Counts each allocation, also those of the library itself.
struct Counting;

// SAFETY: the system's allocator does the work.
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if COUNTS.load(Relaxed)
            && let Some(memory) = MEMORY.get()
        {
            memory.allocations.inc();
            memory.live.inc();
            ALLOCATED.fetch_add(1, Relaxed);
            if FLUSHES.replace(false) {
                REFUSED.set(memory.flush().is_err());
            }
        }
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if COUNTS.load(Relaxed)
            && let Some(memory) = MEMORY.get()
        {
            memory.live.dec();
        }
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[cfg_attr(mmstats_detached, ignore = "lanes are on the heap")]
#[test]
fn an_allocator_counts_in_every_thread_and_exactly() {
    let (directory, disk) = (tempdir().unwrap(), tempdir().unwrap());
    let memory = Memory::builder().directory(directory.path()).checkpoint_to(disk.path());
    let memory = memory.create().unwrap();
    MEMORY.set(memory).ok().unwrap();
    COUNTS.store(true, Relaxed);
    for _ in 0..50 {
        // Each starts with an allocation, and frees memory after its thread-locals.
        let threads: Vec<_> = (0..8).map(|n| thread::spawn(move || vec![n; n + 1])).collect();
        for thread in threads {
            drop(thread.join().unwrap());
        }
    }
    // A checkpoint allocates, and does not wait for itself.
    FLUSHES.set(true);
    MEMORY.get().unwrap().flush().unwrap();
    assert!(REFUSED.get());
    COUNTS.store(false, Relaxed);
    let memory = MEMORY.get().unwrap();
    let both = || (memory.total(|memory| &memory.allocations), ALLOCATED.load(Relaxed));
    let (mut counted, mut allocated) = both();
    // Another thread may be within an allocation when counting ends.
    for _ in 0..1000 {
        if counted == allocated {
            break;
        }
        thread::yield_now();
        (counted, allocated) = both();
    }
    assert_eq!(counted, allocated);
    assert!(counted > 400);
    memory.close();
}

/// Counts up and down when its thread ends.
struct CountsAtTheEnd(Arc<Mapped<Memory>>);

impl Drop for CountsAtTheEnd {
    fn drop(&mut self) {
        for _ in 0..1000 {
            self.0.live.inc();
            self.0.allocations.inc();
            self.0.live.dec();
        }
    }
}

thread_local! {
    static FIRST: std::cell::RefCell<Option<CountsAtTheEnd>> = const { std::cell::RefCell::new(None) };
    static LAST: std::cell::RefCell<Option<CountsAtTheEnd>> = const { std::cell::RefCell::new(None) };
}

#[test]
fn threads_that_count_while_they_end_lose_nothing() {
    const THREADS: u64 = 16;
    const ROUNDS: u64 = 20;
    let directory = tempdir().unwrap();
    let stats = Memory::builder().directory(directory.path());
    let stats = if cfg!(mmstats_detached) { stats.detached() } else { stats.create().unwrap() };
    let stats = Arc::new(stats);
    for _ in 0..ROUNDS {
        let together = Arc::new(Barrier::new(THREADS.try_into().unwrap()));
        let threads = (0..THREADS).map(|_| {
            let (stats, together) = (stats.clone(), together.clone());
            thread::spawn(move || {
                FIRST.set(Some(CountsAtTheEnd(stats.clone())));
                stats.allocations.inc();
                LAST.set(Some(CountsAtTheEnd(stats)));
                together.wait();
            })
        });
        let threads: Vec<_> = threads.collect();
        for thread in threads {
            thread.join().unwrap();
        }
    }
    assert_eq!(stats.total(|stats| &stats.live), 0);
    assert_eq!(stats.total(|stats| &stats.allocations), THREADS * ROUNDS * 2001);
}

static SIGNALS: OnceLock<(TempDir, Mapped<Signals>, Mapped<Signals>)> = OnceLock::new();

extern "C" fn counts(_: libc::c_int) {
    if let Some((_, first, second)) = SIGNALS.get() {
        first.seen.inc();
        second.seen.inc();
    }
}

fn create_signals() -> (TempDir, Mapped<Signals>, Mapped<Signals>) {
    let directory = tempdir().unwrap();
    let create = |name| Signals::builder().directory(directory.path()).file(name).create().unwrap();
    let (first, second) = (create("first.mmstats"), create("second.mmstats"));
    (directory, first, second)
}

#[cfg_attr(mmstats_detached, ignore = "signals are not blocked")]
#[test]
fn a_signal_handler_may_be_the_first_to_count_in_its_thread() {
    const ROUNDS: u64 = 300;
    let (_, first, second) = SIGNALS.get_or_init(create_signals);
    // SAFETY: the handler only counts.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    unsafe {
        let handler = counts as extern "C" fn(libc::c_int);
        libc::signal(libc::SIGUSR1, handler as libc::sighandler_t);
    }
    for _ in 0..ROUNDS {
        let raises = || {
            // SAFETY: a signal with a handler.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            unsafe {
                libc::raise(libc::SIGUSR1);
            }
            first.done.inc();
        };
        thread::spawn(raises).join().unwrap();
    }
    // Signals that arrive at any time in a claim.
    let (target, taken) = (&AtomicU64::new(0), &AtomicBool::new(false));
    let ends = &AtomicBool::new(false);
    let sent = thread::scope(|scope| {
        let sender = scope.spawn(move || {
            let mut sent = 0;
            while !ends.load(Relaxed) {
                let thread = target.swap(0, Relaxed);
                if thread != 0 {
                    // SAFETY: the thread waits until it is told that the signal was sent.
                    #[expect(unsafe_code, reason = "see the SAFETY comment")]
                    let failed = unsafe { libc::pthread_kill(thread, libc::SIGUSR1) };
                    sent += u64::from(failed == 0);
                    taken.store(true, Relaxed);
                }
                std::hint::spin_loop();
            }
            sent
        });
        for _ in 0..ROUNDS {
            let claims = || {
                // SAFETY: no contract.
                #[expect(unsafe_code, reason = "see the SAFETY comment")]
                let own = unsafe { libc::pthread_self() };
                target.store(own, Relaxed);
                first.done.inc();
                second.done.inc();
                while !taken.swap(false, Relaxed) {
                    std::hint::spin_loop();
                }
            };
            scope.spawn(claims).join().unwrap();
        }
        ends.store(true, Relaxed);
        sender.join().unwrap()
    });
    for stats in [first, second] {
        assert_eq!(stats.total(|stats| &stats.seen), ROUNDS + sent);
        assert_eq!(stats.detached().map(ToString::to_string), None);
    }
    assert_eq!(first.total(|stats| &stats.done), 2 * ROUNDS);
    assert_eq!(second.total(|stats| &stats.done), ROUNDS);
}
