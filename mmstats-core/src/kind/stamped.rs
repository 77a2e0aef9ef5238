#![forbid(unsafe_code)]

use std::cmp::Ordering;

use super::{Scalar, UNSET};
use crate::schema::Merge;

/// A lane's value, and the time at which it was set: at most [`UNSET`] if it was set while there was
/// one lane only, or never.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stamped<T> {
    pub(crate) stamp_ns: u64,
    pub(crate) value: T,
}

impl<T> Stamped<T> {
    /// Returns the one that was set last; `self` if both were set at the same time.
    pub(crate) fn latest(self, other: Self) -> Self {
        if other.stamp_ns > self.stamp_ns { other } else { self }
    }
}

impl Stamped<Scalar> {
    /// Merges both by a policy. A value that was never set does not count.
    pub(crate) fn merged(self, other: Self, merge: Merge) -> Self {
        if other.is_unset() {
            return self;
        }
        if self.is_unset() {
            return other;
        }
        let stamp_ns = self.stamp_ns.max(other.stamp_ns);
        let order = other.value.order(self.value);
        let value = match merge {
            Merge::Sum => self.value.plus(other.value),
            Merge::Min if order == Ordering::Less => other.value,
            Merge::Max if order == Ordering::Greater => other.value,
            Merge::Min | Merge::Max | Merge::One => self.value,
            Merge::Latest => return self.latest(other),
        };
        Self { stamp_ns, value }
    }

    fn is_unset(&self) -> bool {
        self.stamp_ns <= UNSET && self.value.is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(lanes: &[(u64, i64)], merge: Merge) -> i64 {
        let lanes = lanes.iter();
        let lanes = lanes
            .map(|&(stamp_ns, value)| Stamped { stamp_ns, value: Scalar::Integer(value.into()) });
        match lanes.reduce(|a, b| a.merged(b, merge)).map(|merged| merged.value) {
            Some(Scalar::Integer(value)) => value.try_into().unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_latest_wins_and_the_first_of_equals() {
        assert_eq!(merged(&[(5, 1), (9, 2), (7, 3)], Merge::Latest), 2);
        assert_eq!(merged(&[(0, 1), (0, 0)], Merge::Latest), 1);
        assert_eq!(merged(&[(1, 4), (1, 0)], Merge::Latest), 4);
        assert_eq!(merged(&[(4, 1), (4, 2)], Merge::Latest), 1);
    }

    #[test]
    fn a_lane_that_was_never_set_does_not_count() {
        assert_eq!(merged(&[(0, 0), (9, 4), (7, 3)], Merge::Min), 3);
        assert_eq!(merged(&[(1, 0), (9, 4), (7, 3)], Merge::Min), 3);
        assert_eq!(merged(&[(0, 0), (9, -4)], Merge::Max), -4);
        assert_eq!(merged(&[(8, 0), (9, 4)], Merge::Min), 0);
        assert_eq!(merged(&[(0, 0), (0, 0)], Merge::Min), 0);
        assert_eq!(merged(&[(3, 1), (9, 4)], Merge::Sum), 5);
    }
}
