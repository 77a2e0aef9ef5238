/// The mean of all samples so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Mean {
    /// How many samples there were.
    pub count: u64,
    /// What they add up to.
    pub sum: f64,
}

impl Mean {
    /// The mean; 0 where there was no sample.
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 samples")]
    pub fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum / self.count as f64 }
    }

    /// The samples since it was `earlier`; all, if it was set back meanwhile.
    pub(crate) fn since(self, earlier: Self) -> Self {
        match self.count.checked_sub(earlier.count) {
            Some(0) => Self::default(),
            Some(count) => Self { count, sum: self.sum - earlier.sum },
            None => self,
        }
    }

    /// The samples of both.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        Self { count: self.count.wrapping_add(other.count), sum: self.sum + other.sum }
    }
}
