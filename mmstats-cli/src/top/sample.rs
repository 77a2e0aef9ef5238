//! What is seen of a file at one tick: plain numbers, without the file.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use mmstats_core::{Kind, Scalar, State};

/// A file at one tick, or why it could not be read.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) path: PathBuf,
    pub(crate) content: Result<Process, String>,
}

/// What a process publishes in one file.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) identity: Identity,
    pub(crate) command: Option<String>,
    pub(crate) state: State,
    pub(crate) created: Option<SystemTime>,
    /// Of each statistic, but for the facts about the process.
    pub(crate) names: Arc<[Name]>,
    /// In the order of the names.
    pub(crate) figures: Vec<Figure>,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) lanes_lost: u64,
}

/// What a file is told from one that later has its name, also one that was overwritten in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Identity {
    pub(crate) device_and_inode: (u64, u64),
    pub(crate) file_id: Option<[u8; 16]>,
    pub(crate) pid: Option<u32>,
    pub(crate) created: Option<SystemTime>,
}

impl Process {
    /// The same so much later. What ran when it was killed began so much longer ago: nobody knows
    /// when it ended.
    pub(crate) fn later(mut self, by: Duration) -> Self {
        if self.state == State::Dead {
            let lanes = self.lanes.iter_mut().flat_map(|lane| &mut lane.figures);
            for figure in self.figures.iter_mut().chain(lanes) {
                if let Value::Timer(Times { running_for: Some(age), .. }) = &mut figure.value {
                    *age += by;
                }
            }
        }
        self
    }
}

/// Whether the writer is gone for certain.
pub(crate) fn has_ended(state: State) -> bool {
    matches!(state, State::Closed | State::Panicked | State::Dead)
}

/// What is said of a statistic, and does not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) label: String,
    pub(crate) help: String,
    pub(crate) unit: String,
    /// `None` in a version 1 file, which does not say.
    pub(crate) kind: Option<Kind>,
}

/// What one thread wrote.
#[derive(Debug, Clone)]
pub(crate) struct Lane {
    pub(crate) tid: u32,
    pub(crate) claimed: bool,
    pub(crate) figures: Vec<Figure>,
}

/// A statistic at one tick.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    pub(crate) value: Value,
    /// What it grew by a second since the tick before; `None` where that is not known, or means
    /// nothing.
    pub(crate) rate: Option<f64>,
    pub(crate) torn: bool,
}

/// A value, as far as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Counter(u64),
    UpDown(i64),
    Number(Scalar),
    Text(String),
    /// Of an average or a moving average: how many samples, and their mean; in the last interval
    /// if there were any.
    Mean {
        count: u64,
        mean: f64,
        latest: bool,
    },
    Timer(Times),
    Unknown {
        kind: u16,
    },
}

/// What a timer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Times {
    pub(crate) count: u64,
    /// Of the durations that were recorded in the last interval; of all, if none was.
    pub(crate) mean: Duration,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// Whether they are those of the last interval.
    pub(crate) latest: bool,
    pub(crate) running: u64,
    pub(crate) running_for: Option<Duration>,
}

impl Figure {
    /// What its history shows: of what is counted the rate, and otherwise the value.
    pub(crate) fn point(&self) -> Option<f64> {
        match &self.value {
            Value::Counter(_) | Value::Mean { .. } | Value::Timer(_) => self.rate,
            // Of version 1 files nobody knows whether an integer is a counter; if it is not, its
            // changes are as good as its value.
            Value::Number(Scalar::Unsigned(_) | Scalar::Signed(_)) if self.rate.is_some() => {
                self.rate
            }
            Value::UpDown(count) => Some(Scalar::Signed(*count).as_f64()),
            Value::Number(number) => Some(number.as_f64()),
            Value::Text(_) | Value::Unknown { .. } => None,
        }
    }

    /// Whether its history is one of rates, of which zero is the least.
    pub(crate) fn is_counted(&self) -> bool {
        match &self.value {
            Value::Counter(_) | Value::Mean { .. } | Value::Timer(_) => true,
            Value::Number(_) => self.rate.is_some(),
            Value::UpDown(_) | Value::Text(_) | Value::Unknown { .. } => false,
        }
    }
}
