//! The progress of a job, and an estimate of the time left.

use std::time::Duration;

use mmstats_core::{Role, Snapshot, Stat};

/// The progress of a job, by the statistics that it has for this: a counter `done`, a constant
/// `total`, and a constant `done_before` if it continues an earlier run.
///
/// Everything comes from one snapshot, so that all tools show the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Progress {
    pub(crate) done: f64,
    pub(crate) total: f64,
    /// The time that is left at the mean rate of this run, rounded; `None` if nothing was done yet,
    /// more than the total is done, or the writer has ended.
    pub(crate) left: Option<Duration>,
}

impl Progress {
    /// Returns the progress of the first job in the file, if there is one.
    pub(crate) fn of(snapshot: &Snapshot) -> Option<Self> {
        let is_done = |stat: &Stat<'_>| {
            stat.value().summary().role == Role::Counter
                && stat.name().rsplit('.').next() == Some("done")
        };
        let stat = snapshot.stats().find(is_done)?;
        let prefix = stat.name().strip_suffix("done")?;
        let constant = |name: &str| {
            let mut all = snapshot.stats();
            let found = all.find(|stat| {
                stat.value().summary().role == Role::Constant
                    && stat.name().strip_prefix(prefix) == Some(name)
            });
            found?.value().as_f64()
        };
        let total = constant("total").filter(|total| *total > 0.0)?;
        let done_now = stat.value().as_f64()?;
        let done = done_now + constant("done_before").unwrap_or(0.0);
        let age = snapshot.age().filter(|_| !snapshot.state().has_ended());
        // More than the total is done where it was an estimate, and nobody knows what is left.
        let left = age.filter(|_| done <= total).and_then(|age| {
            let seconds = (total - done) * age.as_secs_f64() / done_now;
            Duration::try_from_secs_f64(seconds).ok()
        });
        Some(Self { done, total, left: left.map(rounded) })
    }

    /// Returns the part that is done, from 0 to 1.
    pub(crate) fn part(&self) -> f64 {
        (self.done / self.total).clamp(0.0, 1.0)
    }
}

/// Rounds up, the more the longer it is: nobody needs to know to the second what is an hour away.
fn rounded(left: Duration) -> Duration {
    let step = match left.as_secs() {
        0..20 => 1,
        20..120 => 5,
        120..600 => 30,
        600..3_600 => 60,
        3_600..36_000 => 300,
        36_000..172_800 => 3_600,
        _ => 86_400,
    };
    let seconds = left.as_secs_f64() / Duration::from_secs(step).as_secs_f64();
    Duration::try_from_secs_f64(seconds.ceil() * Duration::from_secs(step).as_secs_f64())
        .unwrap_or(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_rounded_up_the_more_the_longer_it_is() {
        let cases =
            [(0.2, 1), (19.0, 19), (61.0, 65), (125.0, 150), (700.0, 720), (4_000.0, 4_200)];
        for (left, expected) in cases {
            assert_eq!(rounded(Duration::from_secs_f64(left)), Duration::from_secs(expected));
        }
    }
}
