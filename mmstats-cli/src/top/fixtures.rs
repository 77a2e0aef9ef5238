//! Processes that never ran, for tests: the same at any time on any machine.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mmstats_core::{Kind, Scalar, State};

use super::keys::Key;
use super::model::{Flow, Model};
use super::sample::{Figure, Identity, Lane, Name, Process, Sample, Times, Value};

/// When it all happens.
pub(super) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_hours(500_000)
}

/// A statistic with its name.
pub(super) type Field = (Name, Figure);

pub(super) fn field(label: &str, kind: Option<Kind>, value: Value, rate: Option<f64>) -> Field {
    let name = Name { label: label.into(), help: String::new(), unit: String::new(), kind };
    (name, Figure { value, rate, torn: false })
}

pub(super) fn counter(label: &str, count: u64, rate: f64) -> Field {
    field(label, Some(Kind::Counter), Value::Counter(count), Some(rate))
}

pub(super) fn constant(label: &str, number: u64) -> Field {
    let number = Value::Number(Scalar::Unsigned(number));
    field(label, Some(Kind::Constant), number, None)
}

pub(super) fn text(label: &str, text: &str) -> Field {
    field(label, Some(Kind::Text), Value::Text(text.into()), None)
}

pub(super) fn timer(label: &str, rate: f64, times: Times) -> Field {
    field(label, Some(Kind::Timer), Value::Timer(times), Some(rate))
}

/// A process whose file is named after it and its pid.
pub(super) fn sample(
    command: &str,
    pid: u32,
    state: State,
    age: Duration,
    fields: Vec<Field>,
) -> Sample {
    let (names, figures): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
    let created = now().checked_sub(age);
    let process = Process {
        identity: Identity { pid: Some(pid), created, ..Identity::default() },
        command: Some(command.into()),
        state,
        created,
        names: names.into(),
        figures,
        lanes: Vec::new(),
        lanes_lost: 0,
    };
    let path = PathBuf::from(format!("/run/stats/{command}-{pid}.mmstats"));
    Sample { path, content: Ok(process) }
}

/// The process of a sample that was read.
pub(super) fn process(sample: &mut Sample) -> &mut Process {
    sample.content.as_mut().expect("it was read")
}

/// Gives it lanes, each with its thread and whether that still runs, and the same figures.
pub(super) fn with_lanes(mut sample: Sample, lanes: &[(u32, bool)]) -> Sample {
    let process = process(&mut sample);
    let figures = process.figures.clone();
    let lane = |&(tid, claimed): &(u32, bool)| Lane { tid, claimed, figures: figures.clone() };
    process.lanes = lanes.iter().map(lane).collect();
    sample
}

pub(super) fn model() -> Model {
    Model::new(String::new(), Duration::from_secs(1), now())
}

pub(super) fn tick(model: &mut Model, samples: Vec<Sample>) {
    model.sampled(samples, Vec::new(), now());
}

/// Presses keys one after the other: characters, or the names of others in angle brackets.
pub(super) fn press(model: &mut Model, keys: &str) {
    for key in keys.split_whitespace() {
        let key = match key {
            "<Up>" => Key::Up,
            "<Down>" => Key::Down,
            "<PgDn>" => Key::PageDown,
            "<PgUp>" => Key::PageUp,
            "<Home>" => Key::Home,
            "<End>" => Key::End,
            "<Enter>" => Key::Enter,
            "<Esc>" => Key::Escape,
            "<Backspace>" => Key::Backspace,
            "<Space>" => Key::Char(' '),
            text => {
                text.chars()
                    .for_each(|char| assert_eq!(model.key(Key::Char(char)), Flow::Continue));
                continue;
            }
        };
        assert_eq!(model.key(key), Flow::Continue);
    }
}
