#![forbid(unsafe_code)]
//! Takes the place of the time since boot where the kernel does not show it.

use std::sync::OnceLock;
use std::time::Instant;

/// The clock when it is first read: 0 stands for no time.
const START_NS: u64 = 1_000_000_000;

/// Returns the nanoseconds since this was first called, and a second more; on a target without a clock
/// time stands still.
pub(crate) fn boottime_ns() -> u64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    if cfg!(all(target_family = "wasm", target_os = "unknown")) {
        return START_NS; // `Instant::now` panics there
    }
    let since = FIRST.get_or_init(Instant::now).elapsed();
    START_NS.saturating_add(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
