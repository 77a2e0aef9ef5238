//! Aggregates the values of all files, as `aggr` of the original does.

use std::cmp::Ordering;

use mmstats_core::{Headline, Scalar, Summary};
use serde::ser::{Serialize, Serializer};

/// A value of one file, as the original has it: a number, truth value or text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Single<'a> {
    Integer(i128),
    Real(f64),
    Truth(bool),
    Text(&'a str),
}

impl<'a> Single<'a> {
    /// Returns the headline of a value; `None` if it is of an unknown kind.
    pub(super) fn of(summary: &Summary<'a>) -> Option<Self> {
        let number = match summary.headline {
            Headline::Number(number) => number,
            Headline::Text(text) => return Some(Self::Text(text)),
            Headline::Unknown(_) => return None,
        };
        Some(match (number.as_integer(), number.as_bool()) {
            (Some(integer), _) => Self::Integer(integer),
            (None, Some(truth)) => Self::Truth(truth),
            (None, None) => Self::Real(number.as_f64()),
        })
    }

    /// Returns the number, where `True` is 1.
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

    /// Compares integers exactly; `None` if one is a text and the other is not.
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
            Self::Real(number) => Scalar::Double(*number).serialize(serializer),
            Self::Truth(truth) => serializer.serialize_bool(*truth),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// How the values of several files become one.
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

    /// Aggregates the values; `None` if there are none, or texts where it takes numbers.
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
    fn numbers_are_aggregated_as_in_python() {
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
    fn what_has_no_value_is_none() {
        use Single::{Integer, Text};
        let zeros = of(&[Integer(0), Integer(0)]);
        assert_eq!((&zeros[5], &zeros[6]), (&None, &None));
        let texts = of(&[Text("b"), Text("a")]);
        let (a, b) = (Some(Text("a")), Some(Text("b")));
        assert_eq!(texts, [None, b.clone(), b, a.clone(), None, a, None]);
        assert_eq!(of(&[Text("1"), Integer(2)])[2..5], [None, None, None]);
        let nothing: Vec<_> = of(&[]).into_iter().flatten().collect();
        assert_eq!(nothing, [Integer(0)], "as in Python, the sum of nothing is 0");
    }
}
