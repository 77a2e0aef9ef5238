/// The latest samples of each lane.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Window {
    /// How many samples there ever were.
    pub count: u64,
    /// The latest of them, as many as the window holds, in no particular order.
    pub samples: Vec<f64>,
}

impl Window {
    /// The mean of the samples in the window, which may not be full yet; 0 where there is none.
    #[expect(clippy::cast_precision_loss, reason = "a window is far shorter than 2^53")]
    pub fn mean(&self) -> f64 {
        if self.samples.is_empty() {
            0.0
        } else {
            self.samples.iter().sum::<f64>() / self.samples.len() as f64
        }
    }

    /// The samples of both, so that each lane weighs as much as it has samples.
    #[must_use]
    pub fn merged(mut self, other: Self) -> Self {
        self.count = self.count.wrapping_add(other.count);
        self.samples.extend(other.samples);
        self
    }
}
