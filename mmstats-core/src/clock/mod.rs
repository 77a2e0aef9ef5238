//! The writer's clock: nanoseconds that are cheap to read, and what they are in the world's time.
//!
//! Where the kernel keeps time by the processor's time-stamp counter, so do we, which takes half as
//! long as to ask the kernel. How fast the counter runs is found out on the way: the kernel is
//! asked until it has been running for a while since it was first read. So nobody ever waits for a
//! calibration.

#[cfg_attr(not(target_arch = "x86_64"), path = "no_counter.rs")]
mod counter;
mod deadline;

use std::time::{SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

pub(crate) use deadline::Deadline;

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

/// What the writer's clock shows, and `CLOCK_BOOTTIME` at the same moment.
///
/// Where the two have come apart, since the counter was set while the machine slept, or because a
/// small error has added up for hours, the kernel's is right, and the counter is watched anew.
pub(crate) fn anchor() -> (u64, u64) {
    const APART_NS: u64 = 100_000_000;
    let boottime_ns = boottime_ns();
    let now_ns = now_ns();
    if now_ns.abs_diff(boottime_ns) < APART_NS {
        (now_ns, boottime_ns)
    } else {
        counter::forget();
        (boottime_ns, boottime_ns)
    }
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
