//! The layout of the original `slurpstats`: a key and a value per line.

use std::io::{self, Write};

use mmstats_core::Headline;

use super::{Detail, Export, File, Row, label_column};
use crate::show::life::threads_lost;
use crate::show::terminal::escaped;

pub(super) struct Plain {
    pub(super) detail: Detail,
}

impl Export for Plain {
    fn export(&self, out: &mut dyn Write, files: &[File<'_>]) -> io::Result<()> {
        files.iter().try_for_each(|file| self.file(out, file))
    }
}

impl Plain {
    fn file(&self, out: &mut dyn Write, file: &File<'_>) -> io::Result<()> {
        let snapshot = file.snapshot;
        writeln!(out, "==> {}", escaped(&snapshot.path().to_string_lossy()))?;
        let lost = snapshot.lanes_lost();
        if lost > 0 {
            writeln!(out, "  {}", threads_lost(lost))?;
        }
        rows(out, 2, &file.rows())?;
        for lane in snapshot.lanes().iter().filter(|_| self.detail.lanes) {
            writeln!(out, "  lane {}", lane.tid())?;
            rows(out, 4, &lane.stats().map(Row::from).collect::<Vec<_>>())?;
        }
        writeln!(out)
    }
}

/// No program has keys of more characters.
const WIDEST_LABEL: usize = 4096;

fn rows(out: &mut dyn Write, indent: usize, rows: &[Row<'_>]) -> io::Result<()> {
    let key = |row: &Row<'_>| escaped(row.stat().key().as_str()).into_owned();
    let widths = rows.iter().map(|row| key(row).chars().count());
    let column = label_column(widths, WIDEST_LABEL);
    for row in rows {
        let (key, value) = (key(row), value(&row.figure.summary().headline));
        write!(out, "{:indent$}{key:column$} {value}", "")?;
        if let Some(rate) = row.figure.rate() {
            write!(out, " {rate:.3}/s")?;
        }
        if !row.is_change
            && let Some((samples, true)) = row.figure.recent_samples()
            && let Some(mean) = samples.mean
        {
            write!(out, " {}", float(mean))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Formats a value as one word or text, like Python's `str`; durations are in seconds.
pub(crate) fn value(headline: &Headline<'_>) -> String {
    match headline {
        Headline::Number(number) => match (number.as_bool(), number.as_integer()) {
            (Some(true), _) => "True".into(),
            (Some(false), _) => "False".into(),
            (None, Some(integer)) => integer.to_string(),
            (None, None) => float(number.as_f64()),
        },
        Headline::Text(text) => escaped(text).into_owned(),
        Headline::Unknown(_) => headline.to_string(),
    }
}

/// Formats a number like `repr` of Python 3: with the fewest digits that identify it, and with an
/// exponent from 1e+16 on and below 1e-04, which are the limits of Rust's `Debug` as well.
fn float(value: f64) -> String {
    let text = format!("{value:?}").to_lowercase();
    match text.split_once('e').map(|(digits, exponent)| (digits, exponent.parse::<i32>())) {
        Some((digits, Ok(exponent))) => format!("{digits}e{exponent:+03}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_those_of_python() {
        // As printed by Python 3.
        let table = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (f64::from(0.1f32), "0.10000000149011612"),
            (14.0 / 3.0, "4.666666666666667"),
            (1_795_423_068.126_968, "1795423068.126968"),
            (0.000_1, "0.0001"),
            (0.000_123_4, "0.0001234"),
            (0.000_01, "1e-05"),
            (0.000_001_5, "1.5e-06"),
            (-9.999e-5, "-9.999e-05"),
            (1.5e-300, "1.5e-300"),
            (5e-324, "5e-324"),
            (123_456_789_012_345.6, "123456789012345.6"),
            (9_007_199_254_740_992.0, "9007199254740992.0"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.234_567_8e16, "1.2345678e+16"),
            (-1e22, "-1e+22"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
            (-f64::NAN, "nan"),
        ];
        for (value, expected) in table {
            assert_eq!(float(value), expected);
        }
    }
}
