#![forbid(unsafe_code)]
//! Stands in for the counter on processors without a known one: the kernel's clock is used.

pub(super) fn ticks() -> u64 {
    0
}

pub(super) fn now_ns() -> Option<u64> {
    None
}

pub(super) fn ticks_in(_: u64) -> u64 {
    0
}

pub(super) fn check() -> Option<(u64, u64)> {
    None
}

pub(super) fn calibrate() {}
