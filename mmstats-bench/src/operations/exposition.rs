//! What crates show to Prometheus, for those that do not tell a value otherwise.

use std::error::Error;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::histograms::BOUNDS;

/// Lets the `metrics` crate record for Prometheus.
pub(super) fn install() -> Result<PrometheusHandle, Box<dyn Error>> {
    let recorder = PrometheusBuilder::new().set_buckets(&BOUNDS)?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|error| error.to_string())?;
    Ok(handle)
}

/// The value of a whole number in a text, 0 where it is not there.
pub(super) fn value(text: &str, name: &str) -> u64 {
    let mut lines = text.lines().filter_map(|line| line.rsplit_once(' '));
    let value = lines.find(|(key, _)| *key == name).and_then(|(_, value)| value.parse().ok());
    value.unwrap_or(0)
}
