//! Merges the values of a statistic over several files.

use std::time::SystemTime;

use clap::ValueEnum;
use mmstats_core::{Merge, Scalar, Snapshot, Stat, Value};

/// Policies for merging numbers of several files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Policy {
    Sum,
    Min,
    Max,
    Mean,
    /// Value of the file that was written last
    Latest,
}

/// A statistic in one file.
pub(crate) struct Share<'a> {
    pub(crate) stat: Stat<'a>,
    written: Option<SystemTime>,
}

/// Returns the statistic with this label of each file that has it.
pub(crate) fn shares<'a>(
    snapshots: impl IntoIterator<Item = &'a Snapshot>,
    label: &str,
) -> Vec<Share<'a>> {
    let shares = snapshots.into_iter().filter_map(|snapshot| {
        Some(Share { stat: snapshot.stat(label)?, written: snapshot.written() })
    });
    shares.collect()
}

/// All of them together: counts are added; means, timers and texts are merged; gauges go by the
/// policy that is wanted, or else by their own. Numbers of version 1 have none: integers are added
/// and of others it is the mean, since they mostly are means.
///
/// `None` if there is no share.
pub(crate) fn total(shares: &[Share<'_>], wanted: Option<Policy>) -> Option<Value> {
    if shares.is_empty() {
        return None;
    }
    // One of them may be a count and the next, of version 1, just a number.
    let own = || shares.iter().find_map(|share| own_policy(&share.stat));
    if let Some(scalars) = shares.iter().map(scalar).collect::<Option<Vec<_>>>()
        && let Some(policy) = wanted.or_else(own)
    {
        return Some(Value::Number(by(policy, &scalars)));
    }
    let values = shares.iter().map(|share| share.stat.value().clone());
    values.reduce(merged)
}

/// The one that says most of what the statistic is: version 1 does not say what is a count.
pub(crate) fn most_telling<'a>(shares: &[Share<'a>]) -> Option<Stat<'a>> {
    let telling = shares.iter().find(|share| share.stat.kind().is_some());
    telling.or(shares.first()).map(|share| share.stat)
}

/// The value as a scalar, if it is one, and when it was set at the latest.
fn scalar(share: &Share<'_>) -> Option<(Scalar, Option<SystemTime>)> {
    let scalar = match share.stat.value() {
        Value::Counter(count) => Scalar::Unsigned(*count),
        Value::UpDown(count) => Scalar::Signed(*count),
        Value::Number(scalar) => *scalar,
        _ => return None,
    };
    Some((scalar, share.written))
}

/// How a number is merged that nobody said anything of; `None` for a count.
fn own_policy(stat: &Stat<'_>) -> Option<Policy> {
    match (stat.value(), stat.merge()) {
        (Value::Number(_), Some(Merge::Min)) => Some(Policy::Min),
        (Value::Number(_), Some(Merge::Max)) => Some(Policy::Max),
        (Value::Number(_), Some(Merge::Latest | Merge::One)) => Some(Policy::Latest),
        (Value::Number(Scalar::Float(_) | Scalar::Double(_)), None) => Some(Policy::Mean),
        (Value::Number(_), Some(Merge::Sum) | None) => Some(Policy::Sum),
        _ => None,
    }
}

fn by(policy: Policy, scalars: &[(Scalar, Option<SystemTime>)]) -> Scalar {
    let mut numbers = scalars.iter().map(|(scalar, _)| *scalar);
    let total = match policy {
        Policy::Sum => numbers.reduce(Scalar::plus),
        Policy::Min => numbers.min_by(|a, b| a.order(*b)),
        Policy::Max => numbers.max_by(|a, b| a.order(*b)),
        Policy::Latest => {
            scalars.iter().max_by_key(|(_, written)| *written).map(|(scalar, _)| *scalar)
        }
        Policy::Mean if scalars.len() == 1 => numbers.next(),
        Policy::Mean => Some(Scalar::Double(mean(numbers.map(Scalar::as_f64)))),
    };
    total.unwrap_or(Scalar::Unsigned(0))
}

#[expect(clippy::cast_precision_loss, reason = "there are far fewer files than 2^53")]
fn mean(numbers: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = numbers.len();
    numbers.sum::<f64>() / count as f64
}

/// Both together; the first where programs differ in what the label stands for.
fn merged(a: Value, b: Value) -> Value {
    match (a, b) {
        (Value::Counter(a), Value::Counter(b)) => Value::Counter(a.wrapping_add(b)),
        (Value::UpDown(a), Value::UpDown(b)) => Value::UpDown(a.wrapping_add(b)),
        (Value::Average(a), Value::Average(b)) => Value::Average(a.merged(b)),
        (Value::MovingAverage(a), Value::MovingAverage(b)) => Value::MovingAverage(a.merged(b)),
        (Value::Timer(a), Value::Timer(b)) => Value::Timer(Box::new(a.merged(*b))),
        (a, _) => a,
    }
}
