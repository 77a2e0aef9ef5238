#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::{counter, now_ns};

/// A moment of the writer's clock. That it has not come yet is told by a bare look at the counter.
#[derive(Debug, Default)]
pub(crate) struct Deadline {
    ns: AtomicU64,
    /// It has not come while the counter is within `span_ticks` from here on. A counter that was
    /// set back is not.
    from_ticks: AtomicU64,
    span_ticks: AtomicU64,
}

// Relaxed throughout: it stands for itself. Two threads that set it at the same time, or look at it
// meanwhile, find it come a little early or late.
impl Deadline {
    /// To be `interval_ns` from now.
    pub(crate) fn set(&self, interval_ns: u64) {
        self.ns.store(now_ns().saturating_add(interval_ns), Relaxed);
        self.watch(interval_ns);
    }

    /// Whether it has come; one that was never set has.
    #[inline]
    pub(crate) fn has_come(&self) -> bool {
        let passed = counter::ticks().wrapping_sub(self.from_ticks.load(Relaxed));
        passed >= self.span_ticks.load(Relaxed) && self.has_come_by_the_clock()
    }

    #[cold]
    #[inline(never)]
    fn has_come_by_the_clock(&self) -> bool {
        let left_ns = self.ns.load(Relaxed).saturating_sub(now_ns());
        self.watch(left_ns);
        left_ns == 0
    }

    fn watch(&self, ns: u64) {
        self.span_ticks.store(0, Relaxed);
        self.from_ticks.store(counter::ticks(), Relaxed);
        self.span_ticks.store(counter::ticks_in(ns), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::boottime_ns;

    #[test]
    fn it_comes_when_the_time_is_over_and_not_before() {
        let deadline = Deadline::default();
        assert!(deadline.has_come(), "it was never set");
        // The first with the kernel's clock, the last with the counter.
        for interval_ns in [0, 1, 2_000_000, 30_000_000, 2_000_000] {
            let set = boottime_ns();
            deadline.set(interval_ns);
            while !deadline.has_come() {}
            // A millisecond of grace: how far apart the clocks may be is not what is tested.
            assert!(boottime_ns() + 1_000_000 >= set + interval_ns);
        }
        deadline.set(u64::MAX);
        assert!(!deadline.has_come());
    }

    #[test]
    fn a_counter_that_was_set_back_does_not_put_it_off() {
        let deadline = Deadline::default();
        deadline.set(1_000_000);
        deadline.from_ticks.store(u64::MAX / 2, Relaxed);
        deadline.span_ticks.store(1 << 32, Relaxed);
        while !deadline.has_come() {}
    }
}
