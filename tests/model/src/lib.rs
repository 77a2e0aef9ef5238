//! The claim of lanes, with all interleavings that the orderings of its atomics allow.
#![forbid(unsafe_code)]
#![cfg(test)]

mod writer {
    use loom::sync::atomic;

    mod claims;
    #[path = "../../../../mmstats-core/src/writer/ownership.rs"]
    #[expect(dead_code, reason = "what a fork does has no other thread")]
    mod ownership;
}
