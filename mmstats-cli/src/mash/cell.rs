//! One statistic of the pages: its texts for people, and its numbers for charts.

use std::time::{Duration, SystemTime};

use mmstats_core::{Role, Samples, Snapshot, Stat, Summary, Work};
use serde::Serialize;

use crate::show::cells;
use crate::watch::figure::{Figure, point, recent};
use crate::watch::merge::Merged;
use crate::watch::rate::per_second;
use crate::watch::track::Track;

#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key that a script reads")]
pub(super) struct Cell<'l> {
    label: &'l str,
    help: &'l str,
    unit: &'l str,
    value: String,
    /// Whether the value is a text.
    text: bool,
    rate: Option<String>,
    mean: Option<String>,
    p50: Option<String>,
    p99: Option<String>,
    running: Option<String>,
    /// Whether means and quantiles are those of the interval, rather than of all samples.
    latest: bool,
    torn: bool,
    /// How far it is, if it is a job whose total is known.
    progress: Option<Bar>,
    /// Whether the value can be drawn.
    drawn: bool,
    /// Whether the points are rates.
    counted: bool,
    /// Whether the mean and 99th percentile can be drawn.
    distributed: bool,
    /// The point of this look.
    point: Option<f64>,
    /// The mean and 99th percentile of the samples of the interval, if there were any.
    samples: Option<[f64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Vec<Option<f64>>>,
}

impl<'l> Cell<'l> {
    /// A statistic of one file.
    pub(super) fn of(
        (track, snapshot): (&'l Track, &Snapshot),
        (index, figure): (usize, &Figure<'l>),
        history: bool,
        now: SystemTime,
    ) -> Self {
        let summary = figure.summary();
        let history = history.then(|| {
            let points =
                track.history(index).into_iter().flat_map(|points| points.last(usize::MAX));
            points.map(finite).collect()
        });
        Self {
            rate: figure.rate().filter(|_| summary.is_counted()).map(cells::rate),
            running: summary.running.as_ref().map(|running| cells::running(running, snapshot, now)),
            torn: figure.stat.is_torn(),
            point: track.point(figure).and_then(finite),
            history,
            ..Self::new(&figure.stat, &summary, figure.recent_samples())
        }
    }

    /// A statistic over several files.
    pub(super) fn of_total(
        total: &Merged<'l>,
        change: Option<&Merged<'_>>,
        elapsed: Option<Duration>,
    ) -> Self {
        let summary = total.summary();
        let change = change.map(Merged::summary);
        let rate = change.as_ref().and_then(|change| per_second(change.count?, elapsed?));
        let change = change.and_then(|change| change.samples);
        let samples = summary.samples.clone().map(|all| recent(all, change));
        Self {
            rate: rate.filter(|_| summary.is_counted()).map(cells::rate),
            torn: total.torn,
            point: point(&summary, rate).and_then(finite),
            ..Self::new(&total.stat, &summary, samples)
        }
    }

    fn new(stat: &Stat<'l>, summary: &Summary<'_>, recent: Option<(Samples<'_>, bool)>) -> Self {
        let (samples, latest) = recent.unwrap_or((Samples::default(), true));
        let mean = samples.mean.or(samples.recent_mean);
        let p99 = samples.quantile(0.99);
        let shown = |sample: Option<f64>| {
            Some(cells::sample_of(summary, stat.unit(), sample.filter(|_| samples.count > 0)?))
        };
        Self {
            label: stat.key().as_str(),
            help: stat.help(),
            unit: stat.unit(),
            value: cells::headline(summary, stat.unit()),
            text: summary.headline.number().is_none(),
            rate: None,
            mean: cells::mean_or_range(summary, stat.unit(), &samples),
            p50: shown(samples.quantile(0.5)),
            p99: shown(p99),
            running: None,
            latest,
            torn: false,
            progress: summary.progress.and_then(Bar::of),
            drawn: is_drawn(summary),
            counted: summary.is_counted(),
            distributed: samples.has_quantiles(),
            point: None,
            samples: mean.zip(p99).filter(|_| latest).map(|(mean, p99)| [mean, p99]),
            history: None,
        }
    }
}

/// The progress of a job.
#[derive(Debug, Serialize)]
pub(super) struct Bar {
    part: f64,
    percent: String,
    left: Option<String>,
}

impl Bar {
    /// Returns `None` if the total is not known.
    pub(super) fn of(work: &Work) -> Option<Self> {
        Some(Self { part: work.part()?, percent: cells::percent(work)?, left: cells::left(work) })
    }
}

/// Returns whether the value is a number that can change.
pub(super) fn is_drawn(summary: &Summary<'_>) -> bool {
    summary.headline.number().is_some() && summary.role != Role::Constant
}

fn finite(point: f64) -> Option<f64> {
    Some(point).filter(|point| point.is_finite())
}
