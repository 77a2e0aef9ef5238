#![forbid(unsafe_code)]
//! Where no counter is known to keep time, the kernel is asked.

pub(super) fn ticks() -> u64 {
    0
}

pub(super) fn now_ns() -> Option<u64> {
    None
}

pub(super) fn ticks_in(_: u64) -> u64 {
    0
}

pub(super) fn calibrate() {}

pub(super) fn forget() {}
