//! The last ticks of a statistic.

use std::collections::VecDeque;

use super::sample::Figure;

/// How many ticks are kept: as wide as a sparkline gets.
pub(crate) const KEPT: usize = 120;

/// The last rates or values, one a tick; the latest is the last.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    /// Short until something happens, since most statistics of most files never change. Half as
    /// precise as a value, which is plenty for eight steps of height.
    points: VecDeque<f32>,
}

impl History {
    /// Takes in a tick.
    pub(crate) fn push(&mut self, figure: &Figure) {
        let Some(point) = figure.point() else { return };
        #[expect(clippy::cast_possible_truncation, reason = "it is drawn in eight steps")]
        let point = point as f32;
        if self.points.is_empty() && point == 0.0 {
            return;
        }
        if self.points.len() == KEPT {
            self.points.pop_front();
        }
        self.points.push_back(point);
    }

    /// The last `count` points, oldest first.
    pub(crate) fn last(&self, count: usize) -> impl Iterator<Item = f64> + Clone + '_ {
        self.points.iter().skip(self.points.len().saturating_sub(count)).copied().map(f64::from)
    }

    /// The mean of the last `count` points; `None` where there is none.
    #[expect(clippy::cast_precision_loss, reason = "there are few")]
    pub(crate) fn mean(&self, count: usize) -> Option<f64> {
        let points = self.last(count);
        let number = points.clone().count();
        (number > 0).then(|| points.sum::<f64>() / number as f64)
    }
}
