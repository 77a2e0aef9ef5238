//! The layout of the original `slurpstats`: a label and a value a line.

use std::io::{self, Write};

use mmstats_core::{Scalar, Snapshot, Stat, Value};

use super::{Export, label_column};
use crate::terminal::escaped;

pub(super) struct Plain {
    pub(super) lanes: bool,
}

impl Export for Plain {
    fn snapshot(&mut self, out: &mut dyn Write, snapshot: &Snapshot) -> io::Result<()> {
        writeln!(out, "==> {}", escaped(&snapshot.path().to_string_lossy()))?;
        stats(out, 2, snapshot.stats())?;
        for lane in snapshot.lanes().iter().filter(|_| self.lanes) {
            writeln!(out, "  lane {}", lane.tid())?;
            stats(out, 4, lane.stats())?;
        }
        writeln!(out)
    }
}

/// No program has labels of more characters.
const WIDEST_LABEL: usize = 4096;

fn stats<'a>(
    out: &mut dyn Write,
    indent: usize,
    stats: impl Iterator<Item = Stat<'a>> + Clone,
) -> io::Result<()> {
    let widths = stats.clone().map(|stat| escaped(stat.label()).chars().count());
    let column = label_column(widths, WIDEST_LABEL);
    for stat in stats {
        let label = escaped(stat.label());
        writeln!(out, "{:indent$}{label:column$} {}", "", value(stat.value()))?;
    }
    Ok(())
}

/// One word or text; times in seconds.
fn value(value: &Value) -> String {
    match value {
        Value::Counter(count) => count.to_string(),
        Value::UpDown(count) => count.to_string(),
        Value::Number(number) => scalar(*number),
        Value::Text(text) => escaped(text).into_owned(),
        Value::Average(average) => float(average.mean()),
        Value::MovingAverage(window) => float(window.mean()),
        Value::Timer(timing) => float(timing.moving_average().as_secs_f64()),
        Value::Unknown { kind } => unknown(*kind),
        other => format!("{other:?}"),
    }
}

/// As Python writes it, but for digits that say nothing.
pub(super) fn scalar(scalar: Scalar) -> String {
    match scalar {
        Scalar::Bool(true) => "True".into(),
        Scalar::Bool(false) => "False".into(),
        Scalar::Float(_) | Scalar::Double(_) => float(scalar.as_f64()),
        Scalar::Unsigned(_) | Scalar::Signed(_) => scalar.to_string(),
    }
}

fn float(value: f64) -> String {
    if value.is_nan() { "nan".into() } else { format!("{value:?}") }
}

/// What is said of a kind that is newer than this program.
pub(super) fn unknown(kind: u16) -> String {
    format!("(of kind {kind}, which this version does not know)")
}
