//! One value in place of those of all files: what the original calls `aggr`.

use std::borrow::Cow;
use std::cmp::Ordering;

use mmstats_core::{Scalar, Value};
use serde::ser::{Serialize, Serializer};

use crate::export::json::Float;

/// What a file says of a statistic, as the original has it: one number or text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Single<'a> {
    Integer(i128),
    Real(f64),
    Truth(bool),
    Text(Cow<'a, str>),
}

impl<'a> Single<'a> {
    /// Of a timer the mean of its latest samples in seconds; `None` of what is newer than this
    /// program.
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        Some(match value {
            Value::Counter(count) => Self::Integer((*count).into()),
            Value::UpDown(count) => Self::Integer((*count).into()),
            Value::Number(Scalar::Unsigned(number)) => Self::Integer((*number).into()),
            Value::Number(Scalar::Signed(number)) => Self::Integer((*number).into()),
            Value::Number(Scalar::Bool(truth)) => Self::Truth(*truth),
            Value::Number(number) => Self::Real(number.as_f64()),
            Value::Text(text) => Self::Text(text.into()),
            Value::Average(mean) => Self::Real(mean.mean()),
            Value::MovingAverage(window) => Self::Real(window.mean()),
            Value::Timer(timing) => Self::Real(timing.moving_average().as_secs_f64()),
            _ => return None,
        })
    }

    /// As a number, of which `True` is 1.
    #[expect(clippy::cast_precision_loss, reason = "as Python divides")]
    fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(*number as f64),
            Self::Real(number) => Some(*number),
            Self::Truth(truth) => Some(f64::from(u8::from(*truth))),
            Self::Text(_) => None,
        }
    }

    fn integer(&self) -> Option<i128> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Truth(truth) => Some((*truth).into()),
            Self::Real(_) | Self::Text(_) => None,
        }
    }

    fn is_nonzero(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            other => other.number() != Some(0.0),
        }
    }

    /// Exactly between integers; `None` between a text and a number.
    fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            _ => match (self.integer(), other.integer()) {
                (Some(a), Some(b)) => Some(a.cmp(&b)),
                _ => Some(self.number()?.total_cmp(&other.number()?)),
            },
        }
    }
}

impl Serialize for Single<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Integer(number) => serializer.serialize_i128(*number),
            Self::Real(number) => Float(*number).serialize(serializer),
            Self::Truth(truth) => serializer.serialize_bool(*truth),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// How values become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aggregator {
    Avg,
    One,
    Max,
    Min,
    Sum,
    NonzeroMin,
    NonzeroAvg,
}

impl Aggregator {
    pub(super) const ALL: [(&str, Self); 7] = [
        ("avg", Self::Avg),
        ("one", Self::One),
        ("max", Self::Max),
        ("min", Self::Min),
        ("sum", Self::Sum),
        ("nonzero-min", Self::NonzeroMin),
        ("nonzero-avg", Self::NonzeroAvg),
    ];

    /// `None` where there is no such value: of nothing, or of texts where it takes numbers.
    pub(super) fn of<'a>(self, values: &[Single<'a>]) -> Option<Single<'a>> {
        let nonzero = || values.iter().filter(|value| value.is_nonzero());
        match self {
            Self::One => values.first().cloned(),
            Self::Avg => mean(values.iter()),
            Self::NonzeroAvg => mean(nonzero()),
            Self::Max => extreme(values.iter(), Ordering::Greater),
            Self::Min => extreme(values.iter(), Ordering::Less),
            Self::NonzeroMin => extreme(nonzero(), Ordering::Less),
            Self::Sum => sum(values.iter()),
        }
    }
}

fn extreme<'v, 'a: 'v>(
    mut values: impl Iterator<Item = &'v Single<'a>>,
    wanted: Ordering,
) -> Option<Single<'a>> {
    let first = values.next()?;
    let found = values.try_fold(first, |found, value| {
        Some(if value.order(found)? == wanted { value } else { found })
    });
    found.cloned()
}

fn sum<'v, 'a: 'v>(
    values: impl Iterator<Item = &'v Single<'a>> + Clone,
) -> Option<Single<'static>> {
    let integers = values.clone().map(Single::integer).sum::<Option<i128>>();
    match integers {
        Some(sum) => Some(Single::Integer(sum)),
        None => values.map(Single::number).sum::<Option<f64>>().map(Single::Real),
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are far fewer files than 2^53")]
fn mean<'v, 'a: 'v>(
    values: impl Iterator<Item = &'v Single<'a>> + Clone,
) -> Option<Single<'static>> {
    let count = values.clone().count();
    let sum = sum(values)?.number()?;
    (count > 0).then(|| Single::Real(sum / count as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[Single<'static>]) -> Vec<Option<Single<'static>>> {
        Aggregator::ALL.iter().map(|(_, aggregator)| aggregator.of(values)).collect()
    }

    #[test]
    fn numbers_are_as_python_has_them() {
        use Single::{Integer, Real, Truth};
        assert_eq!(
            of(&[Integer(0), Integer(3), Integer(9)]),
            [Real(4.0), Integer(0), Integer(9), Integer(0), Integer(12), Integer(3), Real(6.0)]
                .map(Some)
        );
        let large = i128::from(u64::MAX);
        assert_eq!(of(&[Integer(large), Integer(1)])[4], Some(Integer(large + 1)));
        assert_eq!(of(&[Integer(large), Integer(large - 1)])[2], Some(Integer(large)));
        assert_eq!(of(&[Integer(1), Real(0.5)])[3..5], [Some(Real(0.5)), Some(Real(1.5))]);
        assert_eq!(of(&[Truth(false), Truth(true)])[4], Some(Integer(1)));
    }

    #[test]
    fn what_there_is_not_is_none() {
        use Single::{Integer, Text};
        let zeros = of(&[Integer(0), Integer(0)]);
        assert_eq!((&zeros[5], &zeros[6]), (&None, &None));
        let texts = of(&[Text("b".into()), Text("a".into())]);
        let (a, b) = (Some(Text("a".into())), Some(Text("b".into())));
        assert_eq!(texts, [None, b.clone(), b, a.clone(), None, a, None]);
        assert_eq!(of(&[Text("1".into()), Integer(2)])[2..5], [None, None, None]);
        let nothing: Vec<_> = of(&[]).into_iter().flatten().collect();
        assert_eq!(nothing, [Integer(0)], "as Python's sum of nothing");
    }
}
