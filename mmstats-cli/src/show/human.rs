//! Formats and parses numbers and durations for people: `1.2 ms`, `3.4 k`, `2 h 5 min`.

use std::time::Duration;

/// The steps of a scale: their values and names.
type Scale = [(f64, &'static str)];

const SECONDS: &Scale = &[(1e-9, "ns"), (1e-6, "µs"), (1e-3, "ms"), (1.0, "s")];
const PREFIXES: &Scale =
    &[(1.0, ""), (1e3, " k"), (1e6, " M"), (1e9, " G"), (1e12, " T"), (1e15, " P"), (1e18, " E")];

/// Formats a duration: `850 ns`, `1.2 ms`, `2 min 5 s`, `3 d 4 h`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 if duration.is_zero() => "0 s".into(),
        0..60 => {
            let (digits, unit) = scaled(duration.as_secs_f64(), SECONDS);
            format!("{digits} {unit}")
        }
        60..3_600 => two(seconds, (60, "min"), (1, "s")),
        3_600..86_400 => two(seconds, (3_600, "h"), (60, "min")),
        _ => two(seconds, (86_400, "d"), (3_600, "h")),
    }
}

/// Formats two steps: `2 min 5 s`, or `2 min` if the second is zero.
fn two(seconds: u64, (major, major_unit): (u64, &str), (minor, minor_unit): (u64, &str)) -> String {
    match seconds % major / minor {
        0 => format!("{} {major_unit}", seconds / major),
        rest => format!("{} {major_unit} {rest} {minor_unit}", seconds / major),
    }
}

/// Parses seconds, or a number with a unit: `90`, `500ms`, `1.5s`, `15m`, `2h`, `7d`, `4w`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, f64); 6] =
        [("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3_600.0), ("d", 86_400.0), ("w", 604_800.0)];
    let unit = UNITS.into_iter().find(|(unit, _)| text.ends_with(*unit));
    let (number, seconds) = unit
        .map_or((text, 1.0), |(unit, seconds)| (text.strip_suffix(unit).unwrap_or(text), seconds));
    let number =
        Some(number).filter(|number| number.starts_with(|char: char| char.is_ascii_digit()));
    let parsed = number.and_then(|number| number.parse::<f64>().ok());
    parsed.and_then(|number| Duration::try_from_secs_f64(number * seconds).ok()).ok_or_else(|| {
        "expected seconds, or a number with a unit: `90`, `500ms`, `15m`, `2h`, `7d`".into()
    })
}

/// Parses the time between two looks: more than zero, and less than ten years.
pub(crate) fn parse_interval(text: &str) -> Result<Duration, String> {
    const MOST: Duration = Duration::from_hours(10 * 365 * 24);
    let interval = parse_duration(text)?;
    let fits = !interval.is_zero() && interval < MOST;
    fits.then_some(interval).ok_or_else(|| "expected more than 0, and less than ten years".into())
}

/// Parses the time between two looks of a display; less would keep a processor busy.
pub(crate) fn parse_refresh(text: &str) -> Result<Duration, String> {
    const RANGE: std::ops::RangeInclusive<Duration> =
        Duration::from_millis(50)..=Duration::from_hours(24);
    let interval = parse_duration(text)?;
    let fits = RANGE.contains(&interval);
    fits.then_some(interval).ok_or_else(|| "expected from 50ms to 24h".into())
}

/// Formats any floating-point number with the digits that identify it; in e-notation from 1e21 on,
/// where they would fill a line.
pub(crate) fn float(number: f64) -> String {
    match number {
        number if number.is_nan() => "nan".into(),
        number if number.is_finite() && number.abs() >= HUGE => format!("{number:e}"),
        number => number.to_string(),
    }
}

/// From here on, numbers are in e-notation.
pub(crate) const HUGE: f64 = 1e21;

/// Formats a number with two or three digits: `3.4 k`, `120 M`, `1.8e308`; `None` for numbers
/// that are short already.
pub(crate) fn rounded(number: f64) -> Option<String> {
    if !number.is_finite() || number.abs() < 10_000.0 {
        return None;
    }
    if number.abs() >= HUGE {
        return Some(format!("{number:.1e}"));
    }
    let (digits, prefix) = scaled(number.abs(), PREFIXES);
    let sign = if number < 0.0 { "-" } else { "" };
    Some(format!("{sign}{digits}{prefix}"))
}

/// Formats a rate to about three digits: `120/s`, `3.4 k/s`, `0.25/s`.
pub(crate) fn rate(rate: f64) -> String {
    let decimals = match rate.abs() {
        0.0..9.995 => 2,
        9.995..99.95 => 1,
        _ => 0,
    };
    match rounded(rate) {
        Some(rounded) => format!("{rounded}/s"),
        None if rate != 0.0 && rate.abs() < 0.005 => format!("{rate:.1e}/s"),
        None => {
            let fixed = format!("{rate:.decimals$}");
            let short = match decimals {
                0 => &fixed,
                _ => fixed.trim_end_matches('0').trim_end_matches('.'),
            };
            format!("{short}/s")
        }
    }
}

/// Formats a mean to about four digits: `3.333`, `120.5`, `3.4 M`.
pub(crate) fn mean(number: f64) -> String {
    let small = number != 0.0 && number.abs() < 0.001;
    match rounded(number) {
        Some(rounded) => rounded,
        None if !number.is_finite() => format!("{number:?}").to_lowercase(),
        None if small => format!("{number:.2e}"),
        None => {
            let fixed = format!("{number:.3}");
            fixed.trim_end_matches('0').trim_end_matches('.').into()
        }
    }
}

/// Scales a value to the largest step at which it still rounds to at least one.
fn scaled(value: f64, scale: &Scale) -> (String, &'static str) {
    let fits = |step: &&(f64, &str)| value >= step.0 * 0.9995;
    let &(step, unit) = scale.iter().rev().find(fits).unwrap_or(&scale[0]);
    let value = value / step;
    let decimals = usize::from(value < 9.95 && step > scale[0].0);
    (format!("{value:.decimals$}"), unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (ns, expected) in [
            (0, "0 s"),
            (1, "1 ns"),
            (850, "850 ns"),
            (1_000, "1.0 µs"),
            (12_345, "12 µs"),
            (999_600, "1.0 ms"),
            (1_240_000, "1.2 ms"),
            (9_960_000, "10 ms"),
            (31_000_000_000, "31 s"),
            (59_999_999_999, "60 s"),
            (60_000_000_000, "1 min"),
            (125_000_000_000, "2 min 5 s"),
            (7_512_000_000_000, "2 h 5 min"),
            (273_600_000_000_000, "3 d 4 h"),
        ] {
            assert_eq!(duration(Duration::from_nanos(ns)), expected);
        }
    }

    #[test]
    fn durations_are_parsed() {
        for (text, seconds) in [
            ("90", 90.0),
            ("0.25", 0.25),
            ("500ms", 0.5),
            ("2s", 2.0),
            ("15m", 900.0),
            ("1.5h", 5_400.0),
            ("7d", 604_800.0),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs_f64(seconds)));
        }
        for wrong in ["", "m", "-1", "+1", "1y", "1hh", "1 h", "inf", "nan", "1e300"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn large_numbers_are_rounded() {
        assert_eq!(rounded(9_999.0), None);
        assert_eq!(rounded(f64::NAN), None);
        assert_eq!(rounded(12_345.0).as_deref(), Some("12 k"));
        assert_eq!(rounded(999_999.0).as_deref(), Some("1.0 M"));
        assert_eq!(rounded(-3_400_000.0).as_deref(), Some("-3.4 M"));
        assert_eq!(rounded(18_446_744_073_709_551_615.0).as_deref(), Some("18 E"));
    }

    #[test]
    fn huge_numbers_are_short() {
        assert_eq!(rounded(f64::MAX).as_deref(), Some("1.8e308"));
        assert_eq!(rounded(-2e21).as_deref(), Some("-2.0e21"));
        assert_eq!(mean(f64::MAX), "1.8e308");
        assert_eq!(float(f64::MAX), "1.7976931348623157e308");
        assert_eq!(float(9e20), "900000000000000000000");
        assert_eq!([0.5, f64::NAN, f64::INFINITY].map(float), ["0.5", "nan", "inf"]);
    }

    #[test]
    fn rates_are_short() {
        for (count, seconds, expected) in [
            (0, 3, "0/s"),
            (1, 1, "1/s"),
            (1, 4, "0.25/s"),
            (1, 1000, "1.0e-3/s"),
            (100, 3, "33.3/s"),
            (600, 7, "85.7/s"),
            (1000, 1, "1000/s"),
            (-5, 2, "-2.5/s"),
            (123_456, 10, "12 k/s"),
        ] {
            assert_eq!(rate(f64::from(count) / f64::from(seconds)), expected);
        }
    }

    #[test]
    fn means_are_short() {
        let means = [0.0, 3.0, 10.0 / 3.0, -0.5, 0.000_123_4, 3_400_000.0, f64::NAN];
        let expected = ["0", "3", "3.333", "-0.5", "1.23e-4", "3.4 M", "nan"];
        assert_eq!(means.map(mean), expected);
    }
}
