#![forbid(unsafe_code)]
//! Two snapshots of a file: what happened between them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::snapshot::{Labels, Reading, Snapshot, Stat};
use crate::format::layout::HEADER_LABELS;
use crate::value::{Scalar, Value};

/// What happened to a file in an interval: its statistics, with the values of the interval.
///
/// | of | the value is |
/// |---|---|
/// | `Counter` | how many were counted |
/// | `UpDown` | how many more there are, or fewer |
/// | `Timer`, `Average` | the samples of the interval: their number, mean, quantiles |
/// | `MovingAverage` | how many samples came, and the latest |
/// | `Gauge`, `Text`, constants | what they were at the end |
///
/// An integer of a version 1 file, which does not say what it is, is taken for a count; other
/// numbers of it for gauges.
///
/// What is less at the end than it was at the beginning, and can only grow, was set back to zero
/// meanwhile: then all that is there since is of the interval.
#[derive(Debug, Clone)]
pub struct Delta {
    elapsed: Option<Duration>,
    labels: Arc<Labels>,
    values: Vec<Reading>,
}

impl Delta {
    /// How long the interval took: from when the one snapshot was taken to when the other was.
    ///
    /// `None` where they were not taken in this order. Of a file that was copied, it is when the
    /// copy was read that counts here.
    pub fn elapsed(&self) -> Option<Duration> {
        self.elapsed
    }

    /// All statistics, in the file's order, with their values of the interval.
    pub fn stats(&self) -> impl ExactSizeIterator<Item = Stat<'_>> + Clone {
        self.labels.stats(&self.values)
    }

    /// The statistic with this label.
    pub fn stat(&self, label: &str) -> Option<Stat<'_>> {
        self.stats().find(|stat| stat.label() == label)
    }

    /// The value of the statistic with this label, of the interval.
    pub fn get(&self, label: &str) -> Option<&Value> {
        self.stat(label).map(|stat| stat.value())
    }

    /// How many the statistic with this label counted in a second, or how many samples came.
    ///
    /// `None` of what does not count, and where [`elapsed`](Self::elapsed) is not known.
    #[expect(clippy::cast_precision_loss, reason = "a rate is not exact")]
    pub fn rate(&self, label: &str) -> Option<f64> {
        let seconds = self.elapsed.filter(|elapsed| !elapsed.is_zero())?.as_secs_f64();
        Some(self.get(label)?.count()? as f64 / seconds)
    }
}

impl Snapshot {
    /// Returns whether both snapshots show the same file, or copies of it.
    ///
    /// A version 1 file has no id. It is identified by the pid and thread of its writer and by
    /// `sys.created`, or by its labels if it has none of them. Python's mmstats stores the same
    /// `sys.created` in the files of all threads of a program: those are distinguished while
    /// the program has them mapped.
    pub fn is_same_file(&self, other: &Self) -> bool {
        let of = |snapshot: &Self| {
            let writer = snapshot.writer();
            // It is zero if the system had no random numbers.
            let id = writer.file_id.filter(|id| *id != [0; 16]);
            let created =
                if snapshot.version == 1 { snapshot.origin.declared } else { writer.created };
            let writer = id.is_none().then_some((writer.pid, writer.tid, created));
            (snapshot.version, id, writer)
        };
        let (ours, theirs) = (of(self), of(other));
        let is_original = |snapshot: &Self| snapshot.origin.mapped == Some(true);
        let are_distinct =
            is_original(self) && is_original(other) && self.origin.inode != other.origin.inode;
        let are_anonymous = matches!(ours.2, Some((None, _, None)));
        ours == theirs && !are_distinct && (!are_anonymous || self.has_labels_of(other))
    }

    /// Returns whether this is a copy of a version 1 file that its live writer still writes.
    pub(crate) fn is_copy(&self) -> bool {
        self.origin.mapped == Some(false)
    }

    /// What happened since an earlier snapshot of the same file.
    ///
    /// `None` if that was of another file: a writer that was started anew has a new one, also
    /// under the same name, so that its counts are never taken for those of the old one. What to
    /// make of it is for the caller to say: [`since_creation`](Self::since_creation), or nothing.
    ///
    /// # Examples
    /// ```no_run
    /// # use std::{thread, time::Duration};
    /// # use mmstats_core::{Reader, Value};
    /// # fn main() -> Result<(), mmstats_core::ReadError> {
    /// let reader = Reader::open("update-emails-4280.mmstats")?;
    /// let earlier = reader.snapshot()?;
    /// thread::sleep(Duration::from_secs(1));
    /// if let Some(delta) = reader.snapshot()?.since(&earlier) {
    ///     println!("{:.1} users a second", delta.rate("done").unwrap_or(0.0));
    ///     if let Some(Value::Timer(timing)) = delta.get("otherdb_timer") {
    ///         println!("99 % of them in {:?}, in this second", timing.quantile(0.99));
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn since(&self, earlier: &Self) -> Option<Delta> {
        if !self.is_same_file(earlier) {
            return None;
        }
        let elapsed = self.read_at.checked_duration_since(earlier.read_at);
        if self.has_labels_of(earlier) {
            Some(self.delta(elapsed, earlier.values.iter().map(Some)))
        } else {
            let values = &earlier.values;
            let before: HashMap<_, _> =
                earlier.stats().map(|stat| stat.label()).zip(values).collect();
            let before = self.stats().map(|stat| before.get(stat.label()).copied());
            Some(self.delta(elapsed, before))
        }
    }

    /// What happened since the file was created: everything.
    ///
    /// For a file that appeared in the course of an interval.
    pub fn since_creation(&self) -> Delta {
        self.delta(self.age(), self.values.iter().map(|_| None))
    }

    /// Returns the change over an interval in which the file did not change.
    pub(crate) fn unchanged(&self, elapsed: Duration) -> Delta {
        self.delta(Some(elapsed), self.values.iter().map(Some))
    }

    /// Two snapshots of one file have the same labels, unless one is forged.
    fn has_labels_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.labels, &other.labels)
            || self.stats().len() == other.stats().len()
                && self.stats().zip(other.stats()).all(|(a, b)| a.label() == b.label())
    }

    /// The values less those before, as far as there were any.
    fn delta<'a>(
        &'a self,
        elapsed: Option<Duration>,
        before: impl Iterator<Item = Option<&'a Reading>>,
    ) -> Delta {
        let values = self.stats().zip(&self.values).zip(before);
        let values = values.map(|((stat, now), before)| Reading {
            value: self.change(&stat, before.map(|before| &before.value)),
            torn: now.torn || before.is_some_and(|before| before.torn),
        });
        Delta { elapsed, labels: self.labels.clone(), values: values.collect() }
    }

    fn change(&self, stat: &Stat<'_>, before: Option<&Value>) -> Value {
        match (stat.value(), before) {
            (Value::Number(now), before) if self.version == 1 && !is_fact(stat.label()) => {
                let before = match before {
                    Some(Value::Number(before)) => Some(*before),
                    _ => None,
                };
                count_of_version_1(*now, before)
            }
            (now, Some(before)) => now.since(before),
            (now, None) => now.clone(),
        }
    }
}

/// Whether it is one of those that the original puts into each struct, its prefix aside.
fn is_fact(label: &str) -> bool {
    HEADER_LABELS.iter().any(|fact| label.ends_with(fact))
}

/// An integer may be a count, or a gauge that went down.
fn count_of_version_1(now: Scalar, before: Option<Scalar>) -> Value {
    match (now, before) {
        (Scalar::Unsigned(now), Some(Scalar::Unsigned(before))) if now < before => {
            Value::UpDown(now.wrapping_sub(before).cast_signed())
        }
        (Scalar::Unsigned(now), Some(Scalar::Unsigned(before))) => Value::Counter(now - before),
        (Scalar::Signed(now), Some(Scalar::Signed(before))) => {
            Value::UpDown(now.wrapping_sub(before))
        }
        (Scalar::Unsigned(now), _) => Value::Counter(now),
        (Scalar::Signed(now), _) => Value::UpDown(now),
        (now, _) => Value::Number(now),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::{Instant, SystemTime, UNIX_EPOCH};

    use super::super::snapshot::{Field, Origin, Writer};
    use super::*;
    use crate::liveness::State;
    use crate::value::Mean;

    /// A snapshot of a file with this id, `seconds` after the first.
    fn snapshot(id: u8, seconds: u64, values: &[(&str, Value)]) -> Snapshot {
        let since = Duration::from_secs(seconds);
        let mut labels = Labels::default();
        for (label, _) in values {
            let start = labels.text.len();
            labels.text.push_str(label);
            let label = start..labels.text.len();
            labels.fields.push(Field { label, help: 0..0, unit: 0..0, kind: None, merge: None });
        }
        Snapshot {
            written: None,
            path: PathBuf::new(),
            version: 2,
            state: State::Live,
            taken: UNIX_EPOCH + Duration::from_secs(100) + since,
            read_at: *START + since,
            writer: Writer {
                pid: Some(4280),
                created: Some(UNIX_EPOCH + Duration::from_secs(90)),
                file_id: Some([id; 16]),
                ..Writer::default()
            },
            origin: Origin::default(),
            labels: Arc::new(labels),
            values: values.iter().map(|(_, value)| value.clone().into()).collect(),
            lanes: Vec::new(),
            lanes_lost: 0,
        }
    }

    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);

    fn version_1(values: &[(&str, Value)]) -> Snapshot {
        let mut snapshot = snapshot(0, 0, values);
        snapshot.version = 1;
        snapshot.writer.file_id = None;
        snapshot.origin.declared = snapshot.writer.created;
        snapshot
    }

    fn number(value: u64) -> Value {
        Value::Number(Scalar::Unsigned(value))
    }

    #[test]
    fn counts_are_of_the_interval_and_gauges_of_its_end() {
        let values = |done, open, count: u32, size, user: &str| {
            let sum = 2.5 * f64::from(count);
            [
                ("done", Value::Counter(done)),
                ("open", Value::UpDown(open)),
                ("tries", Value::Average(Mean { count: count.into(), sum })),
                ("size", number(size)),
                ("user", Value::Text(user.into())),
            ]
        };
        let earlier = snapshot(7, 0, &values(10, 4, 2, 30, "rob"));
        let delta = snapshot(7, 4, &values(16, 1, 6, 20, "liz")).since(&earlier).unwrap();
        assert_eq!(delta.elapsed(), Some(Duration::from_secs(4)));
        let expected = values(6, -3, 4, 20, "liz");
        assert!(delta.stats().map(|stat| (stat.label(), stat.value().clone())).eq(expected));
        let rates = ["done", "open", "tries", "size", "user", "none"].map(|of| delta.rate(of));
        assert_eq!(rates, [Some(1.5), Some(-0.75), Some(1.0), None, None, None]);
    }

    #[test]
    fn a_count_that_was_set_back_starts_anew() {
        let earlier = snapshot(7, 0, &[("done", Value::Counter(10))]);
        let delta = snapshot(7, 1, &[("done", Value::Counter(4))]).since(&earlier).unwrap();
        assert_eq!(delta.get("done"), Some(&Value::Counter(4)));
    }

    #[test]
    fn another_file_has_no_part_in_it() {
        let earlier = snapshot(7, 0, &[("done", Value::Counter(10))]);
        let later = snapshot(8, 1, &[("done", Value::Counter(14))]);
        assert!(later.since(&earlier).is_none());
        let delta = later.since_creation();
        assert_eq!(delta.get("done"), Some(&Value::Counter(14)));
        assert_eq!(delta.elapsed(), Some(Duration::from_secs(11)));

        let other = |change: fn(&mut Snapshot)| {
            let mut other = version_1(&[]);
            change(&mut other);
            other.is_same_file(&version_1(&[]))
        };
        assert!(other(|_| ()));
        assert!(!other(|other| other.writer.pid = Some(4281)));
        assert!(!other(|other| other.writer.tid = Some(4281)));
        assert!(!other(|other| other.origin.declared = Some(SystemTime::now())));
        assert!(other(|other| other.writer.created = Some(SystemTime::now())));
        let mut later = snapshot(0, 1, &[]);
        assert!(later.is_same_file(&snapshot(0, 0, &[])));
        later.writer.pid = Some(4281);
        assert!(!later.is_same_file(&snapshot(0, 0, &[])));

        let nobodys = |label| {
            let mut nobodys = version_1(&[(label, number(1))]);
            (nobodys.writer.pid, nobodys.origin.declared) = (None, None);
            nobodys
        };
        assert!(nobodys("a").is_same_file(&nobodys("a")));
        assert!(!nobodys("a").is_same_file(&nobodys("b")));
    }

    #[test]
    fn snapshots_in_the_wrong_order_have_no_interval() {
        let value = [("done", Value::Counter(10))];
        let delta = snapshot(7, 0, &value).since(&snapshot(7, 1, &value)).unwrap();
        assert_eq!((delta.elapsed(), delta.rate("done")), (None, None));
        let delta = snapshot(7, 1, &value).since(&snapshot(7, 1, &value)).unwrap();
        assert_eq!((delta.elapsed(), delta.rate("done")), (Some(Duration::ZERO), None));
    }

    #[test]
    fn fields_are_found_by_label_where_the_schema_is_another() {
        let earlier = snapshot(7, 0, &[("b", Value::Counter(1)), ("a", Value::Counter(2))]);
        let later = [("a", Value::Counter(5)), ("c", Value::Counter(9)), ("b", Value::UpDown(3))];
        let delta = snapshot(7, 1, &later).since(&earlier).unwrap();
        assert_eq!(delta.get("a"), Some(&Value::Counter(3)));
        assert_eq!(delta.get("c"), Some(&Value::Counter(9)));
        assert_eq!(delta.get("b"), Some(&Value::UpDown(3)));
    }

    #[test]
    fn integers_of_version_1_are_counts_but_for_the_facts() {
        let values = |sys, done, size, level, timer| {
            [
                ("web.sys.pid", number(sys)),
                ("done", number(done)),
                ("size", number(size)),
                ("level", Value::Number(Scalar::Signed(level))),
                ("timer", Value::Number(Scalar::Double(timer))),
            ]
        };
        let earlier = version_1(&values(4280, 10, 10, 1, 0.5));
        let delta = version_1(&values(4280, 12, 7, -1, 0.25)).since(&earlier).unwrap();
        assert_eq!(delta.get("web.sys.pid"), Some(&number(4280)));
        assert_eq!(delta.get("done"), Some(&Value::Counter(2)));
        assert_eq!(delta.get("size"), Some(&Value::UpDown(-3)));
        assert_eq!(delta.get("level"), Some(&Value::UpDown(-2)));
        assert_eq!(delta.get("timer"), Some(&Value::Number(Scalar::Double(0.25))));
        let all = version_1(&values(1, u64::MAX, 7, -1, 0.25)).since_creation();
        assert_eq!(all.get("done"), Some(&Value::Counter(u64::MAX)));
        assert_eq!(all.get("level"), Some(&Value::UpDown(-1)));
    }
}
