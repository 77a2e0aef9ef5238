//! Follows all files of some targets, for every tool that reads them more than once.

use std::collections::HashMap;
use std::ffi::OsString;
use std::mem;
use std::path::Path;

use mmstats_core::{FollowId, Follower, Listing, State};

use super::track::Track;
use crate::files::limits;
use crate::files::select::{Selected, select};
use crate::report::Report;

/// The files of some targets, over time.
#[derive(Debug)]
pub(crate) struct Watcher {
    targets: Vec<OsString>,
    follower: Follower,
    tracks: Vec<Track>,
    /// Whether histories are kept.
    histories: bool,
    looks: u64,
}

impl Watcher {
    pub(crate) fn new(targets: Vec<OsString>) -> Self {
        limits::raise_fd_limit();
        let follower = Follower::new();
        Self { targets, follower, tracks: Vec::new(), histories: false, looks: 0 }
    }

    /// Keeps the history of each statistic.
    pub(crate) fn with_histories(self) -> Self {
        Self { histories: true, ..self }
    }

    /// Looks at all files that there are now, and for a last time at those that are gone.
    ///
    /// Reports what cannot be read, and writers that ended.
    pub(crate) fn look(&mut self, report: &mut Report) -> &[Track] {
        // A file that the user named has to be there at the first look.
        self.update(self.looks == 0, report);
        for track in &self.tracks {
            match &track.error {
                Some(error) => report.failure(error),
                None => report.success(),
            }
            if let Some(end) = track.end() {
                let end = match end {
                    State::Dead => "died",
                    State::Panicked => "panicked",
                    _ => "ended",
                };
                report.note(format_args!("{}: its writer {end}", track.path.display()));
            }
        }
        &self.tracks
    }

    /// Does the same, but reports only targets that cannot be listed or match nothing: the caller
    /// shows the rest. A file that the user named has a track even if it does not exist.
    pub(crate) fn observe(&mut self, report: &mut Report) -> &[Track] {
        self.update(true, report);
        &self.tracks
    }

    fn update(&mut self, named_has_to_exist: bool, report: &mut Report) {
        report.next_round();
        self.looks += 1;
        let failures = report.failures();
        let selected = select(&self.targets, report);
        let complete = report.failures() == failures;
        let listing = selected.iter().fold(Listing::default(), |listing, selected| {
            let one = [&selected.path];
            listing.and(if selected.named && named_has_to_exist {
                Listing::of(one)
            } else {
                Listing::found(one)
            })
        });
        let listing = if complete { listing } else { listing.incomplete() };
        let selected: HashMap<&Path, &Selected> =
            selected.iter().map(|selected| (selected.path.as_path(), selected)).collect();
        let before = mem::take(&mut self.tracks);
        let mut before: HashMap<FollowId, Track> =
            before.into_iter().map(|track| (track.id, track)).collect();
        for sighting in self.follower.look(listing) {
            let is_expected = |error| {
                selected.get(sighting.path()).is_some_and(|selected| selected.expects(error))
            };
            if sighting.snapshot().is_none() && sighting.error().is_some_and(is_expected) {
                continue;
            }
            let mut track = before.remove(&sighting.id()).unwrap_or_else(|| Track::new(&sighting));
            track.update(&sighting);
            if self.histories {
                track.push_histories();
            }
            self.tracks.push(track);
        }
    }

    /// Returns what the latest look found.
    pub(crate) fn tracks(&self) -> &[Track] {
        &self.tracks
    }
}
