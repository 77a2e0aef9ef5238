//! The answers of the original, at the same addresses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use glob::Pattern;
use mmstats_core::{Snapshot, Stat};
use serde::Serialize;

use super::aggregate::{Aggregator, Single};
use super::request::Refusal;
use super::watch::Look;
use crate::files::expand::LONGEST;
use crate::show::suggest;
use crate::watch::track::Track;

/// The files that `glob` selects among those that are served.
#[derive(Debug, Default)]
pub(super) struct Names(Option<Pattern>);

impl Names {
    pub(super) fn parse(glob: Option<&str>) -> Result<Self, Refusal> {
        let Some(glob) = glob.filter(|glob| !glob.is_empty()) else {
            return Ok(Self::default());
        };
        if glob.len() > LONGEST {
            let why = format_args!("pattern too long: at most {LONGEST} bytes");
            return Err(Refusal::bad_request(why));
        }
        let wrong = |why: &dyn std::fmt::Display| {
            Refusal::bad_request(format_args!("invalid pattern `{glob}`: {why}"))
        };
        if glob.contains("..") {
            return Err(wrong(&"`..` is not allowed"));
        }
        Ok(Self(Some(Pattern::new(glob).map_err(|error| wrong(&error))?)))
    }

    /// Matches as many parts at the end of the path as the pattern has.
    fn match_path(&self, path: &Path) -> bool {
        let Some(pattern) = &self.0 else { return true };
        let parts = pattern.as_str().matches('/').count() + 1;
        let all: Vec<&str> = path.to_str().unwrap_or_default().split('/').collect();
        pattern.matches(&all[all.len().saturating_sub(parts)..].join("/"))
    }

    /// Returns the selected files.
    pub(super) fn files<'l>(
        &self,
        look: &'l Look,
    ) -> impl Iterator<Item = (&'l Track, &'l Snapshot)> {
        look.files().filter(|(track, _)| self.match_path(&track.path))
    }

    fn stats<'l>(&self, look: &'l Look) -> impl Iterator<Item = Stat<'l>> {
        self.files(look).flat_map(|(_, snapshot)| snapshot.stats())
    }
}

/// The answer to `/files/`.
#[derive(Serialize)]
pub(super) struct Files {
    files: Vec<String>,
}

pub(super) fn files(look: &Look, names: &Names) -> Files {
    let paths = names.files(look).map(|(track, _)| track.path.to_string_lossy().into_owned());
    Files { files: paths.collect() }
}

/// The answer to `/stats/`.
#[derive(Serialize)]
pub(super) struct Labels<'l> {
    stats: BTreeSet<&'l str>,
}

pub(super) fn labels<'l>(look: &'l Look, names: &Names) -> Labels<'l> {
    Labels { stats: names.stats(look).map(|stat| stat.key().as_str()).collect() }
}

/// The parameters of `/stats/LABEL`.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) label: String,
    /// Whether `label` is the whole label, rather than its beginning.
    pub(super) exact: bool,
    pub(super) aggregator: Option<Aggregator>,
    pub(super) names: Names,
}

/// The answer to `/stats/LABEL`.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Answer<'l> {
    Each(BTreeMap<&'l str, Vec<Single<'l>>>),
    Together(BTreeMap<&'l str, Single<'l>>),
}

impl Question {
    pub(super) fn answer<'l>(&self, look: &'l Look) -> Result<Answer<'l>, Refusal> {
        let is_selected = |key: &str| {
            key.strip_prefix(&self.label).is_some_and(|rest| !self.exact || rest.is_empty())
        };
        let mut each: BTreeMap<&str, Vec<Single<'_>>> = BTreeMap::new();
        for stat in self.names.stats(look).filter(|stat| is_selected(stat.key().as_str())) {
            if let Some(value) = Single::of(&stat.value().summary()) {
                each.entry(stat.key().as_str()).or_default().push(value);
            }
        }
        if each.is_empty() && self.exact {
            let all = self.names.stats(look).map(|stat| stat.key().as_str());
            let hint = suggest::hint(&self.label, all);
            let label = suggest::quoted(&self.label);
            return Err(Refusal::not_found(format_args!("no file has a field {label}: {hint}")));
        }
        let Some(aggregator) = self.aggregator else { return Ok(Answer::Each(each)) };
        let together = each.into_iter().map(|(label, values)| {
            let none = || Refusal::bad_request(format_args!("cannot aggregate `{label}` this way"));
            aggregator.of(&values).map(|value| (label, value)).ok_or_else(none)
        });
        together.collect::<Result<_, _>>().map(Answer::Together)
    }
}

/// Returns the aggregator with this name; none if the name is empty.
pub(super) fn aggregator(name: Option<&str>) -> Result<Option<Aggregator>, Refusal> {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(None) };
    let found = Aggregator::ALL.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, aggregator)| Some(aggregator)).ok_or_else(|| {
        let known = Aggregator::ALL.map(|(known, _)| known).join(", ");
        Refusal::bad_request(format_args!("unknown aggr `{name}`: expected one of {known}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_as_many_parts_of_the_path_as_it_has() {
        let matches = |glob| {
            Names::parse(Some(glob)).unwrap().match_path(Path::new("/srv/stats/web-1.mmstats"))
        };
        for glob in ["", "web-*", "*.mmstats", "stats/web*", "s*/web-?.mmstats", "/srv/stats/*"] {
            assert!(matches(glob), "{glob}");
        }
        for glob in ["web", "srv/web*", "/stats/*", "/srv/*", "other/*"] {
            assert!(!matches(glob), "{glob}");
        }
        for wrong in ["..", "../x", "a***", &"*a".repeat(LONGEST)] {
            assert!(Names::parse(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
