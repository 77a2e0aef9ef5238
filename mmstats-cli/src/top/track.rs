//! A file, from tick to tick.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use mmstats_core::{Kind, State};

use super::history::History;
use super::sample::{Figure, Identity, Name, Process, Sample, Value, has_ended};

/// What a rate is taken over that tells when something will be done.
const TICKS_OF_PROGRESS: usize = 30;

/// A file and what was seen of it.
#[derive(Debug)]
pub(crate) struct Track {
    pub(crate) path: PathBuf,
    /// What was seen last, or why nothing was.
    pub(crate) content: Result<Process, String>,
    /// Of each figure.
    pub(crate) histories: Vec<History>,
    /// What it is found by, in lower case: the path, the command, the pid.
    pub(crate) found_by: String,
    /// Whose histories these are.
    identity: Option<Identity>,
}

/// How far a process is, by the statistics that it has for this: a constant `total`, a counter
/// `done`, and a constant `done_before` if it went on where another one had ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Progress {
    pub(crate) done: f64,
    pub(crate) total: f64,
    pub(crate) left: Option<Duration>,
}

impl Track {
    pub(crate) fn new(sample: Sample) -> Self {
        let mut track = Self {
            path: sample.path,
            content: Err(String::new()),
            histories: Vec::new(),
            found_by: String::new(),
            identity: None,
        };
        track.update(sample.content);
        track
    }

    pub(crate) fn update(&mut self, content: Result<Process, String>) {
        if let Ok(process) = &content {
            let is_new = self.identity != Some(process.identity)
                || self.histories.len() != process.figures.len();
            if is_new {
                self.identity = Some(process.identity);
                self.histories = vec![History::default(); process.figures.len()];
            }
            // What a process did last stays as it was.
            if !has_ended(process.state) {
                for (history, figure) in self.histories.iter_mut().zip(&process.figures) {
                    history.push(figure);
                }
            }
        }
        self.content = content;
        let pid = self.pid().map(|pid| pid.to_string()).unwrap_or_default();
        // Parts are apart, so that nothing is found across their borders.
        self.found_by = format!("{}\n{}\n{pid}", self.path.display(), self.command());
        self.found_by = self.found_by.to_lowercase();
    }

    pub(crate) fn matches(&self, filter: &str) -> bool {
        self.found_by.contains(filter)
            || self.process().is_some_and(|process| {
                process.names.iter().any(|name| contains(&name.label, filter))
            })
    }

    pub(crate) fn process(&self) -> Option<&Process> {
        self.content.as_ref().ok()
    }

    /// The name under which the program was started; where the file does not say, its own.
    pub(crate) fn command(&self) -> &str {
        let command = self.process().and_then(|process| process.command.as_deref());
        let stem = || self.path.file_stem().and_then(|stem| stem.to_str());
        command.filter(|command| !command.is_empty()).or_else(stem).unwrap_or("?")
    }

    /// The name of the file, as far as it is text.
    pub(crate) fn file_name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or("?")
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.process().and_then(|process| process.identity.pid)
    }

    /// `None` if it cannot be read.
    pub(crate) fn state(&self) -> Option<State> {
        self.process().map(|process| process.state)
    }

    pub(crate) fn age(&self, now: SystemTime) -> Option<Duration> {
        now.duration_since(self.process()?.created?).ok()
    }

    pub(crate) fn names_and_figures(&self) -> impl Iterator<Item = (&Name, &Figure)> + Clone {
        let process = self.process();
        process.into_iter().flat_map(|process| process.names.iter().zip(&process.figures))
    }

    /// What stands for all: the first statistic that counts, in the order in which the program
    /// declares them; if none does, the first number.
    pub(crate) fn headline(&self) -> Option<usize> {
        let mut all = self.names_and_figures();
        all.clone()
            .position(|(_, figure)| matches!(figure.value, Value::Counter(_) | Value::Timer(_)))
            .or_else(|| {
                all.position(|(name, figure)| {
                    let is_number = !matches!(figure.value, Value::Text(_) | Value::Unknown { .. });
                    is_number && name.kind != Some(Kind::Constant)
                })
            })
    }

    pub(crate) fn headline_rate(&self) -> f64 {
        let figure = self.headline().and_then(|index| self.process()?.figures.get(index));
        figure.and_then(|figure| figure.rate).unwrap_or(f64::NEG_INFINITY)
    }

    /// What somebody should look at comes first.
    pub(crate) fn state_rank(&self) -> u8 {
        match self.state() {
            Some(State::Panicked) => 0,
            Some(State::Dead) => 1,
            Some(State::Live) => 2,
            Some(State::Closed) => 4,
            Some(_) => 3,
            None => 5,
        }
    }

    /// How far it is, if it says so.
    pub(crate) fn progress(&self) -> Option<Progress> {
        let (done_at, (name, figure)) =
            self.names_and_figures().enumerate().find(|(_, (name, figure))| {
                matches!(figure.value, Value::Counter(_)) && last_part(&name.label) == "done"
            })?;
        let prefix = name.label.strip_suffix("done")?;
        let constant = |label: &str| {
            let mut all = self.names_and_figures();
            let (_, found) = all.find(|(name, _)| {
                name.kind == Some(Kind::Constant) && name.label.strip_prefix(prefix) == Some(label)
            })?;
            match found.value {
                Value::Number(number) => Some(number.as_f64()),
                _ => None,
            }
        };
        let total = constant("total").filter(|total| *total > 0.0)?;
        let Value::Counter(done) = figure.value else { return None };
        #[expect(clippy::cast_precision_loss, reason = "it is shown as a part of a hundred")]
        let done = done as f64 + constant("done_before").unwrap_or(0.0);
        let rate = self.histories.get(done_at)?.mean(TICKS_OF_PROGRESS).filter(|rate| *rate > 0.0);
        let runs = !self.state().is_some_and(has_ended);
        let left = rate.filter(|_| runs).map(|rate| (total - done).max(0.0) / rate);
        let left = left.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Some(Progress { done, total, left })
    }
}

/// What is behind the last dot: `done` of `import.users.done`.
fn last_part(label: &str) -> &str {
    label.rsplit('.').next().unwrap_or(label)
}

pub(crate) fn contains(label: &str, filter: &str) -> bool {
    label.to_lowercase().contains(filter)
}
