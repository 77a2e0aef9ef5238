use std::collections::VecDeque;

/// How many looks are kept: as wide as a sparkline gets.
pub(crate) const KEPT: usize = 120;

/// The latest rates or values of a statistic, one for each look.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    /// Empty until something happens, since most statistics of most files never change.
    points: VecDeque<f64>,
}

impl History {
    /// Adds the point of a look.
    pub(crate) fn push(&mut self, point: f64) {
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
}
