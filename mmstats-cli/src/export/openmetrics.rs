//! The text formats of Prometheus (0.0.4) and OpenMetrics (1.0).
//!
//! Source: the OpenMetrics specification 1.0.0, and Prometheus' "Exposition formats".

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::UNIX_EPOCH;

use mmstats_core::Scalar;

use super::families::{Distribution, Families, Family, Labels, Points, Series, Type};

/// Returns all families as text: that of OpenMetrics if it is `open`.
pub(super) fn text(families: &Families, open: bool) -> String {
    let mut text = String::new();
    for (name, family) in families.iter() {
        family.print(name, open, &mut text);
    }
    if open {
        text.push_str("# EOF\n");
    }
    text
}

impl Family {
    fn print(&self, name: &str, open: bool, text: &mut String) {
        let (kind, suffix) = match self.kind {
            Type::Counter => ("counter", "_total"),
            Type::Gauge => ("gauge", ""),
            Type::Summary => ("summary", ""),
            Type::Histogram => ("histogram", ""),
            Type::Info if open => ("info", "_info"),
            Type::Info => ("gauge", "_info"),
            Type::Unknown if open => ("unknown", ""),
            Type::Unknown => ("untyped", ""),
        };
        // Prometheus names the lines, OpenMetrics the family.
        let family = if open { name.to_owned() } else { format!("{name}{suffix}") };
        if !self.help.is_empty() {
            let _ = writeln!(text, "# HELP {family} {}", escaped(&self.help, open));
        }
        let _ = writeln!(text, "# TYPE {family} {kind}");
        if open && !self.unit.is_empty() {
            let _ = writeln!(text, "# UNIT {family} {}", self.unit);
        }
        for series in &self.series {
            let labels = printed(&series.labels);
            series.print(name, suffix, &labels, text);
            let has_created = matches!(self.kind, Type::Counter | Type::Summary | Type::Histogram);
            if let (true, true, Some(created)) = (open, has_created, series.created) {
                let since = created.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
                line(text, &format!("{name}_created"), &labels, "", &float(since));
            }
        }
    }
}

impl Series {
    fn print(&self, name: &str, suffix: &str, labels: &str, text: &mut String) {
        match &self.points {
            Points::Number(number, factor) => {
                line(text, &format!("{name}{suffix}"), labels, "", &scaled(*number, *factor));
            }
            Points::Samples(Distribution { count, sum, below, .. }) => {
                let bucket = format!("{name}_bucket");
                for (bound, count) in below {
                    let bound = format!("le=\"{}\"", float(*bound));
                    line(text, &bucket, labels, &bound, &count.to_string());
                }
                line(text, &format!("{name}_count"), labels, "", &count.to_string());
                line(text, &format!("{name}_sum"), labels, "", &float(*sum));
            }
        }
    }
}

fn line(text: &mut String, name: &str, labels: &str, last: &str, value: &str) {
    let comma = if labels.is_empty() || last.is_empty() { "" } else { "," };
    let _ = if labels.is_empty() && last.is_empty() {
        writeln!(text, "{name} {value}")
    } else {
        writeln!(text, "{name}{{{labels}{comma}{last}}} {value}")
    };
}

fn printed(labels: &Labels) -> String {
    let labels = labels.0.iter().map(|(key, value)| format!("{key}=\"{}\"", escaped(value, true)));
    labels.collect::<Vec<_>>().join(",")
}

/// Escapes a help text or the value of a label.
fn escaped(text: &str, quotes: bool) -> Cow<'_, str> {
    if !text.contains(['\\', '\n', '"', '\r']) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        match char {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '"' if quotes => escaped.push_str("\\\""),
            other => escaped.push(other),
        }
    }
    escaped.into()
}

fn scaled(number: Scalar, factor: f64) -> String {
    match (number.as_bool(), number.as_integer()) {
        (Some(truth), _) => u8::from(truth).to_string(),
        (None, Some(integer)) if factor.to_bits() == 1_f64.to_bits() => integer.to_string(),
        _ => float(number.as_f64() * factor),
    }
}

/// Formats a number as Go does.
fn float(number: f64) -> String {
    if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        if number > 0.0 { "+Inf".into() } else { "-Inf".into() }
    } else {
        format!("{number:?}")
    }
}
