#![forbid(unsafe_code)]
//! The kernel's clock.

use crate::system;

/// Returns the nanoseconds since boot, including suspend (`CLOCK_BOOTTIME`).
pub(crate) fn boottime_ns() -> u64 {
    let now = system::time_since_boot();
    now.as_secs() * 1_000_000_000 + u64::from(now.subsec_nanos())
}
