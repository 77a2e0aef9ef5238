//! Merges a statistic of several files into one, by the same rule in all tools.

use std::time::SystemTime;

use clap::ValueEnum;
use mmstats_core::{Headline, Merge, Role, Scalar, Snapshot, Stat, Summary, Value};

/// How the numbers of several files become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Policy {
    Sum,
    Min,
    Max,
    Mean,
    /// The one of the file that was written last
    Latest,
}

/// A statistic of one file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share<'a> {
    pub(crate) stat: Stat<'a>,
    live: bool,
    written: Option<SystemTime>,
}

impl<'a> Share<'a> {
    /// A statistic of this snapshot, or of a change that ended with it.
    pub(crate) fn new(stat: Stat<'a>, snapshot: &Snapshot) -> Self {
        Self { stat, live: !snapshot.state().has_ended(), written: snapshot.written() }
    }

    /// Returns the shares of all files that have the statistic with this key.
    pub(crate) fn of<'s>(
        snapshots: impl IntoIterator<Item = &'s Snapshot>,
        key: &str,
    ) -> Vec<Share<'s>> {
        let shares = snapshots.into_iter();
        shares.filter_map(|snapshot| Some(Share::new(snapshot.stat(key)?, snapshot))).collect()
    }
}

/// A statistic over all files that have it.
#[derive(Debug)]
pub(crate) struct Merged<'a> {
    /// The statistic with the most information: version 1 does not record its kind.
    pub(crate) stat: Stat<'a>,
    /// Whether a writer of it is live.
    pub(crate) live: bool,
    /// Whether a value in it may be inconsistent.
    pub(crate) torn: bool,
    total: Total,
}

#[derive(Debug)]
enum Total {
    /// The value of this statistic.
    Same,
    Number(Scalar),
    Samples(Value),
}

impl Merged<'_> {
    pub(crate) fn summary(&self) -> Summary<'_> {
        let mut summary = self.stat.value().summary();
        match &self.total {
            Total::Same => {}
            Total::Samples(value) => summary = value.summary(),
            Total::Number(number) => {
                summary.headline = Headline::Number(*number);
                summary.count = summary.count.and(number.as_integer());
                // Jobs of several processes do not add up: one may continue another.
                summary.progress = None;
            }
        }
        summary
    }
}

/// Merges the shares of all files; `None` if there are none.
///
/// - Counters and samples are added up, including those of writers that ended.
/// - Gauges and up-down counts are those of the live writers, if any is live. They follow the policy of
///   their field, where `latest` means the sum: several processes have no latest number.
/// - Texts and constants are those of the file that was written last.
/// - Integers of version 1 are added up. For other numbers of version 1, which are means for the
///   most part, it is their mean.
///
/// A `policy` overrides this for numbers. Sums of integers are exact.
pub(crate) fn merge(mut shares: Vec<Share<'_>>, policy: Option<Policy>) -> Option<Merged<'_>> {
    let role = |share: &Share<'_>| share.stat.value().summary().role;
    let stays =
        |share: &Share<'_>| matches!(role(share), Role::Counter | Role::Samples | Role::Untyped);
    let live = shares.iter().any(|share| share.live);
    if live {
        shares.retain(|share| share.live || stays(share));
    }
    // The latest one comes last; of files that were written at the same time, that of the last.
    shares.sort_by_key(|share| share.written);
    let described = shares.iter().rfind(|share| role(share) != Role::Untyped).or(shares.last())?;
    let (stat, role) = (described.stat, role(described));
    let torn = shares.iter().any(|share| share.stat.is_torn());
    let total = match role {
        _ if shares.len() == 1 => Total::Same,
        Role::Samples => {
            let values = shares.iter().map(|share| share.stat.value());
            let samples = values.filter(|value| value.kind() == stat.value().kind()).cloned();
            samples.reduce(Value::merged).map_or(Total::Same, Total::Samples)
        }
        Role::Text | Role::Unknown => Total::Same,
        _ => {
            let headlines = shares.iter().map(|share| share.stat.value().summary().headline);
            let numbers: Vec<Scalar> = headlines.filter_map(|headline| headline.number()).collect();
            let policy = policy.unwrap_or_else(|| default_policy(role, &stat));
            by(policy, &numbers).map_or(Total::Same, Total::Number)
        }
    };
    Some(Merged { stat, live, torn, total })
}

fn default_policy(role: Role, stat: &Stat<'_>) -> Policy {
    let is_integer = || stat.value().summary().headline.number().and_then(Scalar::as_integer);
    match (role, stat.merge()) {
        (Role::Constant, _) => Policy::Latest,
        (_, Some(Merge::Min)) => Policy::Min,
        (_, Some(Merge::Max)) => Policy::Max,
        (Role::Untyped, _) if is_integer().is_none() => Policy::Mean,
        _ => Policy::Sum,
    }
}

/// Merges numbers, of which the latest comes last.
fn by(policy: Policy, numbers: &[Scalar]) -> Option<Scalar> {
    let all = numbers.iter().copied();
    match (policy, numbers) {
        (_, [only]) => Some(*only),
        (Policy::Sum, _) => all.reduce(Scalar::plus),
        (Policy::Min, _) => all.min_by(|a, b| a.order(*b)),
        (Policy::Max, _) => all.max_by(|a, b| a.order(*b)),
        (Policy::Latest, _) => numbers.last().copied(),
        (Policy::Mean, _) => mean(numbers),
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are far fewer files than 2^53")]
fn mean(numbers: &[Scalar]) -> Option<Scalar> {
    let sum = numbers.iter().map(|number| number.as_f64()).sum::<f64>();
    (!numbers.is_empty()).then(|| Scalar::Double(sum / numbers.len() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_merged_by_policy() {
        use Policy::{Latest, Max, Mean, Min, Sum};
        let numbers = [3u64, 9, 4].map(Scalar::from);
        let by = |policy| by(policy, &numbers).unwrap().to_string();
        let merged = [Sum, Min, Max, Latest].map(by);
        assert_eq!(merged, ["16", "3", "9", "4"]);
        assert_eq!(by(Mean), (16.0 / 3.0).to_string());
        assert_eq!(super::by(Sum, &[]), None);
    }

    #[test]
    fn a_sum_of_integers_does_not_overflow() {
        let sum = by(Policy::Sum, &[u64::MAX, u64::MAX, 1].map(Scalar::from)).unwrap();
        assert_eq!(sum.as_integer(), Some(2 * i128::from(u64::MAX) + 1));
    }
}
