//! The writer's clock: nanoseconds that are cheap to read, and their relation to other clocks.
//!
//! If the kernel keeps time by the processor's time-stamp counter, so does this clock, in half the
//! time of a call to the kernel. The counter's frequency is measured in passing: the kernel's clock
//! is used until enough time has passed since the counter was first read, so nothing ever waits for
//! a calibration. A suspend can stop or reset the counter: so it is compared with the kernel's clock
//! by each flush, and by the first read after a second.

#[cfg_attr(
    any(not(target_os = "linux"), target_endian = "big", mmstats_detached, miri),
    path = "instant.rs"
)]
mod boottime;
#[cfg_attr(
    any(not(target_os = "linux"), not(target_arch = "x86_64"), mmstats_detached, miri),
    path = "no_counter.rs"
)]
mod counter;
mod deadline;

use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) use boottime::boottime_ns;
pub(crate) use deadline::Deadline;

/// Returns the writer's clock in nanoseconds, which is close to the time since boot.
#[inline]
pub(crate) fn now_ns() -> u64 {
    counter::now_ns().unwrap_or_else(slow_now_ns)
}

#[cold]
#[inline(never)]
fn slow_now_ns() -> u64 {
    if let Some((now_ns, _)) = counter::check() {
        return now_ns;
    }
    counter::calibrate();
    boottime_ns()
}

/// Returns the nanoseconds since 1970.
pub(crate) fn realtime_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Returns the writer's clock and `CLOCK_BOOTTIME` at the same moment.
///
/// If they differ, because the counter was stopped or reset during suspend or because a small error
/// has accumulated for hours, the kernel's clock wins and the calibration restarts.
pub(crate) fn anchor() -> (u64, u64) {
    counter::check().unwrap_or_else(|| {
        counter::calibrate(); // which takes a while the first time
        let now_ns = boottime_ns();
        (now_ns, now_ns)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use super::*;

    /// Held by each test that uses the clock, since some put it wrong.
    pub(super) fn alone() -> MutexGuard<'static, ()> {
        static ALONE: Mutex<()> = Mutex::new(());
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[test]
    fn it_follows_the_kernels_clock_from_the_first_reading() {
        let _alone = alone();
        let start = boottime_ns();
        let mut last = 0;
        // Long enough for the counter to take over.
        while boottime_ns() - start < 30_000_000 {
            let before = boottime_ns();
            let now = now_ns();
            let after = boottime_ns();
            // A millisecond of grace: the distance of the clocks is not under test.
            assert!(before < now + 1_000_000 && now < after + 1_000_000, "{before} {now} {after}");
            assert!(now + 1_000_000 > last);
            last = now;
        }
    }
}
