//! Values, rates, progress and histories, as every tool shows them.

use std::time::{Duration, SystemTime};

use mmstats_core::{Headline, Running, Samples, Scalar, Snapshot, State, Summary, Work};

use super::human;
use super::terminal::escaped;
use crate::watch::figure::Figure;

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

/// Returns all digits of a count, since progress is to be exact; other numbers are short.
pub(crate) fn value(figure: &Figure<'_>) -> String {
    headline(&figure.summary(), figure.stat.unit())
}

/// Does the same as [`value`] for any summary, with its unit.
pub(crate) fn headline(summary: &Summary<'_>, unit: &str) -> String {
    if let Some(work) = summary.progress {
        return in_unit(&done(work), unit);
    }
    match (&summary.headline, &summary.samples) {
        // The number of samples is not measured in anything.
        (_, Some(samples)) => samples.count.to_string(),
        (Headline::Text(text), _) => escaped(text).into_owned(),
        (Headline::Number(Scalar::Double(number)), _) => in_unit(&human::mean(*number), unit),
        (Headline::Number(Scalar::Float(number)), _) if f64::from(*number).abs() < human::HUGE => {
            in_unit(&number.to_string(), unit)
        }
        (Headline::Number(number), _) => in_unit(&number.to_string(), unit),
        (Headline::Unknown(_), _) => summary.headline.to_string(),
    }
}

/// Returns the value in all forms, from all digits to three of them without a unit, for columns that
/// may be too narrow; `None` for a text, which may be cut.
pub(crate) fn number(figure: &Figure<'_>) -> Option<Vec<String>> {
    let summary = figure.summary();
    let number = summary.headline.number()?;
    let mut forms = vec![value(figure)];
    if let Some(percent) = summary.progress.and_then(percent) {
        forms.push(percent);
        return Some(forms);
    }
    if let Some(count) = summary.count.filter(|_| summary.samples.is_some()) {
        forms.extend(human::rounded(Scalar::Integer(count).as_f64()));
    } else {
        let short = human::rounded(number.as_f64()).unwrap_or_else(|| number.to_string());
        forms.extend([with_unit(&short, figure), short]);
    }
    Some(forms)
}

/// Appends the unit of a statistic, if it has one.
pub(crate) fn with_unit(number: &str, figure: &Figure<'_>) -> String {
    in_unit(number, figure.stat.unit())
}

fn in_unit(number: &str, unit: &str) -> String {
    match unit {
        "" => number.into(),
        unit => format!("{number} {}", escaped(unit)),
    }
}

/// Formats a sample, a mean or a quantile of a statistic, in its unit.
pub(crate) fn sample(figure: &Figure<'_>, number: f64) -> String {
    sample_of(&figure.summary(), figure.stat.unit(), number)
}

/// Does the same as [`sample`] for any summary, with its unit.
pub(crate) fn sample_of(summary: &Summary<'_>, unit: &str, number: f64) -> String {
    match Duration::try_from_secs_f64(number) {
        Ok(duration) if summary.unit == Some("s") => human::duration(duration),
        _ => in_unit(&human::mean(number), unit),
    }
}

/// Formats the mean of the latest samples or of all, or their range if their kind keeps no mean;
/// `None` if there are no samples.
pub(crate) fn mean_or_range(
    summary: &Summary<'_>,
    unit: &str,
    samples: &Samples<'_>,
) -> Option<String> {
    let sample = |number| sample_of(summary, unit, number);
    let mean = samples.mean.or(samples.recent_mean).map(sample);
    let range = || Some(format!("{} – {}", sample(samples.min?), sample(samples.max?)));
    mean.or_else(range).filter(|_| samples.count > 0)
}

/// Formats how much of the total is done, if that is known: never 100 % before it is.
pub(crate) fn percent(work: &Work) -> Option<String> {
    // In integers: 999,999,999 of 1,000,000,000 is 99 %.
    let percent = u128::from(work.done_in_all()) * 100 / u128::from(work.total()?);
    Some(format!("{percent} %"))
}

/// Formats the time that is left, if it is known.
pub(crate) fn left(work: &Work) -> Option<String> {
    let left = work.left().filter(|left| !left.is_zero())?;
    Some(format!("{} left", human::duration(left)))
}

/// Formats what is done, and of how many.
pub(crate) fn done(work: &Work) -> String {
    match work.total() {
        Some(total) => format!("{} of {total}", work.done_in_all()),
        None => work.done_in_all().to_string(),
    }
}

/// Formats progress in one line, with a bar.
pub(crate) fn progress(work: &Work) -> String {
    progress_pieces(work).collect::<Vec<_>>().join("  ")
}

/// Returns the pieces of the line, the most important first.
pub(crate) fn progress_pieces(work: &Work) -> impl Iterator<Item = String> {
    let pieces = [percent(work), bar_of(work, 30), Some(done(work)), left(work)];
    pieces.into_iter().flatten()
}

/// Draws the part that is done, if the total is known.
pub(crate) fn bar_of(work: &Work, columns: usize) -> Option<String> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "0 to the width of the bar"
    )]
    let full = (work.part()? * columns as f64) as usize;
    Some(format!("{}{}", "█".repeat(full), "░".repeat(columns - full)))
}

/// Formats how many are running, and for how long.
pub(crate) fn running(running: &Running, snapshot: &Snapshot, now: SystemTime) -> String {
    let (count, age) = (running.count, running.mean_age);
    match snapshot.state() {
        // When it died is not known: only when this was started. The snapshot may be an old one,
        // since the file does not change any more.
        State::Dead => {
            let since = now.duration_since(snapshot.taken()).unwrap_or_default();
            format!("{count} when it died, started {} ago", human::duration(age + since))
        }
        _ => format!("{count} for {}", human::duration(age)),
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
    use mmstats_core::{Mean, Value};

    use super::*;

    #[test]
    fn rates_are_short() {
        let rates = [0.0, 0.001, 0.25, 8.13, 811.7, 12_345.0, -3.0, -20_000.0];
        let expected = ["0", "<0.01", "0.25", "8.1", "812", "12 k", "-3.0", "-20 k"];
        assert_eq!(rates.map(rate), expected);
    }

    #[test]
    fn samples_without_a_mean_show_their_range() {
        let average = Value::Average(Mean::default());
        let summary = average.summary();
        let mut samples = Samples::default();
        assert_eq!(mean_or_range(&summary, "EUR", &samples), None);
        (samples.count, samples.min, samples.max) = (2, Some(2.5), Some(40.0));
        assert_eq!(mean_or_range(&summary, "EUR", &samples).unwrap(), "2.5 EUR – 40 EUR");
        samples.mean = Some(7.0);
        assert_eq!(mean_or_range(&summary, "EUR", &samples).unwrap(), "7 EUR");
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
