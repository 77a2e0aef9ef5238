#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::{counter, now_ns};

/// A point in time of the writer's clock. Checking that it has not passed only reads the counter.
#[derive(Debug, Default)]
pub(crate) struct Deadline {
    ns: AtomicU64,
    /// The deadline has not passed while the counter is within `span_ticks` of this value. A
    /// counter that was set back is not.
    from_ticks: AtomicU64,
    span_ticks: AtomicU64,
}

// Relaxed throughout: no other memory depends on it. If threads set or check it concurrently, it
// passes a little early or late.
impl Deadline {
    /// Sets it to `interval_ns` from now.
    pub(crate) fn set(&self, interval_ns: u64) {
        self.ns.store(now_ns().saturating_add(interval_ns), Relaxed);
        self.watch(interval_ns);
    }

    /// Returns whether it has passed. One that was never set has.
    #[inline]
    pub(crate) fn has_passed(&self) -> bool {
        let passed = counter::ticks().wrapping_sub(self.from_ticks.load(Relaxed));
        passed >= self.span_ticks.load(Relaxed) && self.has_passed_by_the_clock()
    }

    #[cold]
    #[inline(never)]
    fn has_passed_by_the_clock(&self) -> bool {
        let left_ns = self.ns.load(Relaxed).saturating_sub(now_ns());
        self.watch(left_ns);
        left_ns == 0
    }

    /// Watches the counter for a second at most, since a suspend may stop it.
    fn watch(&self, ns: u64) {
        let ns = ns.min(1_000_000_000);
        self.span_ticks.store(0, Relaxed);
        self.from_ticks.store(counter::ticks(), Relaxed);
        self.span_ticks.store(counter::ticks_in(ns), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{boottime_ns, tests::alone};

    #[test]
    fn it_passes_when_the_time_is_over_and_not_before() {
        let _alone = alone();
        let deadline = Deadline::default();
        assert!(deadline.has_passed(), "it was never set");
        // The first ones use the kernel's clock, the last ones the counter.
        for interval_ns in [0, 1, 2_000_000, 30_000_000, 2_000_000] {
            let set = boottime_ns();
            deadline.set(interval_ns);
            while !deadline.has_passed() {}
            // A millisecond of grace: the distance of the clocks is not under test.
            assert!(boottime_ns() + 1_000_000 >= set + interval_ns);
        }
        deadline.set(u64::MAX);
        assert!(!deadline.has_passed());
    }

    #[test]
    fn a_counter_that_was_set_back_does_not_delay_it() {
        let _alone = alone();
        let deadline = Deadline::default();
        deadline.set(1_000_000);
        deadline.from_ticks.store(u64::MAX / 2, Relaxed);
        deadline.span_ticks.store(1 << 32, Relaxed);
        while !deadline.has_passed() {}
    }
}
