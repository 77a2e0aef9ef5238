//! Measures of a statistic as one number: its value, rate, mean or a quantile.

use mmstats_core::{Scalar, Value};

/// A measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Measure {
    Value,
    /// The change a second.
    Rate,
    Mean,
    Quantile(f64),
}

/// The result of a measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Amount {
    Integer(i128),
    Float(f64),
    /// There are no samples yet.
    None,
}

impl Amount {
    #[expect(clippy::cast_precision_loss, reason = "thresholds are floating point numbers")]
    pub(crate) fn as_f64(self) -> Option<f64> {
        match self {
            Self::Integer(integer) => Some(integer as f64),
            Self::Float(float) => Some(float),
            Self::None => None,
        }
    }

    /// Formats the number without an exponent, which not all parsers of performance data accept; `U`
    /// if there is no number.
    pub(crate) fn digits(self) -> String {
        match self {
            Self::Integer(integer) => integer.to_string(),
            Self::Float(float) if !float.is_finite() => "U".into(),
            Self::Float(float) if float.abs() < 0.001 => float.to_string(),
            Self::Float(float) => {
                let fixed = format!("{float:.6}");
                fixed.trim_end_matches('0').trim_end_matches('.').into()
            }
            Self::None => "U".into(),
        }
    }
}

impl Measure {
    /// Measures a value, or returns why it does not have this measure.
    pub(crate) fn of(self, value: &Value) -> Result<Amount, &'static str> {
        match (self, value) {
            (_, Value::Text(_)) => Err("is a text"),
            (Self::Quantile(quantile), Value::Timer(timing)) => {
                Ok(samples(timing.count() > 0, timing.quantile(quantile).as_secs_f64()))
            }
            (Self::Quantile(_), _) => Err("has no quantiles: it is not a timer"),
            (Self::Mean, Value::Timer(timing)) => {
                Ok(samples(timing.count() > 0, timing.mean().as_secs_f64()))
            }
            (Self::Value, Value::Timer(timing)) => {
                Ok(samples(timing.count() > 0, timing.moving_average().as_secs_f64()))
            }
            (Self::Value | Self::Mean, Value::Average(mean)) => {
                Ok(samples(mean.count > 0, mean.mean()))
            }
            (Self::Value | Self::Mean, Value::MovingAverage(window)) => {
                Ok(samples(!window.samples.is_empty(), window.mean()))
            }
            (Self::Mean, _) => Err("has no mean"),
            (Self::Rate, Value::Timer(timing)) => Ok(Amount::Integer(timing.count().into())),
            (Self::Rate, Value::Average(mean)) => Ok(Amount::Integer(mean.count.into())),
            (Self::Rate, Value::MovingAverage(window)) => Ok(Amount::Integer(window.count.into())),
            (_, Value::Counter(count)) => Ok(Amount::Integer((*count).into())),
            (_, Value::UpDown(count)) => Ok(Amount::Integer((*count).into())),
            (_, Value::Number(scalar)) => Ok(match scalar {
                Scalar::Unsigned(number) => Amount::Integer((*number).into()),
                Scalar::Signed(number) => Amount::Integer((*number).into()),
                Scalar::Bool(truth) => Amount::Integer((*truth).into()),
                float => Amount::Float(float.as_f64()),
            }),
            _ => Err("is of a kind that this version does not know"),
        }
    }

    /// What the number is called: `step p99`, `done_rate`.
    pub(crate) fn name(self, label: &str, joint: char) -> String {
        match self {
            Self::Value => label.into(),
            Self::Rate => format!("{label}{joint}rate"),
            Self::Mean => format!("{label}{joint}mean"),
            Self::Quantile(quantile) => format!("{label}{joint}p{}", percent(quantile)),
        }
    }

    /// What it is measured in: for people, and as one of the guidelines' units.
    pub(crate) fn unit(self, value: &Value, unit: &str) -> (String, &'static str) {
        match (self, value) {
            (Self::Rate, Value::Counter(_) | Value::UpDown(_) | Value::Number(_))
                if !unit.is_empty() =>
            {
                (format!(" {unit}/s"), "")
            }
            (Self::Rate, _) => ("/s".into(), ""),
            (_, Value::Timer(_)) => (" s".into(), "s"),
            (_, Value::Counter(_)) => (spaced(unit), "c"),
            _ => (spaced(unit), uom(unit)),
        }
    }
}

fn samples(any: bool, number: f64) -> Amount {
    if any { Amount::Float(number) } else { Amount::None }
}

/// 0.999 as 99.9.
fn percent(quantile: f64) -> f64 {
    (quantile * 1e8).round() / 1e6
}

fn spaced(unit: &str) -> String {
    if unit.is_empty() { String::new() } else { format!(" {unit}") }
}

/// The guidelines' name of a unit, if they have one.
fn uom(unit: &str) -> &'static str {
    match unit {
        "s" | "sec" | "second" | "seconds" => "s",
        "ms" | "milliseconds" => "ms",
        "us" | "µs" | "microseconds" => "us",
        "B" | "byte" | "bytes" => "B",
        "KB" | "kB" | "kilobytes" => "KB",
        "MB" | "megabytes" => "MB",
        "GB" | "gigabytes" => "GB",
        "TB" | "terabytes" => "TB",
        "%" | "percent" => "%",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_plain() {
        let digits = |float| Amount::Float(float).digits();
        assert_eq!(digits(0.1 + 0.2), "0.3");
        assert_eq!(digits(40.0), "40");
        assert_eq!(digits(0.0), "0");
        assert_eq!(digits(-0.000_012_3), "-0.0000123");
        assert_eq!(digits(1e20), "100000000000000000000");
        assert_eq!(digits(f64::NAN), "U");
        assert_eq!(Amount::Integer(u64::MAX.into()).digits(), "18446744073709551615");
    }

    #[test]
    fn quantiles_are_named_by_percent() {
        let name = |quantile| Measure::Quantile(quantile).name("step", ' ');
        assert_eq!([0.5, 0.99, 0.999].map(name), ["step p50", "step p99", "step p99.9"]);
        assert_eq!([1.0, 0.0].map(name), ["step p100", "step p0"]);
    }
}
