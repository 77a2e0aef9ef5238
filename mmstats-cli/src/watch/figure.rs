use std::time::Duration;

use mmstats_core::{Role, Samples, Stat, Summary, Value};

use super::rate::per_second;

/// One statistic of a file at a look, with its change since the look before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure<'a> {
    pub(crate) stat: Stat<'a>,
    /// The value of the interval; `None` if it is not known.
    pub(crate) change: Option<&'a Value>,
    /// The length of the interval.
    pub(crate) elapsed: Option<Duration>,
}

impl<'a> From<Stat<'a>> for Figure<'a> {
    fn from(stat: Stat<'a>) -> Self {
        Self { stat, change: None, elapsed: None }
    }
}

impl<'a> Figure<'a> {
    pub(crate) fn summary(&self) -> Summary<'a> {
        self.stat.value().summary()
    }

    /// Returns the number of events or samples a second; `None` if it counts none, or the interval
    /// is not known.
    pub(crate) fn rate(&self) -> Option<f64> {
        per_second(self.change?.count()?, self.elapsed?)
    }

    /// Returns the samples of the interval, if there were any, or else all samples, and whether
    /// they are those of the interval.
    pub(crate) fn recent_samples(&self) -> Option<(Samples<'a>, bool)> {
        let change = self.change.and_then(|change| change.summary().samples);
        Some(recent(self.summary().samples?, change))
    }

    /// Returns what its history shows: the rate of what is counted, otherwise the number.
    pub(crate) fn point(&self) -> Option<f64> {
        point(&self.summary(), self.rate())
    }
}

/// Returns the samples of an interval, if there were any, or else all samples, and whether they are
/// those of the interval.
pub(crate) fn recent<'a>(all: Samples<'a>, change: Option<Samples<'a>>) -> (Samples<'a>, bool) {
    // The latest samples of a moving average are recent already.
    if all.mean.is_none() && all.recent_mean.is_some() {
        return (all, true);
    }
    match change.filter(|change| change.count > 0) {
        Some(recent) => (recent, true),
        None => (all, false),
    }
}

/// Returns what a history shows of a value: its rate if it is counted, otherwise the number.
pub(crate) fn point(summary: &Summary<'_>, rate: Option<f64>) -> Option<f64> {
    match summary.role {
        Role::Constant => None,
        // Nobody knows whether an integer of version 1 is counted. If it is not, its changes are as
        // good as its value.
        _ if summary.is_counted() => rate,
        _ => summary.headline.as_f64(),
    }
}
