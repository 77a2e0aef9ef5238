//! The processor's time-stamp counter, and how fast it runs.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Mutex, OnceLock};

use crate::process;

/// How long the counter is watched: an error of 50 ns at both ends is then 5 millionths.
const WATCHED_NS: u64 = 20_000_000;

/// What the counter and the kernel's clock showed at one moment.
#[derive(Debug, Clone, Copy)]
struct Pair {
    ticks: u64,
    ns: u64,
}

/// From when on the counter is being watched.
static FIRST: Mutex<Option<Pair>> = Mutex::new(None);
/// The same, once its speed is known.
static BASE_TICKS: AtomicU64 = AtomicU64::new(0);
static BASE_NS: AtomicU64 = AtomicU64::new(0);
/// Nanoseconds a tick, times 2³²; 0 until it is known, and forever where it must not be used.
static SCALE: AtomicU64 = AtomicU64::new(0);

#[inline]
pub(super) fn ticks() -> u64 {
    // SAFETY: every x86-64 processor has this instruction, which only reads a register.
    #[expect(unsafe_code, reason = "there is no safe way to read the time-stamp counter")]
    unsafe {
        std::arch::x86_64::_rdtsc()
    }
}

#[inline]
pub(super) fn now_ns() -> Option<u64> {
    let scale = SCALE.load(Acquire); // pairs with `calibrate`: the base is there
    if scale == 0 {
        return None;
    }
    match ticks().checked_sub(BASE_TICKS.load(Relaxed)) {
        Some(passed) => Some(BASE_NS.load(Relaxed) + scaled(passed, scale)),
        None => set_back(),
    }
}

/// Cores are less than a microsecond apart, and the base is older: the machine has slept.
#[cold]
#[inline(never)]
fn set_back() -> Option<u64> {
    forget();
    None
}

#[expect(clippy::cast_possible_truncation, reason = "584 years")]
fn scaled(ticks: u64, scale: u64) -> u64 {
    ((u128::from(ticks) * u128::from(scale)) >> 32) as u64
}

/// How many ticks take as long; 0 while that is not known.
pub(super) fn ticks_in(ns: u64) -> u64 {
    let scale = u128::from(SCALE.load(Relaxed));
    let ticks = (u128::from(ns) << 32).checked_div(scale).unwrap_or(0);
    ticks.try_into().unwrap_or(u64::MAX)
}

/// Looks how far the counter has come since it was first read, by whichever thread.
pub(super) fn calibrate() {
    static TRUSTED: OnceLock<bool> = OnceLock::new();
    // Found out by the first look, which is that of a creation: a timer is not to wait for it.
    if !*TRUSTED.get_or_init(kernel_trusts_it) {
        return;
    }
    // Whoever does not get it goes on without: this waits for nobody.
    let Ok(mut first) = FIRST.try_lock() else { return };
    let now = pair();
    let Pair { ticks, ns } = *first.get_or_insert(now);
    let (Some(ticks_passed), Some(ns_passed)) =
        (now.ticks.checked_sub(ticks), now.ns.checked_sub(ns))
    else {
        *first = None;
        return;
    };
    if ns_passed < WATCHED_NS || SCALE.load(Relaxed) != 0 {
        return;
    }
    let scale = (u128::from(ns_passed) << 32).checked_div(ticks_passed.into()).unwrap_or(0);
    BASE_TICKS.store(ticks, Relaxed);
    BASE_NS.store(ns, Relaxed);
    SCALE.store(u64::try_from(scale).unwrap_or(0), Release); // pairs with `now_ns`
}

/// Watches the counter anew. The kernel is asked meanwhile.
pub(super) fn forget() {
    // A thread that sees the old speed is not still at it when there is a new base, 20 ms later.
    if let Ok(mut first) = FIRST.try_lock() {
        SCALE.store(0, Relaxed);
        *first = None;
    }
}

/// Whether the kernel keeps time by the counter: it has seen to it that the counter runs evenly,
/// and alike on all cores.
fn kernel_trusts_it() -> bool {
    const SOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    process::read_small(SOURCE).is_ok_and(|source| source.trim_end() == "tsc")
}

/// Of three looks the quickest, so that one which the kernel interrupted does not count.
fn pair() -> Pair {
    let look = || {
        let before = ticks();
        let ns = super::boottime_ns();
        let took = ticks().saturating_sub(before);
        (took, Pair { ticks: before + took / 2, ns })
    };
    let looks = [look(), look(), look()];
    looks.into_iter().min_by_key(|(took, _)| *took).map_or(looks[0].1, |(_, pair)| pair)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn a_scale_of_nanoseconds_a_tick_is_exact_for_a_century() {
        let century = 100 * 365 * 86_400 * 1_000_000_000;
        assert_eq!(scaled(century, 1 << 32), century);
        assert_eq!(scaled(2 * century, 1 << 31), century);
    }

    #[test]
    fn a_counter_that_was_set_back_is_watched_anew() {
        while now_ns().is_none() {
            calibrate();
        }
        // As if it had shown more when it was first looked at.
        BASE_TICKS.store(ticks() * 2, Relaxed);
        let before = clock::boottime_ns();
        assert!(clock::now_ns() >= before, "the kernel is asked");
    }
}
