#![forbid(unsafe_code)]
//! Serializes values: numbers, texts, and a map for samples and for progress.

use std::time::Duration;

use serde::ser::{Serialize, Serializer};

use super::{Headline, Scalar, Summary, Value};

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.summary().serialize(serializer)
    }
}

/// Serializes the headline, or a map if the value has several numbers. Durations are in seconds.
impl Serialize for Summary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (entries(self), self.headline) {
            (Some(entries), _) => serializer.collect_map(entries),
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

/// Returns the numbers of a value that has several, with their names, for writing and for
/// [`Snapshot::view`]. `None` stands for what the kind does not keep, and for what is not known.
///
/// [`Snapshot::view`]: crate::Snapshot::view
pub(crate) fn entries(
    summary: &Summary<'_>,
) -> Option<impl Iterator<Item = (&'static str, Option<Scalar>)> + use<>> {
    let float = |name, number: Option<f64>| (name, number.map(Scalar::Double));
    let seconds = |duration: Duration| duration.as_secs_f64();
    let mut entries = match (&summary.samples, summary.progress) {
        (Some(samples), _) => vec![
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
        ],
        (None, Some(work)) => vec![
            ("done", Some(work.done().into())),
            ("done_before", Some(work.done_before().into())),
            ("total", work.total().map(Scalar::from)),
            float("elapsed", work.elapsed().map(seconds)),
            float("rate", work.rate()),
            float("recent_rate", work.recent_rate()),
            float("left", work.left().map(seconds)),
        ],
        (None, None) => return None,
    };
    if let Some(refused) = summary.samples.as_ref().map(|it| it.refused).filter(|it| *it > 0) {
        entries.push(("refused", Some(refused.into())));
    }
    if let Some(running) = summary.running {
        entries.push(("running", Some(running.count.into())));
        entries.push(float("running_for", Some(seconds(running.mean_age))));
    }
    Some(entries.into_iter())
}
