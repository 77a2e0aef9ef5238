//! The positions of a window's samples in its ring.

/// How many samples a window of `N` holds, as a file says it.
///
/// # Panics
/// At compile time, if there is no room for a sample, or for far more than anyone reads.
pub(super) const fn capacity<const N: usize>() -> u32 {
    assert!(N > 0, "a window holds at least one sample");
    assert!(N <= 1 << 20, "a window holds at most 1,048,576 samples");
    #[expect(clippy::cast_possible_truncation, reason = "asserted above")]
    let capacity = N as u32;
    capacity
}

/// Where the next sample goes, after `count` of them.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "less than N, which is a usize")]
pub(super) const fn slot<const N: usize>(count: u64) -> usize {
    (count % N as u64) as usize
}

/// How many places hold a sample, after `count` of them.
pub(crate) fn filled(count: u64, capacity: usize) -> usize {
    usize::try_from(count).map_or(capacity, |count| count.min(capacity))
}
