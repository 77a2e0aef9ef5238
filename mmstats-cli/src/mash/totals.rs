//! The statistics of all processes of a program together.

use std::collections::{BTreeMap, HashMap, HashSet};

use mmstats_core::State;
use serde::Serialize;

use super::cell::{Cell, is_drawn};
use super::watch::Look;
use crate::show::life;
use crate::watch::merge::{Share, merge};
use crate::watch::track::Track;

/// The files of one command.
#[derive(Debug)]
pub(super) struct Group<'l> {
    pub(super) command: &'l str,
    /// Those that exist and could be read.
    files: Vec<&'l Track>,
    /// Those and the ones that are gone since the look before.
    all: Vec<&'l Track>,
}

/// A card of the page.
#[derive(Debug, Serialize)]
pub(super) struct Total<'l> {
    id: String,
    command: &'l str,
    /// How many files there are, and how many of them have a live writer.
    files: usize,
    live: usize,
    lost: Option<String>,
    headline: Option<Cell<'l>>,
    stats: Option<Vec<Cell<'l>>>,
}

/// Returns the commands with several live processes among the shown files.
pub(super) fn groups<'l>(look: &'l Look, shown: &[&Track]) -> Vec<Group<'l>> {
    let mut live: HashMap<&str, usize> = HashMap::new();
    for track in shown.iter().filter(|track| track.state() == Some(State::Live)) {
        *live.entry(track.command()).or_default() += 1;
    }
    let mut groups: BTreeMap<&str, Vec<&Track>> = BTreeMap::new();
    for track in look.tracks().iter().filter(|track| track.now.is_some()) {
        if live.get(track.command()).is_some_and(|live| *live > 1) {
            groups.entry(track.command()).or_default().push(track);
        }
    }
    let group = |(command, all): (&'l str, Vec<&'l Track>)| {
        let files = all.iter().copied().filter(|track| !track.gone).collect();
        Group { command, files, all }
    };
    groups.into_iter().map(group).collect()
}

impl<'l> Group<'l> {
    /// Returns the total with its headline, and with the statistics that are `shown`, if any are.
    pub(super) fn total(
        &self,
        id: String,
        look: &Look,
        shown: Option<&dyn Fn(&str) -> bool>,
    ) -> Total<'l> {
        let live = self.files.iter().filter(|track| track.state() == Some(State::Live));
        let headline = live
            .clone()
            .find_map(|track| Some(track.figure(track.headline()?)?.stat.key().as_str()));
        let lost = self.files.iter().filter_map(|track| Some(track.now.as_ref()?.lanes_lost()));
        let lost = lost.fold(0, u64::saturating_add);
        let stats = shown.map(|is_shown| {
            let keys = self.keys().into_iter().filter(|key| is_shown(key));
            keys.filter_map(|key| self.cell(key, look)).collect()
        });
        Total {
            id,
            command: self.command,
            files: self.files.len(),
            live: live.count(),
            lost: (lost > 0).then(|| life::threads_lost(lost)),
            headline: headline.and_then(|key| self.cell(key, look)),
            stats,
        }
    }

    /// Returns the keys of the numbers that can change, in the order of the files. Texts and
    /// constants have no total.
    fn keys(&self) -> Vec<&'l str> {
        let mut known = HashSet::new();
        let figures = self.files.iter().flat_map(|track| track.figures());
        let drawn = figures.filter(|(_, figure)| is_drawn(&figure.summary()));
        let keys = drawn.map(|(_, figure)| figure.stat.key().as_str());
        keys.filter(|key| known.insert(*key)).collect()
    }

    /// Merges a statistic as all tools do.
    fn cell(&self, key: &str, look: &Look) -> Option<Cell<'l>> {
        let snapshots = self.files.iter().filter_map(|track| track.now.as_deref());
        let total = merge(Share::of(snapshots, key), None)?;
        let changes = self.all.iter().filter_map(|track| {
            let (change, now) = (track.change.as_ref()?, track.now.as_deref()?);
            Some(Share::new(change.stat(key)?, now))
        });
        let change = merge(changes.collect(), None);
        Some(Cell::of_total(&total, change.as_ref(), look.elapsed))
    }
}
