//! Compares a file with a saved copy of it.

use mmstats_core::Snapshot;

use super::{Interval, Show};
use crate::report::Report;
use crate::watch::baseline::{Baseline, time_of};

/// Returns what happened to the file since its copy was saved; `None` if there is no copy.
pub(crate) fn since<'a>(
    now: &Snapshot,
    baseline: &'a Baseline,
    report: &mut Report,
) -> Option<Interval<'a>> {
    if baseline.is_empty() {
        return None;
    }
    let path = now.path().display();
    let Some(saved) = baseline.of(now) else {
        report.note(format_args!("{path}: has no copy: shown since its creation"));
        return None;
    };
    let delta = now.since(&saved.snapshot)?;
    let times = time_of(now).zip(saved.time);
    let elapsed = times.map(|(now, then)| now.duration_since(then));
    if matches!(elapsed, Some(Err(_))) {
        report.note(format_args!("{path}: was last modified before its copy was made: no rates"));
    }
    Some(Interval { delta, elapsed: elapsed.and_then(Result::ok), show: Show::Changes })
}
