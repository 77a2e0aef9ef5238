//! Ranges of thresholds, as defined by the Monitoring Plugins' guidelines.

use std::fmt;
use std::str::FromStr;

/// The range in which a value should be, or with `@` should not be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Range {
    start: f64,
    end: f64,
    /// Whether values inside alarm, rather than those outside.
    inside: bool,
    text: String,
}

impl Range {
    /// Returns whether this value alarms.
    pub(crate) fn alarms(&self, value: f64) -> bool {
        (self.start <= value && value <= self.end) == self.inside
    }

    /// Formats where values alarm: `outside 10:20`.
    pub(crate) fn place(&self) -> String {
        let start = if self.start.is_finite() { self.start.to_string() } else { "~".into() };
        let end = if self.end.is_finite() { self.end.to_string() } else { String::new() };
        format!("{} {start}:{end}", if self.inside { "inside" } else { "outside" })
    }
}

/// Formats as the user wrote it.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Range {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || "expected a range: `10`, `10:`, `~:10`, `10:20` or `@10:20`".to_owned();
        let (inside, bounds) = match text.strip_prefix('@') {
            Some(bounds) => (true, bounds),
            None => (false, text),
        };
        let (start, end) = match bounds.split_once(':') {
            Some(("", "")) => None,
            Some((start, "")) => Some((start_of(start), Some(f64::INFINITY))),
            Some((start, end)) => Some((start_of(start), number(end))),
            None => Some((Some(0.0), number(bounds))),
        }
        .ok_or_else(expected)?;
        let (start, end) = start.zip(end).ok_or_else(expected)?;
        if start > end {
            return Err("the start of a range cannot be above its end".into());
        }
        Ok(Self { start, end, inside, text: text.into() })
    }
}

fn start_of(text: &str) -> Option<f64> {
    match text {
        "~" => Some(f64::NEG_INFINITY),
        "" => Some(0.0),
        other => number(other),
    }
}

/// Parses a decimal number, but nothing else that Rust or C take for one.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|char| char.is_ascii_digit() || char == b'.');
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns those of -1, 0, 5, 10, 15, 20 and 25 that alarm.
    fn alarms(range: &str) -> Vec<i32> {
        let range: Range = range.parse().unwrap();
        let values = [-1, 0, 5, 10, 15, 20, 25].into_iter();
        values.filter(|value| range.alarms(f64::from(*value))).collect()
    }

    #[test]
    fn the_examples_of_the_guidelines() {
        assert_eq!(alarms("10"), [-1, 15, 20, 25]);
        assert_eq!(alarms("10:"), [-1, 0, 5]);
        assert_eq!(alarms("~:10"), [15, 20, 25]);
        assert_eq!(alarms("10:20"), [-1, 0, 5, 25]);
        assert_eq!(alarms("@10:20"), [10, 15, 20]);
        assert_eq!(alarms("@10"), [0, 5, 10]);
        assert_eq!(alarms(":10"), alarms("10"));
        assert_eq!(alarms("-1:0"), [5, 10, 15, 20, 25]);
        assert_eq!(alarms("0.5:9.5"), [-1, 0, 10, 15, 20, 25]);
    }

    #[test]
    fn where_it_alarms_is_said() {
        let place = |range: &str| range.parse::<Range>().unwrap().place();
        assert_eq!(place("10"), "outside 0:10");
        assert_eq!(place("~:0.5"), "outside ~:0.5");
        assert_eq!(place("@10:"), "inside 10:");
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for wrong in
            ["", ":", "@", "~", "20:10", "a", "1:2:3", "1e3", "inf", "+1", "10:~", "0x1", "1 2"]
        {
            assert!(wrong.parse::<Range>().is_err(), "{wrong}");
        }
    }
}
