//! The histograms of other crates, each set up for durations as its documentation recommends.
//!
//! A histogram that searches for the bucket has 24 of them. One that computes the bucket has 16 per
//! octave, like mmstats. Each covers all values of the benchmark.

use std::error::Error;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hdrhistogram::SyncHistogram;
use hdrhistogram::sync::Recorder;
use measured::metric::histogram::Thresholds;
use prometheus_client::registry::Registry;

use super::exposition::{self, BOUNDS, BOUNDS_LEN};
use super::forever;

/// One significant decimal digit, which makes 16 buckets per octave.
const DIGITS: u8 = 1;
/// Four significant bits, which make 16 buckets per octave.
const BITS: u8 = 4;
/// The maximum in bits. No longer duration occurs.
const MAX_BITS: u8 = 44;

pub(super) type Measured = measured::Histogram<BOUNDS_LEN>;

pub(super) fn measured() -> &'static Measured {
    forever(Measured::with_metadata(Thresholds::with_buckets(BOUNDS)))
}

pub(super) fn count_measured(histogram: &Measured) -> u64 {
    let metric = histogram.get_metric();
    let state = metric.inner.read();
    state.buckets.iter().chain([&state.inf]).map(|bucket| bucket.load(Relaxed)).sum()
}

pub(super) fn metriken() -> &'static metriken::AtomicCounterHistogram {
    forever(metriken::AtomicCounterHistogram::new(BITS, MAX_BITS))
}

pub(super) fn metriken_sharded() -> &'static metriken::ShardedCounterHistogram {
    forever(metriken::ShardedCounterHistogram::new(BITS, MAX_BITS))
}

pub(super) fn count_metriken(histogram: Option<metriken::histogram::Histogram>) -> u64 {
    histogram.map_or(0, |histogram| histogram.as_slice().iter().sum())
}

pub(super) fn prometheus() -> Result<&'static prometheus::Histogram, Box<dyn Error>> {
    let options = prometheus::HistogramOpts::new("request", "help").buckets(BOUNDS.to_vec());
    Ok(forever(prometheus::Histogram::with_opts(options)?))
}

/// A histogram, and the registry through which its values are read.
pub(super) struct PrometheusClient {
    pub(super) histogram: prometheus_client::metrics::histogram::Histogram,
    registry: Registry,
}

pub(super) fn prometheus_client() -> &'static PrometheusClient {
    let histogram = prometheus_client::metrics::histogram::Histogram::new(BOUNDS);
    let mut registry = Registry::default();
    registry.register("request", "help", histogram.clone());
    forever(PrometheusClient { histogram, registry })
}

impl PrometheusClient {
    pub(super) fn count(&self) -> u64 {
        let mut text = String::new();
        let encoded = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        encoded.map_or(0, |()| exposition::value(&text, "request_count"))
    }
}

pub(super) fn hdrhistogram() -> Result<hdrhistogram::Histogram<u64>, Box<dyn Error>> {
    Ok(hdrhistogram::Histogram::new_with_max(1 << MAX_BITS, DIGITS)?)
}

/// A histogram for which each thread has a recorder.
pub(super) struct Recorded(Mutex<SyncHistogram<u64>>);

pub(super) fn hdrhistogram_recorded() -> Result<&'static Recorded, Box<dyn Error>> {
    Ok(forever(Recorded(Mutex::new(hdrhistogram()?.into()))))
}

impl Recorded {
    fn lock(&self) -> MutexGuard<'_, SyncHistogram<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn recorder(&self) -> Recorder<u64> {
        self.lock().recorder()
    }

    /// Returns the number of values. All recorders must have been dropped.
    pub(super) fn count(&self) -> u64 {
        let mut histogram = self.lock();
        histogram.refresh();
        histogram.len()
    }
}
