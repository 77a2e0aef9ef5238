use std::time::Duration;

/// Returns the rate a second; `None` for an empty interval.
#[expect(clippy::cast_precision_loss, reason = "a rate is not exact")]
pub(crate) fn per_second(count: i128, interval: Duration) -> Option<f64> {
    (!interval.is_zero()).then(|| count as f64 / interval.as_secs_f64())
}
