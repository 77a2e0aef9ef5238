//! What the original answers, at the same URLs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use axum::http::StatusCode;
use glob::Pattern;
use mmstats_core::{Snapshot, Stat};
use serde::Serialize;

use super::aggregate::{Aggregator, Single};
use super::routes::Refusal;
use super::watch::{File, Look};
use crate::show::suggest;

/// Which files are meant by `glob`: those that are served and have such a name, and no others.
#[derive(Debug, Default)]
pub(super) struct Names(Option<Pattern>);

impl Names {
    pub(super) fn parse(glob: Option<&str>) -> Result<Self, Refusal> {
        let Some(glob) = glob.filter(|glob| !glob.is_empty()) else {
            return Ok(Self::default());
        };
        if glob.contains("..") {
            return Err(bad("a pattern has no `..`"));
        }
        let pattern = Pattern::new(glob);
        let pattern = pattern.map_err(|error| bad(format!("`{glob}` is no pattern: {error}")))?;
        Ok(Self(Some(pattern)))
    }

    /// As many parts of the path as the pattern has, counted from its end.
    fn match_path(&self, path: &Path) -> bool {
        let Some(pattern) = &self.0 else { return true };
        let parts = pattern.as_str().matches('/').count() + 1;
        let all: Vec<&str> = path.to_str().unwrap_or_default().split('/').collect();
        pattern.matches(&all[all.len().saturating_sub(parts)..].join("/"))
    }

    /// Those files.
    pub(super) fn files<'l>(&self, look: &'l Look) -> impl Iterator<Item = &'l File> {
        look.files.iter().filter(|file| self.match_path(file.snapshot().path()))
    }

    fn of<'l>(&self, look: &'l Look) -> impl Iterator<Item = &'l Snapshot> {
        self.files(look).map(File::snapshot)
    }
}

/// `/files/`
#[derive(Serialize)]
pub(super) struct Files {
    files: Vec<String>,
}

pub(super) fn files(look: &Look, names: &Names) -> Files {
    let paths = names.of(look).map(|snapshot| snapshot.path().to_string_lossy().into_owned());
    Files { files: paths.collect() }
}

/// `/stats/`
#[derive(Serialize)]
pub(super) struct Labels<'l> {
    stats: BTreeSet<&'l str>,
}

pub(super) fn labels<'l>(look: &'l Look, names: &Names) -> Labels<'l> {
    Labels { stats: names.of(look).flat_map(Snapshot::stats).map(|stat| stat.label()).collect() }
}

/// What is asked of `/stats/`.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) label: String,
    /// Whether that is the whole label, and not what it begins with.
    pub(super) exact: bool,
    pub(super) aggregator: Option<Aggregator>,
    pub(super) names: Names,
}

/// `/stats/LABEL`
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Answer<'l> {
    Each(BTreeMap<&'l str, Vec<Single<'l>>>),
    Together(BTreeMap<&'l str, Single<'l>>),
}

impl Question {
    pub(super) fn answer<'l>(&self, look: &'l Look) -> Result<Answer<'l>, Refusal> {
        let is_meant = |stat: &Stat<'_>| {
            let label = stat.label();
            label.strip_prefix(&self.label).is_some_and(|rest| !self.exact || rest.is_empty())
        };
        let mut each: BTreeMap<&str, Vec<Single<'_>>> = BTreeMap::new();
        for stat in self.names.of(look).flat_map(Snapshot::stats).filter(is_meant) {
            if let Some(value) = Single::of(stat.value()) {
                each.entry(stat.label()).or_default().push(value);
            }
        }
        if each.is_empty() && self.exact {
            let all = self.names.of(look).flat_map(Snapshot::stats).map(|stat| stat.label());
            let hint = suggest::hint(&self.label, all);
            let why = format!("no file has a field `{}`: {hint}\n", self.label);
            return Err(Refusal(StatusCode::NOT_FOUND, why));
        }
        let Some(aggregator) = self.aggregator else { return Ok(Answer::Each(each)) };
        let together = each.into_iter().map(|(label, values)| {
            let none = || bad(format!("`{label}` has no value that this could be of"));
            aggregator.of(&values).map(|value| (label, value)).ok_or_else(none)
        });
        together.collect::<Result<_, _>>().map(Answer::Together)
    }
}

/// The aggregator of that name; none if it is empty.
pub(super) fn aggregator(name: Option<&str>) -> Result<Option<Aggregator>, Refusal> {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(None) };
    let found = Aggregator::ALL.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, aggregator)| Some(aggregator)).ok_or_else(|| {
        let known: Vec<&str> = Aggregator::ALL.iter().map(|(known, _)| *known).collect();
        bad(format!("there is no aggr `{name}`, only {}", known.join(", ")))
    })
}

fn bad(why: impl std::fmt::Display) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, format!("{why}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_of_as_much_of_the_path_as_it_names() {
        let matches = |glob| {
            Names::parse(Some(glob)).unwrap().match_path(Path::new("/srv/stats/web-1.mmstats"))
        };
        for glob in ["", "web-*", "*.mmstats", "stats/web*", "s*/web-?.mmstats", "/srv/stats/*"] {
            assert!(matches(glob), "{glob}");
        }
        for glob in ["web", "srv/web*", "/stats/*", "/srv/*", "other/*"] {
            assert!(!matches(glob), "{glob}");
        }
        for wrong in ["..", "../x", "a***"] {
            assert_eq!(Names::parse(Some(wrong)).unwrap_err().0, StatusCode::BAD_REQUEST);
        }
    }
}
