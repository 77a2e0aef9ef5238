//! The processor's time-stamp counter and its frequency.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Mutex, OnceLock};

use crate::procfs::read_small;

/// The calibration period: with an error of 50 ns at each end it is exact to 5 millionths.
const WATCHED_NS: u64 = 20_000_000;

/// The values of the counter and of the kernel's clock at the same moment.
#[derive(Debug, Clone, Copy)]
struct Pair {
    ticks: u64,
    ns: u64,
}

/// The start of the calibration.
static FIRST: Mutex<Option<Pair>> = Mutex::new(None);
/// The same, once the frequency is known.
static BASE_TICKS: AtomicU64 = AtomicU64::new(0);
static BASE_NS: AtomicU64 = AtomicU64::new(0);
/// Nanoseconds per tick, times 2³²; 0 until it is known, and always 0 if it must not be used.
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
    let scale = SCALE.load(Acquire); // pairs with `calibrate`: the base is visible
    if scale == 0 {
        return None;
    }
    match ticks().checked_sub(BASE_TICKS.load(Relaxed)) {
        Some(passed) => Some(BASE_NS.load(Relaxed) + scaled(passed, scale)),
        None => set_back(),
    }
}

/// Handles a counter below its base: cores differ by less than a microsecond and the base is older
/// than that, so the machine was suspended.
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

/// Converts nanoseconds to ticks; returns 0 while the frequency is unknown.
pub(super) fn ticks_in(ns: u64) -> u64 {
    let scale = u128::from(SCALE.load(Relaxed));
    let ticks = (u128::from(ns) << 32).checked_div(scale).unwrap_or(0);
    ticks.try_into().unwrap_or(u64::MAX)
}

/// Computes the frequency once the calibration period has passed since any thread's first call.
pub(super) fn calibrate() {
    static TRUSTED: OnceLock<bool> = OnceLock::new();
    // The first call happens when a file is created, so that no timer waits for this.
    if !*TRUSTED.get_or_init(kernel_trusts_it) {
        return;
    }
    // Another thread is calibrating: never wait for it.
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

/// Restarts the calibration. Until it ends, the kernel's clock is used.
pub(super) fn forget() {
    // A thread that still sees the old scale is done with it when the new base is set, 20 ms later.
    if let Ok(mut first) = FIRST.try_lock() {
        SCALE.store(0, Relaxed);
        *first = None;
    }
}

/// Returns whether the kernel keeps time by the counter: it has then verified that the counter is
/// steady and synchronized across cores.
fn kernel_trusts_it() -> bool {
    const SOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    read_small(SOURCE).is_ok_and(|source| source.trim_end() == "tsc")
}

/// Returns the fastest of three readings, to discard one that was interrupted.
fn pair() -> Pair {
    let reading = || {
        let before = ticks();
        let ns = super::boottime_ns();
        let took = ticks().saturating_sub(before);
        (took, Pair { ticks: before + took / 2, ns })
    };
    let readings = [reading(), reading(), reading()];
    readings.into_iter().min_by_key(|(took, _)| *took).map_or(readings[0].1, |(_, pair)| pair)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn the_scale_is_exact_for_a_century() {
        let century = 100 * 365 * 86_400 * 1_000_000_000;
        assert_eq!(scaled(century, 1 << 32), century);
        assert_eq!(scaled(2 * century, 1 << 31), century);
    }

    #[test]
    fn a_counter_that_was_set_back_is_calibrated_again() {
        while now_ns().is_none() {
            calibrate();
        }
        // As if the base had been read from a higher counter.
        BASE_TICKS.store(ticks() * 2, Relaxed);
        let before = clock::boottime_ns();
        assert!(clock::now_ns() >= before, "the kernel's clock is used");
    }
}
