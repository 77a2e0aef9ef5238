//! The writer's clock: nanoseconds that are cheap to read, and what they are in the world's time.
//!
//! Where the kernel keeps time by the processor's time-stamp counter, so do we, which takes half as
//! long as to ask the kernel. How fast the counter runs is found out on the way: the kernel is
//! asked until it has been running for a while since it was first read. So nobody ever waits for a
//! calibration.

use std::time::{SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

/// The writer's clock, in nanoseconds: that of the time since boot, or close to it.
#[inline]
pub(crate) fn now_ns() -> u64 {
    counter::now_ns().unwrap_or_else(slow_now_ns)
}

#[cold]
#[inline(never)]
fn slow_now_ns() -> u64 {
    counter::calibrate();
    boottime_ns()
}

/// Nanoseconds since this machine was booted, its sleep included (`CLOCK_BOOTTIME`).
pub(crate) fn boottime_ns() -> u64 {
    let now = clock_gettime(ClockId::Boottime);
    now.tv_sec.cast_unsigned() * 1_000_000_000 + now.tv_nsec.cast_unsigned()
}

/// Nanoseconds since 1970.
pub(crate) fn realtime_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(target_arch = "x86_64")]
mod counter {
    use std::fs;
    use std::sync::atomic::AtomicU64;
    use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
    use std::sync::{Mutex, OnceLock};

    /// How long the counter is watched: an error of 50 ns at both ends is then 5 millionths.
    const WATCHED_NS: u64 = 20_000_000;

    /// What the counter and the kernel's clock showed at one moment.
    #[derive(Debug, Clone, Copy)]
    struct Pair {
        ticks: u64,
        ns: u64,
    }

    /// The first pair, from which all time is counted.
    static BASE_TICKS: AtomicU64 = AtomicU64::new(0);
    static BASE_NS: AtomicU64 = AtomicU64::new(0);
    /// Nanoseconds a tick, times 2³²; 0 until it is known, and forever where it must not be used.
    static SCALE: AtomicU64 = AtomicU64::new(0);

    #[inline]
    pub(super) fn now_ns() -> Option<u64> {
        let scale = SCALE.load(Acquire); // pairs with `calibrate`: the base is there
        if scale == 0 {
            return None;
        }
        // A counter that is behind on another core, by less than a microsecond, shows the base.
        let ticks = ticks().saturating_sub(BASE_TICKS.load(Relaxed));
        Some(BASE_NS.load(Relaxed) + scaled(ticks, scale))
    }

    #[expect(clippy::cast_possible_truncation, reason = "584 years")]
    fn scaled(ticks: u64, scale: u64) -> u64 {
        ((u128::from(ticks) * u128::from(scale)) >> 32) as u64
    }

    /// Looks how far the counter has come since it was first read, by whichever thread.
    pub(super) fn calibrate() {
        static FIRST: Mutex<Option<Pair>> = Mutex::new(None);
        if !is_trusted() {
            return;
        }
        // Whoever does not get it goes on without: this waits for nobody.
        let Ok(mut first) = FIRST.try_lock() else { return };
        let now = pair();
        let Pair { ticks, ns } = *first.get_or_insert(now);
        let (ticks_passed, ns_passed) =
            (now.ticks.saturating_sub(ticks), now.ns.saturating_sub(ns));
        if ns_passed < WATCHED_NS || SCALE.load(Relaxed) != 0 {
            return;
        }
        let scale = (u128::from(ns_passed) << 32).checked_div(ticks_passed.into()).unwrap_or(0);
        BASE_TICKS.store(ticks, Relaxed);
        BASE_NS.store(ns, Relaxed);
        SCALE.store(u64::try_from(scale).unwrap_or(0), Release); // pairs with `now_ns`
    }

    /// Whether the kernel keeps time by the counter: it has seen to it that the counter runs evenly,
    /// and alike on all cores.
    fn is_trusted() -> bool {
        const SOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
        static TRUSTED: OnceLock<bool> = OnceLock::new();
        *TRUSTED.get_or_init(|| fs::read(SOURCE).is_ok_and(|source| source.trim_ascii() == b"tsc"))
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

    #[inline]
    fn ticks() -> u64 {
        // SAFETY: every x86-64 processor has this instruction, which only reads a register.
        #[expect(unsafe_code, reason = "there is no safe way to read the time-stamp counter")]
        unsafe {
            std::arch::x86_64::_rdtsc()
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_scale_of_nanoseconds_a_tick_is_exact_for_a_century() {
            let century = 100 * 365 * 86_400 * 1_000_000_000;
            assert_eq!(scaled(century, 1 << 32), century);
            assert_eq!(scaled(2 * century, 1 << 31), century);
        }
    }
}

/// Elsewhere the kernel is asked.
#[cfg(not(target_arch = "x86_64"))]
mod counter {
    pub(super) fn now_ns() -> Option<u64> {
        None
    }

    pub(super) fn calibrate() {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_to_the_kernels_clock_from_the_first_look_on() {
        let start = boottime_ns();
        let mut last = 0;
        // Long enough that the counter has taken over.
        while boottime_ns() - start < 30_000_000 {
            let before = boottime_ns();
            let now = now_ns();
            let after = boottime_ns();
            // A millisecond of grace: how far apart the clocks may be is not what is tested.
            assert!(before < now + 1_000_000 && now < after + 1_000_000, "{before} {now} {after}");
            assert!(now + 1_000_000 > last);
            last = now;
        }
    }
}
