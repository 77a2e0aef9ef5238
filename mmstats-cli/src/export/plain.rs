//! The layout of the original `slurpstats`: a label and a value a line.

use std::io::{self, Write};

use mmstats_core::{Scalar, Value};

use super::{Detail, Export, File, Row, label_column};
use crate::show::human::per_second;
use crate::show::terminal::escaped;

pub(super) struct Plain {
    pub(super) detail: Detail,
}

impl Export for Plain {
    fn file(&mut self, out: &mut dyn Write, file: &File<'_>) -> io::Result<()> {
        let snapshot = file.snapshot;
        writeln!(out, "==> {}", escaped(&snapshot.path().to_string_lossy()))?;
        rows(out, 2, &file.rows())?;
        for lane in snapshot.lanes().iter().filter(|_| self.detail.lanes) {
            writeln!(out, "  lane {}", lane.tid())?;
            rows(out, 4, &lane.stats().map(Row::from).collect::<Vec<_>>())?;
        }
        writeln!(out)
    }
}

/// No program has labels of more characters.
const WIDEST_LABEL: usize = 4096;

fn rows(out: &mut dyn Write, indent: usize, rows: &[Row<'_>]) -> io::Result<()> {
    let widths = rows.iter().map(|row| escaped(row.stat.label()).chars().count());
    let column = label_column(widths, WIDEST_LABEL);
    for row in rows {
        let label = escaped(row.stat.label());
        write!(out, "{:indent$}{label:column$} {}", "", value(row.stat.value()))?;
        if let Some(rate) = row.rate.and_then(|(count, elapsed)| per_second(count, elapsed)) {
            write!(out, " {rate:.3}/s")?;
        }
        match row.beside {
            Some(Value::Timer(timing)) if timing.count() > 0 => {
                write!(out, " {}", float(timing.mean().as_secs_f64()))?;
            }
            Some(Value::Average(mean)) if mean.count > 0 => write!(out, " {}", float(mean.mean()))?,
            _ => {}
        }
        writeln!(out)?;
    }
    Ok(())
}

/// One word or text; times in seconds.
pub(crate) fn value(value: &Value) -> String {
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
