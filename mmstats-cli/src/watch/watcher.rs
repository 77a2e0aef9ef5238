//! Follows all files of some targets, for every tool that reads them more than once.

use std::collections::HashMap;
use std::ffi::OsString;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    /// Shared with those who still use an earlier look.
    tracks: Vec<Arc<Track>>,
    /// Whether histories are kept.
    histories: bool,
    /// The number of files that are read.
    most: usize,
    looks: u64,
}

impl Watcher {
    pub(crate) fn new(targets: Vec<OsString>) -> Self {
        limits::raise_fd_limit();
        let follower = Follower::new();
        Self { targets, follower, tracks: Vec::new(), histories: false, most: usize::MAX, looks: 0 }
    }

    /// Keeps the history of each statistic.
    pub(crate) fn with_histories(self) -> Self {
        Self { histories: true, ..self }
    }

    /// Limits the number of files that are read.
    pub(crate) fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// Limits the number of files that stay open between looks.
    pub(crate) fn keep_open(self, files: usize) -> Self {
        Self { follower: self.follower.keep_open(files), ..self }
    }

    /// Looks at all files that there are now, and for a last time at those that are gone.
    ///
    /// Reports what cannot be read, and writers that ended.
    pub(crate) fn look(&mut self, report: &mut Report) -> &[Arc<Track>] {
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
    pub(crate) fn observe(&mut self, report: &mut Report) -> &[Arc<Track>] {
        self.update(true, report);
        &self.tracks
    }

    fn update(&mut self, named_has_to_exist: bool, report: &mut Report) {
        report.next_round();
        self.looks += 1;
        let failures = report.failures();
        let selected = limited(select(&self.targets, report), self.most, report);
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
        let mut before: HashMap<FollowId, Arc<Track>> =
            before.into_iter().map(|track| (track.id, track)).collect();
        for sighting in self.follower.look(listing) {
            let is_expected = |error| {
                selected.get(sighting.path()).is_some_and(|selected| selected.expects(error))
            };
            if sighting.snapshot().is_none() && sighting.error().is_some_and(is_expected) {
                continue;
            }
            let mut shared =
                before.remove(&sighting.id()).unwrap_or_else(|| Track::new(&sighting).into());
            let track = Arc::make_mut(&mut shared);
            track.update(&sighting);
            if self.histories {
                track.push_histories();
            }
            self.tracks.push(shared);
        }
    }

    /// Returns what the latest look found.
    pub(crate) fn tracks(&self) -> &[Arc<Track>] {
        &self.tracks
    }
}

/// Returns at most this many of the selected files. Directories with few files keep all of them, so
/// that one with many hides no others.
fn limited(mut selected: Vec<Selected>, most: usize, report: &mut Report) -> Vec<Selected> {
    if selected.len() <= most {
        return selected;
    }
    let mut sizes: HashMap<PathBuf, usize> = HashMap::new();
    for selected in &selected {
        *sizes.entry(directory(selected).to_owned()).or_default() += 1;
    }
    let mut sorted: Vec<(usize, PathBuf)> =
        sizes.into_iter().map(|(directory, size)| (size, directory)).collect();
    sorted.sort();
    let (mut left, mut directories) = (most, sorted.len());
    let mut room = HashMap::new();
    for (size, directory) in sorted {
        let kept = size.min(left / directories);
        if kept < size {
            let path = directory.display();
            let more = size - kept;
            report.note(format_args!(
                "{path}: {more} of {size} files are not read: there are too many"
            ));
        }
        (left, directories) = (left - kept, directories - 1);
        room.insert(directory, kept);
    }
    selected.retain(|selected| {
        let room = room.get_mut(directory(selected));
        room.is_some_and(|room| room.checked_sub(1).map(|rest| *room = rest).is_some())
    });
    selected
}

fn directory(selected: &Selected) -> &Path {
    selected.path.parent().unwrap_or(Path::new(""))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_directory_with_many_files_hides_no_others() {
        let root = tempfile::tempdir().unwrap();
        for (directory, files) in [("a", 20), ("b", 2), ("c", 9)] {
            fs::create_dir(root.path().join(directory)).unwrap();
            for file in 0..files {
                fs::write(root.path().join(format!("{directory}/{file:02}.mmstats")), "").unwrap();
            }
        }
        let of = |name: &str| root.path().join(name).into_os_string();
        let mut report = Report::quiet();
        let targets = [of("a"), of("b"), of("c")];
        let found = limited(select(&targets, &mut report), 16, &mut report);
        let paths = found.iter().map(|found| found.path.strip_prefix(root.path()).unwrap());
        let names: Vec<String> = paths.map(|path| path.display().to_string()).collect();
        let count = |name: &str| names.iter().filter(|path| path.starts_with(name)).count();
        assert_eq!([count("a"), count("b"), count("c")], [7, 2, 7]);
        let lines = report.lines();
        assert_eq!(lines.len(), 2);
        let expected =
            format!("{}: 2 of 9 files are not read: there are too many", of("c").display());
        assert_eq!(lines[0], expected);
    }
}
