//! One number of a statistic: its value, rate, mean or a quantile.

use mmstats_core::{Headline, Role, Scalar, Summary};

/// A number that a statistic may have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Measure {
    Value,
    /// Events or samples per second.
    Rate,
    /// The mean of all samples.
    Mean,
    Quantile(f64),
}

/// The value of a [`Measure`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Amount {
    Integer(i128),
    Float(f64),
    /// There are no samples.
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

    /// Returns the digits without an exponent, which not all parsers know; `U` if there is no
    /// number.
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
    /// Returns the number, for a rate the count that it is based on; otherwise why the statistic has
    /// none.
    pub(crate) fn of(self, summary: &Summary<'_>) -> Result<Amount, &'static str> {
        let number = match summary.headline {
            Headline::Number(number) => number,
            Headline::Text(_) => return Err("is a text"),
            Headline::Unknown(_) => return Err("is of a kind that this version does not know"),
        };
        let samples = summary.samples.as_ref();
        match self {
            Self::Quantile(quantile) => match samples.filter(|samples| samples.has_quantiles()) {
                Some(samples) => Ok(samples.quantile(quantile).into()),
                None => Err("has no quantiles"),
            },
            Self::Mean => match samples {
                Some(samples) if samples.count == 0 => Ok(Amount::None),
                // A kind of samples need not keep a mean.
                _ => samples
                    .and_then(|samples| samples.mean.or(samples.recent_mean))
                    .map(Amount::Float)
                    .ok_or("has no mean"),
            },
            Self::Rate => summary.count.map(Amount::Integer).ok_or("has no rate"),
            Self::Value if samples.is_some_and(|samples| samples.count == 0) => Ok(Amount::None),
            Self::Value => Ok(number.into()),
        }
    }

    /// Returns the name of the number: `step p99`, `done_rate`.
    pub(crate) fn name(self, key: &str, joint: char) -> String {
        match self {
            Self::Value => key.into(),
            Self::Rate => format!("{key}{joint}rate"),
            Self::Mean => format!("{key}{joint}mean"),
            Self::Quantile(quantile) => format!("{key}{joint}p{}", percent(quantile)),
        }
    }

    /// Returns the unit of the number: for people, and as the Monitoring Plugins' guidelines spell
    /// it.
    pub(crate) fn unit(self, summary: &Summary<'_>, unit: &str) -> (String, &'static str) {
        match (self, summary.role) {
            // The number of samples is not measured in anything.
            (Self::Rate, Role::Samples) => ("/s".into(), ""),
            (Self::Rate, _) if unit.is_empty() => ("/s".into(), ""),
            (Self::Rate, _) => (format!(" {unit}/s"), ""),
            (_, Role::Counter) => (spaced(unit), "c"),
            _ => (spaced(unit), uom(unit)),
        }
    }
}

impl From<Scalar> for Amount {
    fn from(number: Scalar) -> Self {
        match (number.as_integer(), number.as_bool()) {
            (Some(integer), _) => Self::Integer(integer),
            (None, Some(truth)) => Self::Integer(truth.into()),
            (None, None) => Self::Float(number.as_f64()),
        }
    }
}

impl From<Option<f64>> for Amount {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Self::None, Self::Float)
    }
}

/// Returns 99.9 for 0.999.
fn percent(quantile: f64) -> f64 {
    (quantile * 1e8).round() / 1e6
}

fn spaced(unit: &str) -> String {
    if unit.is_empty() { String::new() } else { format!(" {unit}") }
}

/// Returns the guidelines' name of a unit, if they have one.
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
    use mmstats_core::{Mean, Value};

    use super::*;

    #[test]
    fn samples_that_keep_no_mean_have_none() {
        let average = Value::Average(Mean::default());
        let mut summary = average.summary();
        assert_eq!(Measure::Mean.of(&summary), Ok(Amount::None));
        summary.samples.as_mut().unwrap().count = 2;
        assert_eq!(Measure::Mean.of(&summary), Err("has no mean"));
        summary.samples.as_mut().unwrap().mean = Some(7.0);
        assert_eq!(Measure::Mean.of(&summary), Ok(Amount::Float(7.0)));
    }

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
