//! The Prometheus exposition format, for crates that provide their values in no other way.

use std::error::Error;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// The number of bounds of a histogram, from a microsecond to eight seconds.
pub(super) const BOUNDS_LEN: usize = 24;
pub(super) const BOUNDS: [f64; BOUNDS_LEN] = {
    let mut bounds = [1e-6; BOUNDS_LEN];
    let mut index = 1;
    while index < BOUNDS_LEN {
        bounds[index] = 2.0 * bounds[index - 1];
        index += 1;
    }
    bounds
};

/// Installs the Prometheus recorder of the `metrics` crate.
pub(super) fn install() -> Result<PrometheusHandle, Box<dyn Error>> {
    let recorder = PrometheusBuilder::new().set_buckets(&BOUNDS)?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|error| error.to_string())?;
    Ok(handle)
}

/// Returns the value of an integer metric in a text, or 0 if it is missing.
pub(super) fn value(text: &str, name: &str) -> u64 {
    let mut lines = text.lines().filter_map(|line| line.rsplit_once(' '));
    let value = lines.find(|(key, _)| *key == name).and_then(|(_, value)| value.parse().ok());
    value.unwrap_or(0)
}
