#![forbid(unsafe_code)]
//! What was read: owned values, which merge and which tell means, percentiles and rates.
//!
//! Fields produce them for their own process, readers produce them from a file.

mod mean;
mod scalar;
pub(crate) mod stamped;
mod timing;
mod window;

pub use mean::Mean;
pub use scalar::Scalar;
pub use timing::Timing;
pub use window::Window;

/// The value of one statistic.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Of a `Counter`.
    Counter(u64),
    /// Of an `UpDown`.
    UpDown(i64),
    /// Of a `Gauge`, a `Constant`, or a number of a version 1 file.
    Number(Scalar),
    /// Of a `Text`, a `ConstantText`, or a text of a version 1 file.
    Text(String),
    /// Of an `Average`.
    Average(Mean),
    /// Of a `MovingAverage`.
    MovingAverage(Window),
    /// Of a `Timer`.
    Timer(Box<Timing>),
    /// Of a kind that this version does not know.
    Unknown {
        /// The number that the file has for its kind.
        kind: u16,
    },
}

impl Value {
    /// How many it counts; of means and timers, how many samples there were. `None` of what does
    /// not count.
    pub fn count(&self) -> Option<i128> {
        match self {
            Self::Counter(count) => Some((*count).into()),
            Self::UpDown(count) => Some((*count).into()),
            Self::Average(mean) => Some(mean.count.into()),
            Self::MovingAverage(window) => Some(window.count.into()),
            Self::Timer(timing) => Some(timing.count().into()),
            Self::Number(_) | Self::Text(_) | Self::Unknown { .. } => None,
        }
    }

    /// What came since it was `earlier`: all of it, if it was set back meanwhile, or was
    /// something else.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        match (self, earlier) {
            (Self::Counter(now), Self::Counter(before)) => {
                Self::Counter(now.checked_sub(*before).unwrap_or(*now))
            }
            (Self::UpDown(now), Self::UpDown(before)) => Self::UpDown(now.wrapping_sub(*before)),
            (Self::Average(now), Self::Average(before)) => Self::Average(now.since(*before)),
            (Self::MovingAverage(now), Self::MovingAverage(before)) => {
                let count = now.count.checked_sub(before.count).unwrap_or(now.count);
                Self::MovingAverage(Window { count, samples: now.samples.clone() })
            }
            (Self::Timer(now), Self::Timer(before)) => Self::Timer(Box::new(now.since(before))),
            (now, _) => now.clone(),
        }
    }

    /// The value as one number, where that makes sense: the count, the gauge, the mean; for a
    /// moving average and a timer the mean of the latest samples (of a timer: in seconds).
    #[expect(clippy::cast_precision_loss, reason = "it says so: as a floating point number")]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Counter(count) => Some(*count as f64),
            Self::UpDown(count) => Some(*count as f64),
            Self::Number(scalar) => Some(scalar.as_f64()),
            Self::Average(mean) => Some(mean.mean()),
            Self::MovingAverage(window) => Some(window.mean()),
            Self::Timer(timing) => Some(timing.moving_average().as_secs_f64()),
            Self::Text(_) | Self::Unknown { .. } => None,
        }
    }
}
