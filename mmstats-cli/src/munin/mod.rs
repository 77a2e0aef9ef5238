//! `mmstats munin`: a plugin for Munin.

mod args;
mod name;

use std::collections::HashSet;
use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::iter;
use std::sync::Arc;

use clap::ValueEnum as _;
use glob::Pattern;
use mmstats_core::{Role, Samples, Snapshot, Stat, Summary};

use crate::report::Report;
use crate::show::life::threads_lost;
use crate::show::suggest;
use crate::show::terminal::escaped;
use crate::watch::measure::{Amount, Measure};
use crate::watch::merge::{Merged, Policy, Share, merge};
use crate::watch::watcher::Watcher;
pub(crate) use args::Munin;
use args::Request;

pub(crate) fn run(options: &Munin, report: &mut Report) -> io::Result<()> {
    let result = answer(options, report);
    // The node discards the output of a plugin that fails.
    report.forgive();
    result
}

fn answer(options: &Munin, report: &mut Report) -> io::Result<()> {
    let settings = Settings::from_environment(report);
    let mut out = io::stdout().lock();
    match options.request.unwrap_or(Request::Fetch) {
        Request::Autoconf => {
            let found = !read(&settings, options.name.as_deref(), &mut Report::quiet()).is_empty();
            report.success();
            out.write_all(if found { b"yes\n" } else { b"no (there are no statistics files)\n" })
        }
        Request::Suggest => {
            report.success();
            let snapshots = read(&settings, None, &mut Report::quiet());
            let commands = snapshots.iter().filter_map(|snapshot| snapshot.writer().command());
            let mut names: Vec<String> = commands.map(name::plain).collect();
            names.sort();
            names.dedup();
            names.iter().try_for_each(|name| writeln!(out, "{name}"))
        }
        Request::Config => {
            let snapshots = read(&settings, options.name.as_deref(), report);
            settings.note_mistyped(&snapshots, report);
            config(&mut out, options, &graph(&settings, &snapshots))
        }
        Request::Fetch => {
            let snapshots = read(&settings, options.name.as_deref(), report);
            settings.note_mistyped(&snapshots, report);
            for series in graph(&settings, &snapshots) {
                writeln!(out, "{}.value {}", series.name, series.value.digits())?;
            }
            Ok(())
        }
    }
}

/// The settings of the plugin's stanza.
struct Settings {
    files: Vec<OsString>,
    /// The fields to show; if empty, all that can change.
    fields: Vec<Pattern>,
    /// The counts of version 1 files.
    counters: Vec<Pattern>,
    quantiles: Vec<f64>,
    merge: Option<Policy>,
}

impl Settings {
    fn from_environment(report: &mut Report) -> Self {
        let mut patterns = |variable| {
            let parsed = words(variable).into_iter().map(|word| (Pattern::new(&word), word));
            let parsed = parsed.filter_map(|(pattern, word)| match pattern {
                Ok(pattern) => Some(pattern),
                Err(error) => {
                    report.failure(format_args!("{variable}: {word}: {}", error.msg));
                    None
                }
            });
            parsed.collect()
        };
        let (fields, counters) = (patterns("fields"), patterns("counters"));
        let quantiles = if env::var_os("quantiles").is_some() {
            words("quantiles")
        } else {
            vec!["0.99".into()]
        };
        let quantiles = quantiles.iter().filter_map(|word| match word.parse() {
            Ok(quantile) if (0.0..=1.0).contains(&quantile) => Some(quantile),
            _ => {
                report.failure(format_args!("quantiles: {word}: expected a number from 0 to 1"));
                None
            }
        });
        let quantiles = quantiles.collect();
        let merge = text("merge").and_then(|merge| {
            let policy = Policy::from_str(&merge, false);
            if policy.is_err() {
                report.failure(format_args!(
                    "merge: {merge}: expected sum, min, max, mean or latest"
                ));
            }
            policy.ok()
        });
        let files = words("files").into_iter().map(Into::into).collect();
        Self { files, fields, counters, quantiles, merge }
    }

    /// Reports labels that no file has; `munin-run` and the log of the node show it.
    fn note_mistyped(&self, snapshots: &[Arc<Snapshot>], report: &mut Report) {
        let stats = || snapshots.iter().flat_map(|snapshot| snapshot.stats());
        let keys = || stats().map(|stat| stat.key().as_str());
        for (variable, patterns) in [("fields", &self.fields), ("counters", &self.counters)] {
            let none_has = |pattern: &&Pattern| !keys().any(|key| pattern.matches(key));
            for pattern in patterns.iter().filter(none_has).filter(|_| !snapshots.is_empty()) {
                let hint = suggest::hint(pattern.as_str(), keys());
                report.note(format_args!(
                    "{variable}: no file has a field {}: {hint}",
                    suggest::quoted(pattern.as_str())
                ));
            }
        }
    }

    fn is_wanted(&self, stat: &Stat<'_>) -> bool {
        if self.fields.is_empty() {
            stat.value().summary().role != Role::Constant && !stat.is_fact()
        } else {
            self.fields.iter().any(|pattern| pattern.matches(stat.key().as_str()))
        }
    }

    fn is_counter(&self, key: &str, role: Role) -> bool {
        match role {
            Role::Counter => true,
            Role::Untyped => self.counters.iter().any(|pattern| pattern.matches(key)),
            _ => false,
        }
    }
}

fn text(variable: &str) -> Option<String> {
    let text = env::var_os(variable)?.to_string_lossy().trim().to_owned();
    Some(text).filter(|text| !text.is_empty())
}

fn words(variable: &str) -> Vec<String> {
    text(variable).unwrap_or_default().split_whitespace().map(Into::into).collect()
}

/// Reads all files, or those of programs with this name.
fn read(settings: &Settings, name: Option<&str>, report: &mut Report) -> Vec<Arc<Snapshot>> {
    // The stanza may select files of programs with any name.
    let name = name.filter(|_| settings.files.is_empty()).map(name::plain);
    let mut snapshots = Vec::new();
    for track in Watcher::new(settings.files.clone()).observe(report) {
        if let Some(error) = &track.error {
            report.failure(error);
        }
        let Some(snapshot) = track.present() else { continue };
        if name.as_ref().is_none_or(|name| is_of(snapshot, name)) {
            report.success();
            if snapshot.lanes_lost() > 0 {
                let lost = threads_lost(snapshot.lanes_lost());
                report.note(format_args!("{}: {lost}", track.path.display()));
            }
            snapshots.push(snapshot.clone());
        }
    }
    snapshots
}

/// Returns whether the program has this name. Version 1 does not record it: there, the name of the
/// file counts.
fn is_of(snapshot: &Snapshot, name: &str) -> bool {
    if let Some(command) = &snapshot.writer().command() {
        return name::plain(command) == name;
    }
    let file = snapshot.path().file_name().unwrap_or_default().to_string_lossy();
    name::plain(&file).strip_prefix(name).is_some_and(|rest| rest.starts_with('_'))
}

/// A line of the graph.
struct Series {
    /// The statistic and its number, which determine the name.
    key: String,
    name: String,
    label: String,
    info: String,
    unit: String,
    /// Whether the graph shows the rate.
    counter: bool,
    value: Amount,
}

/// Returns all lines of the graph, in the order of the files.
fn graph(settings: &Settings, snapshots: &[Arc<Snapshot>]) -> Vec<Series> {
    let mut graph: Vec<Series> = Vec::new();
    let mut seen = HashSet::new();
    for stat in snapshots.iter().flat_map(|snapshot| snapshot.stats()) {
        let key = stat.key().as_str();
        if settings.is_wanted(&stat) && seen.insert(key) {
            graph.extend(series(settings, snapshots, key));
        }
    }
    let keys: Vec<&str> = graph.iter().map(|series| series.key.as_str()).collect();
    let names = name::names(&keys);
    let names: Vec<String> = keys.iter().map(|key| names[key].clone()).collect();
    for (series, name) in graph.iter_mut().zip(names) {
        series.name = name;
    }
    graph
}

/// Returns the lines of a statistic: several if it has quantiles, none for a text.
fn series(settings: &Settings, snapshots: &[Arc<Snapshot>], key: &str) -> Vec<Series> {
    let all = || snapshots.iter().map(AsRef::as_ref);
    let Some(Merged { stat, .. }) = merge(Share::of(all(), key), None) else { return Vec::new() };
    let kind = stat.value().summary();
    let counter = settings.is_counter(key, kind.role);
    let has_quantiles = kind.samples.as_ref().is_some_and(Samples::has_quantiles);
    // By default, numbers of version 1 are those of ended writers too, since they may be counts.
    // Here the settings list the counts.
    let may_stay = counter || kind.role != Role::Untyped;
    let files = all().filter(|snapshot| may_stay || !snapshot.state().has_ended());
    let policy = if counter { Some(Policy::Sum) } else { settings.merge };
    let merged = merge(Share::of(files, key), policy);
    // Counts stay; everything else shows the present.
    let merged = merged.filter(|merged| counter || merged.live);
    let summary = merged.as_ref().map(Merged::summary);

    let policy = settings.merge.filter(|_| !counter && kind.samples.is_none());
    let policy = policy.and_then(|policy| policy.to_possible_value());
    let policy = policy.map(|policy| format!(" {}", policy.get_name())).unwrap_or_default();
    let quantiles = settings.quantiles.iter().map(|quantile| Measure::Quantile(*quantile));
    let quantiles = quantiles.filter(|_| has_quantiles);
    let measures = iter::once(Measure::Value).chain(quantiles);
    let series = measures.filter(|_| kind.headline.number().is_some()).map(|measure| {
        let value = summary.as_ref().and_then(|summary| measure.of(summary).ok());
        let (key, what) = match measure {
            Measure::Value if has_quantiles => (format!("{key} mean"), mean_of(&kind)),
            Measure::Quantile(_) => (measure.name(key, ' '), "Of all samples. "),
            _ => (key.to_owned(), ""),
        };
        Series {
            label: format!("{key}{policy}"),
            key,
            name: String::new(),
            info: format!("{what}{}", stat.help()),
            unit: if stat.unit() == "s" { "seconds".into() } else { stat.unit().to_owned() },
            counter,
            value: value.unwrap_or(Amount::None),
        }
    });
    series.collect()
}

/// Returns which samples the headline is the mean of.
fn mean_of(summary: &Summary<'_>) -> &'static str {
    match &summary.samples {
        Some(samples) if samples.count > 0 && samples.recent_mean.is_none() => {
            "Mean of all samples. "
        }
        _ => "Mean of the latest samples. ",
    }
}

fn config(out: &mut impl Write, options: &Munin, graph: &[Series]) -> io::Result<()> {
    let title = text("title").unwrap_or_else(|| match &options.name {
        Some(name) => format!("mmstats: {name}"),
        None => "mmstats".into(),
    });
    let bytes = !graph.is_empty() && graph.iter().all(|series| series.unit == "bytes");
    let args =
        text("args").unwrap_or_else(|| format!("--base {}", if bytes { 1024 } else { 1000 }));
    let category = text("category").unwrap_or_else(|| "mmstats".into());
    writeln!(out, "graph_title {}", line(&title))?;
    writeln!(out, "graph_category {}", line(&category))?;
    writeln!(out, "graph_args {}", line(&args))?;
    writeln!(
        out,
        "graph_vlabel {}",
        text("vlabel").map_or_else(|| vlabel(graph), |text| line(&text))
    )?;
    if let Some(info) = text("info") {
        writeln!(out, "graph_info {}", line(&info))?;
    }
    for series in graph {
        let name = &series.name;
        let unit = match series.unit.as_str() {
            "" | "seconds" => String::new(),
            unit => format!(" ({unit})"),
        };
        writeln!(out, "{name}.label {}", line(&format!("{}{unit}", series.label)))?;
        let info = line(&series.info);
        if !info.is_empty() {
            writeln!(out, "{name}.info {info}")?;
        }
        if series.counter {
            // The restart of a writer is no negative rate.
            writeln!(out, "{name}.type DERIVE\n{name}.min 0")?;
        } else {
            writeln!(out, "{name}.type GAUGE")?;
        }
        for limit in ["warning", "critical"] {
            if let Some(range) = text(&format!("{name}_{limit}")) {
                writeln!(out, "{name}.{limit} {}", line(&range))?;
            }
        }
    }
    Ok(())
}

/// Returns the label of the axis, with the unit if all lines have the same.
fn vlabel(graph: &[Series]) -> String {
    let unit = graph.first().map(|series| series.unit.as_str()).unwrap_or_default();
    let unit =
        if graph.iter().all(|series| series.unit == unit) { line(unit) } else { String::new() };
    let rates = graph.iter().filter(|series| series.counter).count();
    match (rates, unit.as_str()) {
        (0, "") => "value".into(),
        (0, unit) => unit.into(),
        (rates, unit) if rates == graph.len() => {
            format!("{unit} per ${{graph_period}}").trim_start().into()
        }
        _ => "value, or rate per ${graph_period}".into(),
    }
}

/// Puts a text on one line, and replaces what Munin takes for a comment or an escape.
fn line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    escaped(&words.join(" ")).replace('\\', "/").replace('#', "_")
}
