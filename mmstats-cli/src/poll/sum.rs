//! What several files say of a field, together.

use std::time::SystemTime;

use mmstats_core::{Kind, Merge, Scalar, Stat, State, Value};

use super::follow::Seen;

/// A field at one look, over all files that have it.
#[derive(Debug, Default)]
pub(super) struct Cell {
    /// So far, of the files that are there.
    pub(super) total: Option<Value>,
    /// Since the look before; of what does not count, its value.
    pub(super) change: Option<Value>,
    /// Whether somebody still writes it.
    pub(super) live: bool,
}

/// What one file says of it.
struct Part<'a> {
    stat: Stat<'a>,
    /// What is decisive between texts and gauges: that of a writer that ended says nothing any
    /// more while there are others; then what changed last; then what is younger.
    rank: (bool, bool, Option<SystemTime>),
    version: u8,
}

impl Cell {
    pub(super) fn new(label: &str, seen: &[&Seen]) -> Self {
        let there = seen.iter().filter(|seen| !seen.gone);
        let total = there.filter_map(|seen| Some(part(seen, seen.total.stat(label)?)));
        let change =
            seen.iter().filter_map(|seen| Some(part(seen, seen.change.as_ref()?.stat(label)?)));
        let total = sum(total.collect());
        // A gauge has its value also where it is not known what changed.
        let gauge = total.clone().filter(|total| total.count().is_none());
        let change = match &gauge {
            Some(_) => gauge,
            None => sum(change.collect()),
        };
        let live = seen.iter().any(|seen| lives(seen) && seen.now.stat(label).is_some());
        Self { total, change, live }
    }
}

fn part<'a>(seen: &Seen, stat: Stat<'a>) -> Part<'a> {
    let lives = lives(seen);
    let changed = stat.value().count().is_none() && seen.has_changed(stat.label(), stat.value());
    let rank = (lives, changed, seen.now.writer().created);
    Part { stat, rank, version: seen.now.version() }
}

fn lives(seen: &Seen) -> bool {
    matches!(seen.now.state(), State::Live | State::Unknown)
}

fn sum(mut parts: Vec<Part<'_>>) -> Option<Value> {
    let latest = parts.iter().max_by_key(|part| part.rank)?;
    let (stat, version, (lives, ..)) = (latest.stat, latest.version, latest.rank);
    if stat.value().count().is_some() {
        return parts.iter().map(|part| part.stat.value().clone()).reduce(added);
    }
    let Value::Number(number) = stat.value() else { return Some(stat.value().clone()) };
    // Facts and constants are no quantities.
    if stat.kind() == Some(Kind::Constant) || stat.kind().is_none() && version != 1 {
        return Some(Value::Number(*number));
    }
    parts.retain(|part| part.rank.0 == lives);
    let numbers: Vec<Scalar> = parts
        .iter()
        .filter_map(|part| match part.stat.value() {
            Value::Number(number) => Some(*number),
            _ => None,
        })
        .collect();
    together(&numbers, stat.merge()).map(Value::Number)
}

/// Counts and samples.
fn added(a: Value, b: Value) -> Value {
    match (a, b) {
        (Value::Counter(a), Value::Counter(b)) => Value::Counter(a.wrapping_add(b)),
        (Value::UpDown(a), Value::UpDown(b)) => Value::UpDown(a.wrapping_add(b)),
        // An integer of version 1 is one or the other, as it happens to change.
        (Value::Counter(a), Value::UpDown(b)) | (Value::UpDown(b), Value::Counter(a)) => {
            match a.checked_add_signed(b) {
                Some(sum) => Value::Counter(sum),
                None => Value::UpDown(a.wrapping_add_signed(b).cast_signed()),
            }
        }
        (Value::Average(a), Value::Average(b)) => Value::Average(a.merged(b)),
        (Value::MovingAverage(a), Value::MovingAverage(b)) => Value::MovingAverage(a.merged(b)),
        (Value::Timer(a), Value::Timer(b)) => Value::Timer(Box::new(a.merged(*b))),
        // Of two kinds under one name, the first has to do.
        (a, _) => a,
    }
}

/// Gauges: as their field says for its lanes; where it says that the latest counts, which nobody
/// knows of several processes, their sum.
fn together(numbers: &[Scalar], merge: Option<Merge>) -> Option<Scalar> {
    let by_size = |a: &&Scalar, b: &&Scalar| a.as_f64().total_cmp(&b.as_f64());
    match (merge, numbers) {
        (_, [] | [_]) => numbers.first().copied(),
        (Some(Merge::Min), _) => numbers.iter().min_by(by_size).copied(),
        (Some(Merge::Max), _) => numbers.iter().max_by(by_size).copied(),
        // Of version 1, where it is its averages and timers that are such numbers: their mean.
        (None, [Scalar::Double(_) | Scalar::Float(_), ..]) => {
            #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 files")]
            let count = numbers.len() as f64;
            Some(Scalar::Double(numbers.iter().map(|number| number.as_f64()).sum::<f64>() / count))
        }
        _ => numbers.iter().copied().reduce(Scalar::plus),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gauges_are_put_together_as_their_field_says() {
        let numbers = [3, 9, 4].map(Scalar::Unsigned);
        let together = |merge| together(&numbers, Some(merge)).unwrap().to_string();
        assert_eq!(
            [Merge::Sum, Merge::Min, Merge::Max, Merge::Latest].map(together),
            ["16", "3", "9", "16"]
        );
    }

    #[test]
    fn averages_of_version_1_are_averaged() {
        let numbers = [1.0, 2.0].map(Scalar::Double);
        assert_eq!(together(&numbers, None), Some(Scalar::Double(1.5)));
        assert_eq!(together(&[], None), None);
    }

    #[test]
    fn integers_of_version_1_add_up_whichever_way_they_went() {
        let sum = |a, b| added(Value::Counter(a), Value::UpDown(b));
        assert_eq!(sum(5, -3), Value::Counter(2));
        assert_eq!(sum(5, -8), Value::UpDown(-3));
        assert_eq!(sum(u64::MAX, -1), Value::Counter(u64::MAX - 1));
    }
}
