#![forbid(unsafe_code)]

use std::fmt;

use super::{Distribution, Headline, Mean, Scalar, Stamped, Timing, Value, Window, Work};
use crate::schema::Merge;

impl Value {
    /// Returns the number of events or samples; `None` if it counts nothing.
    pub fn count(&self) -> Option<i128> {
        self.summary().count
    }

    /// Returns the one number that stands for it; `None` if it is a text.
    ///
    /// For a timer that is the mean of the latest durations in seconds, for an average, a moving
    /// average or a histogram the mean.
    ///
    /// # Examples
    /// ```
    /// use mmstats::Value;
    ///
    /// assert_eq!(Value::Counter(3).as_f64(), Some(3.0));
    /// assert_eq!(Value::Text("liz".into()).as_f64(), None);
    /// ```
    pub fn as_f64(&self) -> Option<f64> {
        self.summary().headline.as_f64()
    }

    /// Returns the number, if it is an integer that fits.
    ///
    /// # Examples
    /// ```
    /// use mmstats::Value;
    ///
    /// assert_eq!(Value::Counter(3).as_u64(), Some(3));
    /// assert_eq!(Value::UpDown(-3).as_u64(), None);
    /// ```
    pub fn as_u64(&self) -> Option<u64> {
        self.integer()?.try_into().ok()
    }

    /// Returns the number, if it is an integer that fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.integer()?.try_into().ok()
    }

    /// Returns the text, if it is one.
    ///
    /// # Examples
    /// ```
    /// use mmstats::Value;
    ///
    /// assert_eq!(Value::Text("liz".into()).as_str(), Some("liz"));
    /// ```
    pub fn as_str(&self) -> Option<&str> {
        match self.summary().headline {
            Headline::Text(text) => Some(text),
            Headline::Number(_) | Headline::Unknown(_) => None,
        }
    }

    /// Returns the single number that a gauge, a constant or a field of a version 1 file holds.
    pub fn as_scalar(&self) -> Option<Scalar> {
        match self {
            Self::Gauge(number) | Self::Constant(number) | Self::Untyped(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns what a timer recorded.
    pub fn as_timing(&self) -> Option<&Timing> {
        match self {
            Self::Timer(timing) => Some(timing),
            _ => None,
        }
    }

    /// Returns what a histogram recorded.
    pub fn as_distribution(&self) -> Option<&Distribution> {
        match self {
            Self::Histogram(distribution) => Some(distribution),
            _ => None,
        }
    }

    /// Returns what an average holds.
    pub fn as_mean(&self) -> Option<Mean> {
        match self {
            Self::Average(mean) => Some(*mean),
            _ => None,
        }
    }

    /// Returns what a moving average holds.
    pub fn as_window(&self) -> Option<&Window> {
        match self {
            Self::MovingAverage(window) => Some(window),
            _ => None,
        }
    }

    /// Returns how far a job has come.
    pub fn as_work(&self) -> Option<&Work> {
        match self {
            Self::Progress(work) => Some(work),
            _ => None,
        }
    }

    /// Merges the values of two files. Counts are added, samples are merged, and of what has no sum
    /// the first stays; so does the first if the two are of different kinds.
    ///
    /// # Examples
    /// ```
    /// use mmstats::Value;
    ///
    /// assert_eq!(Value::Counter(3).merged(Value::Counter(4)), Value::Counter(7));
    /// ```
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        let never = |value| Stamped { stamp_ns: 0, value };
        Self::merge(never(self), never(other), Merge::Sum).value
    }

    fn integer(&self) -> Option<i128> {
        self.summary().headline.number()?.as_integer()
    }
}

/// The one number or text that stands for the value.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.summary().headline.fmt(f)
    }
}

impl fmt::Display for Headline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
            Self::Unknown(kind) => write!(f, "(kind {kind}, which this version does not know)"),
        }
    }
}
