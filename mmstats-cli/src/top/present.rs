//! The present state of a file: its writer and its statistics at this tick.

use std::time::SystemTime;

use mmstats_core::State;

use crate::watch::figure::Figure;
use crate::watch::track::Track;

/// Returns the state of the writer; `None` if the file cannot be read.
pub(super) fn state(track: &Track) -> Option<State> {
    track.state().filter(|_| track.error.is_none())
}

/// Returns all statistics. Those of a writer that ended have no change any more, since it does
/// nothing now.
pub(super) fn figures(track: &Track) -> impl Iterator<Item = Figure<'_>> {
    let has_ended = track.state().is_some_and(State::has_ended);
    track.all_figures().map(move |figure| if has_ended { figure.stat.into() } else { figure })
}

pub(super) fn created(track: &Track) -> Option<SystemTime> {
    track.now.as_ref()?.writer().created()
}

/// Returns the rate that stands for the process.
pub(super) fn rate(track: &Track) -> f64 {
    let headline = track.headline().and_then(|index| figures(track).nth(index));
    headline.and_then(|figure| figure.rate()).unwrap_or(f64::NEG_INFINITY)
}
