#![forbid(unsafe_code)]
//! The writer's clock: nanoseconds that are cheap to read, and what they are in the world's time.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time-stamp counter, where it is sound, made to start at the boot-time clock.
struct Clock {
    source: quanta::Clock,
    base_raw: u64,
    base_ns: u64,
}

static CLOCK: LazyLock<Clock> = LazyLock::new(|| {
    let source = quanta::Clock::new();
    let base_raw = source.raw();
    Clock { source, base_raw, base_ns: boottime_ns() }
});

/// The writer's clock, in nanoseconds: the boot-time clock when the process first asked, and
/// what the time-stamp counter has counted since.
#[inline]
pub(crate) fn now_ns() -> u64 {
    let clock = &*CLOCK;
    clock.base_ns + clock.source.delta_as_nanos(clock.base_raw, clock.source.raw())
}

/// Nanoseconds since this machine was booted, its sleep included (`CLOCK_BOOTTIME`).
pub(crate) fn boottime_ns() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    now.tv_sec.cast_unsigned() * 1_000_000_000 + now.tv_nsec.cast_unsigned()
}

/// Nanoseconds since 1970.
pub(crate) fn realtime_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
