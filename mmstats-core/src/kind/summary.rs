#![forbid(unsafe_code)]

use std::time::Duration;

use super::{Bucket, Distribution, Scalar, Work};

/// What a value shows, whatever its kind: every tool prints from this.
///
/// # Examples
/// ```
/// use mmstats::{Role, Value};
///
/// let requests = Value::Counter(3);
/// let summary = requests.summary();
/// assert_eq!(summary.role, Role::Counter);
/// assert_eq!((summary.headline.as_f64(), summary.count), (Some(3.0), Some(3)));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Summary<'a> {
    /// How the statistic behaves.
    pub role: Role,
    /// The one number or text that stands for the value.
    pub headline: Headline<'a>,
    /// The unit of the headline and of all samples, where the kind settles it.
    pub unit: Option<&'static str>,
    /// The number of events or samples so far: the basis of a rate. `None` if it counts nothing.
    pub count: Option<i128>,
    /// What is known of the samples, where there are such.
    pub samples: Option<Samples<'a>>,
    /// What has been started and has not ended.
    pub running: Option<Running>,
    /// How far a job has come, if this is one.
    pub progress: Option<&'a Work>,
}

/// How a statistic behaves, and so how tools combine and draw it.
///
/// # Examples
/// ```
/// use mmstats::{Role, Value};
///
/// assert_eq!(Value::Counter(3).summary().role, Role::Counter);
/// assert_eq!(Value::Text("liz".into()).summary().role, Role::Text);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Counts events, and only grows: its rate is of interest, and a dead writer's count stays.
    Counter,
    /// Counts what is there now: it is added up over the live writers.
    UpDown,
    /// Is set, and shows the present of a live writer.
    Gauge,
    /// Collects samples: their number has a rate, and they have a mean.
    Samples,
    /// Was set at creation.
    Constant,
    /// Shows the latest text.
    Text,
    /// Is a number of a version 1 file. Integers are taken for counts, other numbers for means.
    Untyped,
    /// Is of a kind that this version does not know.
    Unknown,
}

/// The one number or text that stands for a value.
///
/// # Examples
/// ```
/// use mmstats::{Headline, Scalar, Value};
///
/// assert_eq!(Value::UpDown(-3).summary().headline, Headline::Number(Scalar::Integer(-3)));
/// assert_eq!(Value::Text("liz".into()).summary().headline, Headline::Text("liz"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Headline<'a> {
    /// A number.
    Number(Scalar),
    /// A text, as its writer gave it.
    Text(&'a str),
    /// Nothing: this version does not know the kind with this number.
    Unknown(u16),
}

impl Headline<'_> {
    /// Returns the number; `None` if it is a text or unknown.
    pub fn number(&self) -> Option<Scalar> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(_) | Self::Unknown(_) => None,
        }
    }

    /// Returns the number as a floating point number; `None` if it is a text or unknown.
    pub fn as_f64(&self) -> Option<f64> {
        self.number().map(Scalar::as_f64)
    }
}

/// What is known of many samples. `None` stands for what the kind does not keep, and for all of
/// them while there is no sample.
///
/// # Examples
/// ```
/// use mmstats::{MmStats, Reader, Timer};
/// use std::time::Duration;
///
/// #[derive(MmStats)]
/// struct Web {
///     answer: Timer,
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # let stats = Web::builder().directory(&directory).create()?;
/// # let path = stats.path().ok_or("no file")?;
/// stats.answer.record(Duration::from_millis(2));
/// let snapshot = Reader::open(path)?.snapshot()?;
/// let answers = snapshot.get("answer").and_then(|value| value.summary().samples);
/// let answers = answers.ok_or("a timer has samples")?;
/// assert_eq!((answers.count, answers.mean), (1, Some(0.002)));
/// assert_eq!(answers.quantile(0.99), Some(0.002));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Samples<'a> {
    /// The number of samples.
    pub count: u64,
    /// Their sum.
    pub sum: Option<f64>,
    /// The mean of all.
    pub mean: Option<f64>,
    /// The mean of the latest.
    pub recent_mean: Option<f64>,
    /// The smallest.
    pub min: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
    /// The one that was recorded last.
    pub last: Option<f64>,
    /// The number of samples that were `NaN` or infinite, and so are not in the others.
    pub refused: u64,
    /// Their quantiles, if the kind keeps a distribution.
    pub(super) quantiles: Option<Quantiles<'a>>,
}

impl Samples<'_> {
    /// Returns the buckets that counted something, in order; nothing if the kind keeps none.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket<f64>> {
        self.quantiles.iter().flat_map(Quantiles::buckets)
    }

    /// Returns the value that the fraction `quantile` (0 to 1) of the samples does not exceed;
    /// `None` if there are no samples, or their kind keeps no distribution.
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        let quantiles = self.quantiles.as_ref().filter(|_| self.count > 0)?;
        Some(quantiles.quantile(quantile))
    }

    /// Returns whether the kind keeps what [`quantile`](Self::quantile) needs.
    pub fn has_quantiles(&self) -> bool {
        self.quantiles.is_some()
    }
}

/// Quantiles of integers, in another unit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Quantiles<'a> {
    pub(super) of: &'a Distribution,
    /// How many of the integers' units make one of the summary's.
    pub(super) scale: f64,
}

impl Quantiles<'_> {
    #[expect(clippy::cast_precision_loss, reason = "the bounds of buckets have few digits")]
    fn buckets(&self) -> impl Iterator<Item = Bucket<f64>> {
        let scaled = |value: u64| value as f64 / self.scale;
        self.of.buckets().map(move |bucket| Bucket {
            start: scaled(bucket.start),
            end: bucket.end.map(scaled),
            count: bucket.count,
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "a quantile is within 1/256")]
    fn quantile(&self, quantile: f64) -> f64 {
        self.of.quantile(quantile) as f64 / self.scale
    }
}

/// What has been started and has not ended.
///
/// # Examples
/// ```
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
/// let timing = stats.answer.start();
/// let snapshot = Reader::open(path)?.snapshot()?;
/// let running = snapshot.get("answer").and_then(|value| value.summary().running);
/// let running = running.ok_or("nothing is running")?;
/// assert_eq!(running.count, 1);
/// println!("in progress for {:?}", running.mean_age);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Running {
    /// How many are running.
    pub count: u64,
    /// How long they have been running, on average. Nobody knows when a killed writer ended: then
    /// it is the time since they were started.
    pub mean_age: Duration,
}

impl<'a> Summary<'a> {
    fn new(role: Role, headline: Headline<'a>, count: Option<i128>) -> Self {
        Self { role, headline, unit: None, count, samples: None, running: None, progress: None }
    }

    pub(super) fn number(role: Role, number: Scalar, count: Option<i128>) -> Self {
        Self::new(role, Headline::Number(number), count)
    }

    pub(super) fn text(text: &'a str) -> Self {
        Self::new(Role::Text, Headline::Text(text), None)
    }

    /// Of samples, for which this number stands.
    pub(super) fn of_samples(headline: f64, samples: Samples<'a>) -> Self {
        let count = Some(samples.count.into());
        let summary = Self::number(Role::Samples, Scalar::Double(headline), count);
        Self { samples: Some(samples), ..summary }
    }

    pub(super) fn untyped(number: Scalar) -> Self {
        Self::number(Role::Untyped, number, number.as_integer())
    }

    pub(super) fn unknown(kind: u16) -> Self {
        Self::new(Role::Unknown, Headline::Unknown(kind), None)
    }

    /// Returns whether its rate is what is of interest, rather than its value.
    pub fn is_counted(&self) -> bool {
        match self.role {
            Role::Counter | Role::Samples => true,
            Role::Untyped => self.count.is_some(),
            _ => false,
        }
    }
}
