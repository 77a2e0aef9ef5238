//! `mmstats munin`: a plugin for Munin.

mod args;
mod name;

use std::env;
use std::io::{self, Write};

use glob::Pattern;
use mmstats_core::{Kind, Reader, Snapshot, Stat, State, Value};

use crate::files::select::select_distinct;
use crate::report::Report;
use crate::show::suggest;
use crate::show::terminal::escaped;
use crate::watch::measure::{Amount, Measure};
use crate::watch::total::{Policy, most_telling, shares, total};
pub(crate) use args::Munin;
use args::Request;

pub(crate) fn run(options: &Munin, report: &mut Report) -> io::Result<()> {
    let result = answer(options, report);
    // The node throws away what a plugin says that fails.
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
            let commands =
                snapshots.iter().filter_map(|snapshot| snapshot.writer().command.clone());
            let mut names: Vec<String> = commands.map(|command| name::plain(&command)).collect();
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

/// What the plugin's stanza says.
struct Settings {
    files: Vec<std::ffi::OsString>,
    /// None of them: all that make sense.
    fields: Vec<Pattern>,
    /// What of version 1 is a count.
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
            let policy = clap::ValueEnum::from_str(&merge, false);
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

    /// Says which of the labels no file has: munin-run shows it, and the node's log.
    fn note_mistyped(&self, snapshots: &[Snapshot], report: &mut Report) {
        let labels = || snapshots.iter().flat_map(Snapshot::stats).map(|stat| stat.label());
        for (variable, patterns) in [("fields", &self.fields), ("counters", &self.counters)] {
            let none_has = |pattern: &&Pattern| !labels().any(|label| pattern.matches(label));
            for pattern in patterns.iter().filter(none_has).filter(|_| !snapshots.is_empty()) {
                let hint = suggest::hint(pattern.as_str(), labels());
                report.note(format_args!("{variable}: no file has a field `{pattern}`: {hint}"));
            }
        }
    }

    fn is_wanted(&self, stat: &Stat<'_>) -> bool {
        const FACTS: [&str; 5] = ["sys.pid", "sys.tid", "sys.uid", "sys.gid", "sys.created"];
        let label = stat.label();
        if self.fields.is_empty() {
            let constant = matches!(stat.kind(), Some(Kind::Constant));
            !constant && !FACTS.iter().any(|fact| label.ends_with(fact))
        } else {
            self.fields.iter().any(|pattern| pattern.matches(label))
        }
    }

    fn is_counter(&self, stat: &Stat<'_>) -> bool {
        match stat.value() {
            Value::Counter(_) => true,
            Value::Number(_) if stat.kind().is_none() => {
                self.counters.iter().any(|pattern| pattern.matches(stat.label()))
            }
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

/// All that can be read, of programs with this name if there is one.
fn read(settings: &Settings, name: Option<&str>, report: &mut Report) -> Vec<Snapshot> {
    // Files that are named are meant, whoever wrote them.
    let name = name.filter(|_| settings.files.is_empty()).map(name::plain);
    let mut snapshots = Vec::new();
    for selected in select_distinct(&settings.files, report) {
        match Reader::open(&selected.path).and_then(|reader| reader.snapshot()) {
            Ok(snapshot) => {
                if name.as_ref().is_none_or(|name| is_of(&snapshot, name)) {
                    report.success();
                    snapshots.push(snapshot);
                }
            }
            Err(error) if selected.expects(&error) => {}
            Err(error) => report.failure(error),
        }
    }
    snapshots
}

/// Whether the program has this name; of version 1, which does not tell it, whether the file does.
fn is_of(snapshot: &Snapshot, name: &str) -> bool {
    if let Some(command) = &snapshot.writer().command {
        return name::plain(command) == name;
    }
    let file = snapshot.path().file_name().unwrap_or_default().to_string_lossy();
    name::plain(&file).strip_prefix(name).is_some_and(|rest| rest.starts_with('_'))
}

/// A line of the graph.
struct Series {
    name: String,
    label: String,
    info: String,
    unit: String,
    /// Something that is counted: the graph shows its rate.
    counter: bool,
    value: Amount,
}

/// All lines of the graph, in the order of the files.
fn graph(settings: &Settings, snapshots: &[Snapshot]) -> Vec<Series> {
    let mut graph: Vec<Series> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for stat in snapshots.iter().flat_map(Snapshot::stats) {
        if settings.is_wanted(&stat) && seen.insert(stat.label()) {
            let stat = most_telling(&shares(snapshots, stat.label())).unwrap_or(stat);
            graph.extend(series(settings, snapshots, stat));
        }
    }
    let labels: Vec<&str> = graph.iter().map(|series| series.label.as_str()).collect();
    let names = name::names(&labels);
    let names: Vec<String> = labels.iter().map(|label| names[label].clone()).collect();
    for (series, name) in graph.iter_mut().zip(names) {
        series.name = name;
    }
    graph
}

/// The lines for one statistic: several for a timer, none for a text.
fn series(settings: &Settings, snapshots: &[Snapshot], stat: Stat<'_>) -> Vec<Series> {
    let counter = settings.is_counter(&stat);
    // What was counted stays counted; but what the dead say of the present is not so any more.
    let current =
        |snapshot: &&Snapshot| counter || matches!(snapshot.state(), State::Live | State::Unknown);
    let policy = if counter { Some(Policy::Sum) } else { settings.merge };
    let total = total(&shares(snapshots.iter().filter(current), stat.label()), policy);
    let quantiles = settings.quantiles.iter().map(|quantile| Measure::Quantile(*quantile));
    let measures: Vec<Measure> = match stat.value() {
        Value::Text(_) | Value::Unknown { .. } => vec![],
        Value::Timer(_) => std::iter::once(Measure::Value).chain(quantiles).collect(),
        _ => vec![Measure::Value],
    };
    let timer = matches!(stat.value(), Value::Timer(_));
    let series = measures.into_iter().map(|measure| {
        let value = total.as_ref().and_then(|total| measure.of(total).ok());
        let (label, what) = match measure {
            Measure::Value if timer => {
                (format!("{} mean", stat.label()), "Mean of the latest samples. ")
            }
            Measure::Quantile(_) => (measure.name(stat.label(), ' '), "Of all samples. "),
            _ => (stat.label().to_owned(), ""),
        };
        Series {
            name: String::new(),
            label,
            info: format!("{what}{}", stat.help()),
            unit: if timer { "seconds".into() } else { stat.unit().to_owned() },
            counter,
            value: value.unwrap_or(Amount::None),
        }
    });
    series.collect()
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
            // A restarted writer is no negative rate.
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

/// What the axis shows, if it is the same for all lines.
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

/// The text on one line, without what Munin takes for a comment or an escape.
fn line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    escaped(&words.join(" ")).replace('\\', "/").replace('#', "_")
}
