//! Formats values, rates and histories for the columns of a table.

use std::time::Duration;

use mmstats_core::Scalar;

use super::human;
use super::terminal::escaped;
use crate::top::sample::{Figure, Name, Value};

/// Formats a rate a second in about six columns: `0.25`, `8.1`, `812`, `12 k`.
pub(crate) fn rate(rate: f64) -> String {
    match human::rounded(rate) {
        Some(rounded) => rounded,
        None if rate == 0.0 => "0".into(),
        None if rate > 0.0 && rate < 0.005 => "<0.01".into(),
        None if rate.abs() < 1.0 => format!("{rate:.2}"),
        None if rate.abs() < 10.0 => format!("{rate:.1}"),
        None => format!("{rate:.0}"),
    }
}

/// Formats a count with all its digits, and other numbers rounded.
pub(crate) fn value(name: &Name, figure: &Figure) -> String {
    let number = match &figure.value {
        Value::Counter(count) | Value::Mean { count, .. } => count.to_string(),
        Value::Timer(times) => times.count.to_string(),
        Value::UpDown(count) => count.to_string(),
        Value::Number(Scalar::Float(number)) if f64::from(*number).abs() < human::HUGE => {
            number.to_string()
        }
        Value::Number(Scalar::Double(number)) => human::mean(*number),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => return escaped(text).into(),
        Value::Unknown { kind } => {
            return format!("(of kind {kind}, which this version does not know)");
        }
    };
    // A timer or a mean counts samples, which have no unit.
    match (&figure.value, name.unit.as_str()) {
        (Value::Timer(_) | Value::Mean { .. }, _) | (_, "") => number,
        (_, unit) => format!("{number} {}", escaped(unit)),
    }
}

/// Formats the part of the total that is done; rounded down, so that 100 % means all.
pub(crate) fn percent(done: f64, total: f64) -> String {
    let percent = (done / total * 100.0).floor();
    format!("{percent} %")
}

/// Formats how many tasks run, and for how long the oldest does.
pub(crate) fn running(running: u64, running_for: Option<Duration>, is_dead: bool) -> String {
    match running_for {
        Some(age) if !is_dead => format!("{running} for {}", human::duration(age)),
        // The time of death is unknown.
        Some(age) => format!("{running} at death, begun {} ago", human::duration(age)),
        None => String::new(),
    }
}

const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Draws points as bars, the latest at the right end. The bars of rates begin at zero, which is
/// blank; those of values at the least value.
pub(crate) fn sparkline(
    points: impl Iterator<Item = f64> + Clone,
    columns: usize,
    from_zero: bool,
) -> String {
    let finite = points.clone().filter(|point| point.is_finite());
    let most = finite.clone().fold(f64::NEG_INFINITY, f64::max);
    let least = finite.fold(f64::INFINITY, f64::min);
    let least = if from_zero { least.min(0.0) } else { least };
    let bars: String = points.map(|point| bar(point, least, most, from_zero)).collect();
    format!("{bars:>columns$}")
}

fn bar(point: f64, least: f64, most: f64, from_zero: bool) -> char {
    if !point.is_finite() || (from_zero && point == 0.0) {
        return ' ';
    }
    let range = most - least;
    let height = if range > 0.0 { (point - least) / range } else { 0.5 };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 7, and saturates"
    )]
    let step = (height * 7.0).round() as usize;
    STEPS[step.min(7)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_short() {
        let rates = [0.0, 0.001, 0.25, 8.13, 811.7, 12_345.0, -3.0, -20_000.0];
        let expected = ["0", "<0.01", "0.25", "8.1", "812", "12 k", "-3.0", "-20 k"];
        assert_eq!(rates.map(rate), expected);
    }

    #[test]
    fn rates_stand_on_zero_and_values_on_the_least() {
        let points = [0.0, 1.0, 3.5, 7.0];
        assert_eq!(sparkline(points.into_iter(), 6, true), "   ▂▅█");
        let points = [100.0, 101.0, 107.0];
        assert_eq!(sparkline(points.into_iter(), 3, false), "▁▂█");
        assert_eq!(sparkline([5.0, 5.0].into_iter(), 2, false), "▅▅");
        assert_eq!(sparkline([f64::NAN, 5.0].into_iter(), 2, true), " █");
        assert_eq!(sparkline(std::iter::empty(), 2, true), "  ");
    }
}
