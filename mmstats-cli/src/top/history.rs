//! The history of a statistic.

use std::collections::VecDeque;

use super::sample::Figure;

/// The number of ticks that are kept: the width of the widest sparkline.
pub(crate) const KEPT: usize = 120;

/// The last rates or values, one a tick, the latest last.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    /// Empty until the first point that is not zero, since most statistics never change.
    points: VecDeque<f64>,
}

impl History {
    /// Adds a tick.
    pub(crate) fn push(&mut self, figure: &Figure) {
        let Some(point) = figure.point() else { return };
        if self.points.is_empty() && point == 0.0 {
            return;
        }
        if self.points.len() == KEPT {
            self.points.pop_front();
        }
        self.points.push_back(point);
    }

    /// Returns the last `count` points, oldest first.
    pub(crate) fn last(&self, count: usize) -> impl Iterator<Item = f64> + Clone + '_ {
        self.points.iter().skip(self.points.len().saturating_sub(count)).copied()
    }

    /// Returns the mean of the last `count` points; `None` if there is none.
    #[expect(clippy::cast_precision_loss, reason = "there are few")]
    pub(crate) fn mean(&self, count: usize) -> Option<f64> {
        let points = self.last(count);
        let number = points.clone().count();
        (number > 0).then(|| points.sum::<f64>() / number as f64)
    }
}

#[cfg(test)]
mod tests {
    use mmstats_core::Scalar;

    use super::super::sample::Value;
    use super::*;

    #[test]
    fn points_are_as_precise_as_values() {
        let mut history = History::default();
        for value in [-123_456_789.0, 1_200_000_001.0, 1_200_000_002.0] {
            let value = Value::Number(Scalar::Double(value));
            history.push(&Figure { value, rate: None, torn: false });
        }
        let points: Vec<f64> = history.last(3).collect();
        assert_eq!(points, [-123_456_789.0, 1_200_000_001.0, 1_200_000_002.0]);
    }
}
