#![forbid(unsafe_code)]
//! The change between two snapshots of a file.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::snapshot::Snapshot;
use super::stat::{Names, Reading, Stat};
use crate::kind::Value;

/// The change of a file's statistics over an interval.
///
/// | kind | value in the interval |
/// |---|---|
/// | `Counter` | the increase |
/// | `UpDown` | the increase, or the decrease |
/// | `Timer`, `Histogram`, `Average` | the samples of the interval: their number, mean, quantiles |
/// | `MovingAverage` | the number of new samples, and the latest ones |
/// | `Gauge`, `Text`, constants | the value at the end |
///
/// Version 1 files do not record the kind: integers are treated as counts, other numbers as
/// gauges.
///
/// A value that can only grow but is smaller at the end than at the start was reset in between: its
/// whole value then belongs to the interval.
///
/// # Examples
/// ```
/// use mmstats::{Reader, Value};
/// # use mmstats::{Counter, MmStats};
///
/// # #[derive(MmStats)]
/// # struct Job { done: Counter }
/// # let directory = tempfile::tempdir()?;
/// # let job = Job::builder().directory(&directory).file("job.mmstats").create()?;
/// # job.done.add(5);
/// # let path = job.path().ok_or("no file")?;
/// let reader = Reader::open(path)?;
/// let earlier = reader.snapshot()?;
/// job.done.add(3);
/// let delta = reader.snapshot()?.since(&earlier).ok_or("another file")?;
/// assert_eq!(delta.get("done"), Some(&Value::Counter(3)));
/// assert!(delta.rate("done") > Some(0.0)); // a second
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Delta {
    elapsed: Option<Duration>,
    names: Arc<Names>,
    values: Vec<Reading>,
}

impl Delta {
    /// Returns the time between the two snapshots.
    ///
    /// Returns `None` if they were taken in the reverse order. For a copied file, this is the time
    /// between the reads of the copy.
    pub fn elapsed(&self) -> Option<Duration> {
        self.elapsed
    }

    /// Returns all statistics with their values of the interval, in the file's order.
    pub fn stats(&self) -> impl ExactSizeIterator<Item = Stat<'_>> + Clone {
        self.names.stats(&self.values)
    }

    /// Returns the statistic with this key.
    pub fn stat(&self, key: impl AsRef<str>) -> Option<Stat<'_>> {
        self.names.find(&self.values, key.as_ref())
    }

    /// Returns the interval's value of the statistic with this key.
    pub fn get(&self, key: impl AsRef<str>) -> Option<&Value> {
        self.stat(key).map(|stat| stat.value())
    }

    /// Returns the count per second of the statistic with this key, or its samples per second.
    ///
    /// Returns `None` if the statistic does not count, or [`elapsed`](Self::elapsed) is unknown.
    #[expect(clippy::cast_precision_loss, reason = "a rate is not exact")]
    pub fn rate(&self, key: impl AsRef<str>) -> Option<f64> {
        let seconds = self.elapsed.filter(|elapsed| !elapsed.is_zero())?.as_secs_f64();
        Some(self.get(key)?.count()? as f64 / seconds)
    }
}

impl Snapshot {
    /// Returns whether both snapshots show the same file, or copies of it.
    ///
    /// A version 1 file has no id. It is identified by the pid and thread of its writer and by
    /// `sys.created`, or by its names if it has none of these. Python's mmstats stores the same
    /// `sys.created` in the files of all threads of a program: those are distinguished while
    /// the program has them mapped.
    pub fn is_same_file(&self, other: &Self) -> bool {
        let of = |snapshot: &Self| {
            let writer = snapshot.writer();
            // The id is zero if the system had no random numbers.
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
        ours == theirs && !are_distinct && (!are_anonymous || self.has_names_of(other))
    }

    /// Returns whether this is a copy of a version 1 file whose live writer still writes it.
    pub(crate) fn is_copy(&self) -> bool {
        self.origin.mapped == Some(false)
    }

    /// Returns the change since an earlier snapshot of the same file.
    ///
    /// Returns `None` if that snapshot shows another file: a restarted writer has a new file, even
    /// under the same name, so its counts are never mixed with the old ones. The caller can then
    /// use [`since_creation`](Self::since_creation).
    ///
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// use mmstats::{MmStats, Reader, Timer};
    ///
    /// #[derive(MmStats)]
    /// struct Web {
    ///     answer: Timer,
    /// }
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let stats = Web::builder().directory(&directory).create()?;
    /// # let path = stats.path().ok_or("no file")?;
    /// let reader = Reader::open(path)?;
    /// stats.answer.record(Duration::from_secs(60));
    /// let earlier = reader.snapshot()?;
    /// stats.answer.record(Duration::from_millis(2));
    ///
    /// let delta = reader.snapshot()?.since(&earlier).ok_or("another file")?;
    /// let answers = delta.get("answer").and_then(|value| value.as_timing()).ok_or("no timer")?;
    /// assert_eq!((answers.count(), answers.sum()), (1, Duration::from_millis(2)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn since(&self, earlier: &Self) -> Option<Delta> {
        if !self.is_same_file(earlier) {
            return None;
        }
        let elapsed = self.read_at.checked_duration_since(earlier.read_at);
        if self.has_names_of(earlier) {
            Some(self.delta(elapsed, earlier.values.iter().map(Some)))
        } else {
            let values = &earlier.values;
            let before: HashMap<_, _> =
                earlier.stats().map(|stat| stat.key().as_str()).zip(values).collect();
            let before = self.stats().map(|stat| before.get(stat.key().as_str()).copied());
            Some(self.delta(elapsed, before))
        }
    }

    /// Returns the change since the file was created: all of its values.
    ///
    /// Use it for a file that was created during an interval.
    pub fn since_creation(&self) -> Delta {
        self.delta(self.age(), self.values.iter().map(|_| None))
    }

    /// Returns the change over an interval in which the file did not change.
    pub(crate) fn unchanged(&self, elapsed: Duration) -> Delta {
        self.delta(Some(elapsed), self.values.iter().map(Some))
    }

    /// Returns whether both have the same names, which two snapshots of one file do unless one is
    /// forged.
    fn has_names_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.names, &other.names)
            || self.stats().len() == other.stats().len()
                && self.stats().zip(other.stats()).all(|(a, b)| a.key() == b.key())
    }

    /// Returns the difference from the values before, where there were any.
    fn delta<'a>(
        &'a self,
        elapsed: Option<Duration>,
        before: impl Iterator<Item = Option<&'a Reading>>,
    ) -> Delta {
        let values = self.values.iter().zip(before).map(|(now, before)| Reading {
            value: before
                .map_or_else(|| now.value.clone(), |before| now.value.since(&before.value)),
            torn: now.torn || before.is_some_and(|before| before.torn),
        });
        Delta { elapsed, names: self.names.clone(), values: values.collect() }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::{Instant, SystemTime, UNIX_EPOCH};

    use super::super::snapshot::Origin;
    use super::super::writer_info::WriterInfo;
    use super::*;
    use crate::kind::{Average, Mean, Scalar};
    use crate::liveness::State;

    /// Returns a snapshot of a file with this id, `seconds` after the first.
    fn snapshot(id: u8, seconds: u64, values: &[(&str, Value)]) -> Snapshot {
        let since = Duration::from_secs(seconds);
        let mut names = Names::default();
        for (label, _) in values {
            let field = names.add(label);
            names.names.push(field);
        }
        Snapshot {
            written: None,
            as_of: None,
            path: PathBuf::new(),
            version: 2,
            state: State::Live,
            taken: UNIX_EPOCH + Duration::from_secs(100) + since,
            read_at: *START + since,
            writer: WriterInfo {
                pid: Some(4280),
                created: Some(UNIX_EPOCH + Duration::from_secs(90)),
                file_id: Some([id; 16]),
                ..WriterInfo::default()
            },
            origin: Origin::default(),
            names: Arc::new(names),
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
        Value::Untyped(value.into())
    }

    fn samples(count: usize) -> Mean {
        let average = Average::default();
        (0..count).for_each(|_| average.add(2.5));
        average.local()
    }

    #[test]
    fn counts_cover_the_interval_and_gauges_show_its_end() {
        let values = |done, open, count, size: u64, user: &str| {
            [
                ("done", Value::Counter(done)),
                ("open", Value::UpDown(open)),
                ("tries", Value::Average(samples(count))),
                ("size", Value::Gauge(size.into())),
                ("user", Value::Text(user.into())),
            ]
        };
        let earlier = snapshot(7, 0, &values(10, 4, 2, 30, "rob"));
        let delta = snapshot(7, 4, &values(16, 1, 6, 20, "liz")).since(&earlier).unwrap();
        assert_eq!(delta.elapsed(), Some(Duration::from_secs(4)));
        let expected = values(6, -3, 4, 20, "liz");
        assert!(delta.stats().map(|stat| (stat.key().as_str(), stat.value().clone())).eq(expected));
        let rates = ["done", "open", "tries", "size", "user", "none"].map(|of| delta.rate(of));
        assert_eq!(rates, [Some(1.5), Some(-0.75), Some(1.0), None, None, None]);
    }

    #[test]
    fn a_count_that_was_reset_starts_from_zero() {
        let earlier = snapshot(7, 0, &[("done", Value::Counter(10))]);
        let delta = snapshot(7, 1, &[("done", Value::Counter(4))]).since(&earlier).unwrap();
        assert_eq!(delta.get("done"), Some(&Value::Counter(4)));
    }

    #[test]
    fn another_file_has_no_delta() {
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
    fn fields_are_found_by_label_if_the_schema_differs() {
        let earlier = snapshot(7, 0, &[("b", Value::Counter(1)), ("a", Value::Counter(2))]);
        let later = [("a", Value::Counter(5)), ("c", Value::Counter(9)), ("b", Value::UpDown(3))];
        let delta = snapshot(7, 1, &later).since(&earlier).unwrap();
        assert_eq!(delta.get("a"), Some(&Value::Counter(3)));
        assert_eq!(delta.get("c"), Some(&Value::Counter(9)));
        assert_eq!(delta.get("b"), Some(&Value::UpDown(3)));
    }

    #[test]
    fn integers_of_version_1_are_counts_unless_they_are_constants() {
        let values = |sys: u64, done, size, level: i64, timer| {
            [
                ("web.sys.pid", Value::Constant(sys.into())),
                ("done", number(done)),
                ("size", number(size)),
                ("level", Value::Untyped(level.into())),
                ("timer", Value::Untyped(Scalar::Double(timer))),
            ]
        };
        let earlier = version_1(&values(4280, 10, 10, 1, 0.5));
        let delta = version_1(&values(4280, 12, 7, -1, 0.25)).since(&earlier).unwrap();
        assert_eq!(delta.get("web.sys.pid"), Some(&Value::Constant(4280u64.into())));
        assert_eq!(delta.get("done"), Some(&number(2)));
        assert_eq!(delta.get("size"), Some(&Value::Untyped((-3i64).into())));
        assert_eq!(delta.get("level"), Some(&Value::Untyped((-2i64).into())));
        assert_eq!(delta.get("timer"), Some(&Value::Untyped(Scalar::Double(0.25))));
        let all = version_1(&values(1, u64::MAX, 7, -1, 0.25)).since_creation();
        assert_eq!(all.get("done"), Some(&number(u64::MAX)));
        assert_eq!(all.get("level"), Some(&Value::Untyped((-1i64).into())));
    }
}
