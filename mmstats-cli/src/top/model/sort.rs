//! The order of the processes.

use std::cmp::Ordering;

use mmstats_core::State;

use super::super::present::{created, rate, state};
use crate::watch::track::Track;

/// A column by which processes are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Sort {
    Command,
    Pid,
    State,
    Age,
    Stats,
    Rate,
}

impl Sort {
    pub(super) const ALL: [Self; 6] =
        [Self::Command, Self::Pid, Self::State, Self::Age, Self::Stats, Self::Rate];

    pub(in super::super) fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Pid => "pid",
            Self::State => "state",
            Self::Age => "age",
            Self::Stats => "stats",
            Self::Rate => "rate",
        }
    }

    pub(super) fn next(self) -> Self {
        let at = Self::ALL.iter().position(|sort| *sort == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// Orders names from a to z, and numbers from the largest down.
    pub(super) fn compare(self, a: &Track, b: &Track) -> Ordering {
        match self {
            Self::Command => by_name(a, b).then(a.pid().cmp(&b.pid())),
            Self::Pid => a.pid().cmp(&b.pid()),
            Self::State => state_rank(a).cmp(&state_rank(b)),
            // The youngest first; files without a time come last.
            Self::Age => created(b).cmp(&created(a)),
            Self::Stats => b.figures().count().cmp(&a.figures().count()),
            Self::Rate => rate(b).total_cmp(&rate(a)),
        }
    }
}

/// Orders by command, ignoring case.
fn by_name(a: &Track, b: &Track) -> Ordering {
    let [a, b] = [a, b].map(|track| track.command().chars().flat_map(char::to_lowercase));
    a.cmp(b)
}

/// Ranks the states: those that need attention come first.
fn state_rank(track: &Track) -> u8 {
    match state(track) {
        Some(State::Panicked) => 0,
        Some(State::Dead) => 1,
        Some(State::Live) => 2,
        Some(State::Closed) => 4,
        Some(_) => 3,
        None => 5,
    }
}
