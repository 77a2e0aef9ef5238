//! The processor's time-stamp counter and its frequency.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Mutex, OnceLock};

use crate::procfs::read_small;

/// The calibration period: with an error of 50 ns at each end it is exact to 5 millionths.
const WATCHED_NS: u64 = 20_000_000;

/// How long the counter is trusted without a comparison with the kernel's clock: if it was stopped
/// or reset by a suspend, it is noticed after so much time awake. The comparison takes 0.2 µs.
const CHECKED_NS: u64 = 1_000_000_000;

/// How far counter and kernel's clock may be apart.
const APART_NS: u64 = 100_000_000;

const MARGIN_NS: u64 = 100_000;

/// The values of the counter and of the kernel's clock at the same moment.
#[derive(Debug, Clone, Copy)]
struct Pair {
    ticks: u64,
    ns: u64,
}

/// The start of the calibration.
static FIRST: Mutex<Option<Pair>> = Mutex::new(None);
/// Nanoseconds per tick, times 2³².
static SCALE: AtomicU64 = AtomicU64::new(0);
/// The clock at counter 0, modulo 2⁶⁴.
static ORIGIN_NS: AtomicU64 = AtomicU64::new(0);
/// The counter is trusted for [`CHECKED_NS`] after it was last compared with the kernel's clock: from
/// this value on …
static CHECKED_TICKS: AtomicU64 = AtomicU64::new(0);
/// … for so many ticks: 0 until the frequency is known, and always if the counter must not be used.
static TRUSTED_TICKS: AtomicU64 = AtomicU64::new(0);

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
    let trusted = TRUSTED_TICKS.load(Acquire); // pairs with `calibrate`: scale and origin are visible
    let ticks = ticks();
    // A counter that was set back is far above.
    if ticks.wrapping_sub(CHECKED_TICKS.load(Relaxed)) >= trusted {
        return None;
    }
    Some(by_counter(ticks, SCALE.load(Relaxed)))
}

#[inline]
fn by_counter(ticks: u64, scale: u64) -> u64 {
    ORIGIN_NS.load(Relaxed).wrapping_add(scaled(ticks, scale))
}

/// Compares the counter with the kernel's clock, and returns the time by both, from which on the
/// counter is trusted again; `None` if its frequency is unknown or the two differ.
pub(super) fn check() -> Option<(u64, u64)> {
    if TRUSTED_TICKS.load(Acquire) == 0 {
        return None;
    }
    let Pair { ticks, ns } = pair();
    let now_ns = by_counter(ticks, SCALE.load(Relaxed));
    if now_ns.abs_diff(ns) >= APART_NS {
        forget();
        return None;
    }
    // The counters of two cores differ by less than a microsecond.
    CHECKED_TICKS.store(ticks.saturating_sub(ticks_in(MARGIN_NS)), Relaxed);
    Some((now_ns, ns))
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "584 years; modulo 2^64 beyond")]
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
    if ns_passed < WATCHED_NS || TRUSTED_TICKS.load(Relaxed) != 0 {
        return;
    }
    let scale = (u128::from(ns_passed) << 32).checked_div(ticks_passed.into()).unwrap_or(0);
    let scale = u64::try_from(scale).unwrap_or(0);
    SCALE.store(scale, Relaxed);
    ORIGIN_NS.store(ns.wrapping_sub(scaled(ticks, scale)), Relaxed);
    CHECKED_TICKS.store(ticks, Relaxed);
    TRUSTED_TICKS.store(ticks_in(CHECKED_NS), Release); // pairs with `now_ns`
}

/// Restarts the calibration. Until it ends, the kernel's clock is used.
pub(super) fn forget() {
    // A thread that still trusts the counter is done with it when the new scale is set, 20 ms later.
    if let Ok(mut first) = FIRST.try_lock() {
        TRUSTED_TICKS.store(0, Relaxed);
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
    use crate::clock::{self, tests::alone};

    #[test]
    fn the_scale_is_exact_for_a_century() {
        let century = 100 * 365 * 86_400 * 1_000_000_000;
        assert_eq!(scaled(century, 1 << 32), century);
        assert_eq!(scaled(2 * century, 1 << 31), century);
    }

    /// Waits until the clock uses the counter.
    fn calibrated() {
        while now_ns().is_none() {
            clock::now_ns();
        }
    }

    /// Makes the counter seem to have moved by `ns` less than the kernel's clock.
    fn behind(ns: u64) {
        ORIGIN_NS.fetch_sub(ns, Relaxed);
    }

    /// Asserts that the clock and the kernel's agree from now on.
    fn assert_right() {
        let before = clock::boottime_ns();
        let now = clock::now_ns();
        // The distance of the clocks is not under test.
        assert!(now.abs_diff(before) < APART_NS, "{now} {before}");
    }

    const SLEEP_NS: u64 = 600_000_000_000;

    #[test]
    fn a_counter_that_was_set_back_is_noticed_at_the_next_read() {
        let _alone = alone();
        calibrated();
        // As if all was read from a higher counter.
        CHECKED_TICKS.store(ticks() * 2, Relaxed);
        behind(SLEEP_NS);
        assert_right();
    }

    #[test]
    fn a_counter_that_was_set_back_to_above_its_first_value_is_noticed_too() {
        let _alone = alone();
        calibrated();
        // The program runs since long, and the counter is within its life, but before the last check.
        CHECKED_TICKS.store(ticks() + ticks_in(SLEEP_NS), Relaxed);
        behind(SLEEP_NS);
        assert_right();
    }

    #[test]
    fn a_counter_that_was_stopped_is_noticed_a_second_later() {
        let _alone = alone();
        calibrated();
        behind(SLEEP_NS);
        CHECKED_TICKS.fetch_sub(ticks_in(CHECKED_NS), Relaxed); // a second later
        assert_right();
    }

    #[test]
    fn a_counter_that_was_stopped_is_noticed_by_a_flush() {
        let _alone = alone();
        calibrated();
        behind(SLEEP_NS);
        let (now_ns, boottime_ns) = clock::anchor();
        assert!(now_ns.abs_diff(boottime_ns) < APART_NS);
        assert_right();
    }

    #[test]
    fn a_counter_that_is_right_stays_in_use() {
        let _alone = alone();
        calibrated();
        CHECKED_TICKS.fetch_sub(ticks_in(CHECKED_NS), Relaxed); // a second later
        assert!(now_ns().is_none(), "it has to be checked");
        assert_right();
        assert!(now_ns().is_some(), "it was");
    }
}
