#![forbid(unsafe_code)]
//! Serializes values: numbers, texts, and a map for samples.

use serde::ser::{Serialize, Serializer};

use super::{Headline, Running, Samples, Scalar, Summary, Value};

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.summary().serialize(serializer)
    }
}

/// Serializes the headline, or a map if there are samples. Durations are in seconds.
impl Serialize for Summary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (&self.samples, self.headline) {
            (Some(samples), _) => serialize_samples(samples, self.running.as_ref(), serializer),
            (None, Headline::Number(number)) => number.serialize(serializer),
            (None, Headline::Text(text)) => serializer.serialize_str(text),
            (None, Headline::Unknown(_)) => serializer.serialize_unit(),
        }
    }
}

/// Serializes a number with all its digits. `NaN`, `inf` and `-inf` are strings, since JSON has no such
/// numbers.
impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Integer(integer) => match (u64::try_from(integer), i64::try_from(integer)) {
                (Ok(integer), _) => serializer.serialize_u64(integer),
                (_, Ok(integer)) => serializer.serialize_i64(integer),
                _ => serializer.serialize_i128(integer),
            },
            Self::Bool(truth) => serializer.serialize_bool(truth),
            Self::Float(_) | Self::Double(_) if self.as_f64().is_finite() => {
                serializer.serialize_f64(self.as_f64())
            }
            Self::Float(_) | Self::Double(_) => serializer.collect_str(&self.as_f64()),
        }
    }
}

fn serialize_samples<S: Serializer>(
    samples: &Samples<'_>,
    running: Option<&Running>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(entries(samples, running))
}

/// Returns the numbers of samples and their names, for writing and for [`Snapshot::view`].
/// `None` stands for what the kind does not keep, and for all of them while there is no sample.
///
/// [`Snapshot::view`]: crate::Snapshot::view
pub(crate) fn entries(
    samples: &Samples<'_>,
    running: Option<&Running>,
) -> impl Iterator<Item = (&'static str, Option<Scalar>)> {
    let float = |name, number: Option<f64>| (name, number.map(Scalar::Double));
    let numbers = [
        ("count", Some(samples.count.into())),
        float("sum", samples.sum),
        float("mean", samples.mean),
        float("recent_mean", samples.recent_mean),
        float("min", samples.min),
        float("max", samples.max),
        float("last", samples.last),
        float("p50", samples.quantile(0.5)),
        float("p90", samples.quantile(0.9)),
        float("p99", samples.quantile(0.99)),
    ];
    let running = running.map(|running| {
        let age = running.mean_age.as_secs_f64();
        [("running", Some(running.count.into())), float("running_for", Some(age))]
    });
    let refused = (samples.refused > 0).then(|| ("refused", Some(samples.refused.into())));
    numbers.into_iter().chain(refused).chain(running.into_iter().flatten())
}
