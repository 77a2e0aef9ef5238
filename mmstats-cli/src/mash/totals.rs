//! The statistics of all processes of a program together.

use std::collections::{BTreeMap, HashMap, HashSet};

use mmstats_core::{Snapshot, Stat, State};
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
    for track in look.tracks.iter().map(|track| &**track).filter(|track| track.now.is_some()) {
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
        let (totals, changes) =
            self.shares(|key| headline == Some(key) || shown.is_some_and(|is_shown| is_shown(key)));
        let cell = |key: &str| {
            let total = merge(totals.get(key)?.clone(), None)?;
            let change = merge(changes.get(key).cloned().unwrap_or_default(), None);
            Some(Cell::of_total(&total, change.as_ref(), look.elapsed))
        };
        let lost = self.files.iter().filter_map(|track| Some(track.now.as_ref()?.lanes_lost()));
        let lost = lost.fold(0, u64::saturating_add);
        let stats = shown.map(|is_shown| {
            let keys = self.keys().into_iter().filter(|key| is_shown(key));
            keys.filter_map(cell).collect()
        });
        Total {
            id,
            command: self.command,
            files: self.files.len(),
            live: live.count(),
            lost: (lost > 0).then(|| life::threads_lost(lost)),
            headline: headline.and_then(cell),
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

    /// Returns the shares of all files in the statistics with `wanted` keys, and in their changes.
    fn shares(&self, wanted: impl Fn(&str) -> bool) -> (Shares<'l>, Shares<'l>) {
        let (mut totals, mut changes) = (Shares::new(), Shares::new());
        for track in &self.files {
            let Some(now) = track.now.as_deref() else { continue };
            add(&mut totals, now.stats().filter(|stat| wanted(stat.key().as_str())), now);
        }
        for track in &self.all {
            let (Some(change), Some(now)) = (&track.change, &track.now) else { continue };
            add(&mut changes, change.stats().filter(|stat| wanted(stat.key().as_str())), now);
        }
        (totals, changes)
    }
}

/// The shares of several files in each statistic.
type Shares<'l> = HashMap<&'l str, Vec<Share<'l>>>;

/// Adds the statistics of a file; of those with the same key, the first.
fn add<'l>(shares: &mut Shares<'l>, stats: impl Iterator<Item = Stat<'l>>, now: &Snapshot) {
    let mut known = HashSet::new();
    for stat in stats {
        let key = stat.key().as_str();
        if known.insert(key) {
            shares.entry(key).or_default().push(Share::new(stat, now));
        }
    }
}
