#![forbid(unsafe_code)]

use std::time::Duration;

/// The window of [`Work::recent_rate`].
const MINUTE_NS: u64 = 60_000_000_000;
/// The least window of [`Work::left`].
const LEAST_NS: u64 = 3 * MINUTE_NS;

/// How far a job has come: the value of a [`Progress`](super::Progress).
///
/// Items of earlier runs count as part of the job, and in no rate.
///
/// # Examples
/// ```
/// use mmstats::Work;
/// use std::time::Duration;
///
/// // 20 of 100 were done before; this run did 40 in 90 seconds.
/// let work = Work::in_progress(20, 40, 100, Some(Duration::from_secs(90)));
/// assert_eq!((work.done(), work.done_in_all(), work.part()), (40, 60, Some(0.6)));
/// assert_eq!(work.left(), Some(Duration::from_secs(90)));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Work {
    /// What was set, if it is not 0; otherwise what was found.
    total: u64,
    expected: u64,
    done_before: u64,
    /// Of each lane in which something was started.
    paces: Vec<Pace>,
    /// The writer's clock; 0 if it is not known.
    now_ns: u64,
    has_ended: bool,
    torn: bool,
}

/// When one lane did its items.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Pace {
    done: u64,
    started_ns: u64,
    last_at_ns: u64,
    /// In order, without what a file cannot have meant.
    points: Vec<Point>,
}

/// How many items were done at some time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) at_ns: u64,
    pub(super) done: u64,
}

impl Work {
    pub(super) fn new(total: u64, expected: u64, done_before: u64, pace: Pace) -> Self {
        let paces = Some(pace).filter(|pace| pace.done != 0 || pace.started_ns != 0);
        let paces = paces.into_iter().collect();
        Self { total, expected, done_before, paces, now_ns: 0, has_ended: false, torn: false }
    }

    /// Describes a job that other statistics count: it has been running for `elapsed`, if that is
    /// known, and did `done` of its `total` items in addition to those `done_before`.
    pub fn in_progress(done_before: u64, done: u64, total: u64, elapsed: Option<Duration>) -> Self {
        let elapsed_ns =
            elapsed.map_or(0, |elapsed| u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX));
        let now_ns = elapsed_ns.saturating_add(1);
        Self::new(total, 0, done_before, Pace::new(done, 1, now_ns, [])).at(now_ns)
    }

    /// Returns how many items were done in this run.
    pub fn done(&self) -> u64 {
        self.paces.iter().fold(0, |sum, pace| sum.wrapping_add(pace.done))
    }

    /// Returns whether a thread was writing it all the time, so that its parts may not belong
    /// together.
    pub fn is_torn(&self) -> bool {
        self.torn
    }

    /// Returns how many items earlier runs did.
    pub fn done_before(&self) -> u64 {
        self.done_before
    }

    /// Returns how many items were done in this run and in earlier ones.
    pub fn done_in_all(&self) -> u64 {
        self.done_before.saturating_add(self.done())
    }

    /// Returns how many items there are; `None` if that is not known.
    pub fn total(&self) -> Option<u64> {
        [self.total, self.expected].into_iter().find(|total| *total > 0)
    }

    /// Returns the part that is done, from 0 to 1; `None` if the total is not known.
    #[expect(clippy::cast_precision_loss, reason = "a part is not exact")]
    pub fn part(&self) -> Option<f64> {
        let total = self.total()? as f64;
        Some((self.done_in_all() as f64 / total).min(1.0))
    }

    /// Returns the items a second since the start; `None` if nothing was started.
    ///
    /// Here and below, the time of a job that is complete, or whose writer ended, is that until its
    /// last item.
    pub fn rate(&self) -> Option<f64> {
        self.rate_over(u64::MAX)
    }

    /// Returns the items a second over the last minute, or since the start if that was later.
    pub fn recent_rate(&self) -> Option<f64> {
        self.rate_over(MINUTE_NS)
    }

    /// Returns how long the job has been running.
    pub fn elapsed(&self) -> Option<Duration> {
        self.elapsed_ns().map(Duration::from_nanos)
    }

    /// Returns an estimate of the time left.
    ///
    /// It looks back as far as it looks ahead, at least for three minutes: what happened in the last
    /// minute says little about the next hour, and the rate of yesterday little about the next
    /// minute. So it stays for a job of steady rate, however uneven its items, and follows one that
    /// became slower or faster.
    ///
    /// It is rounded up, the more the longer it is. `None` if the total is not known, more is done
    /// than that, nothing was done yet, or the writer has ended.
    pub fn left(&self) -> Option<Duration> {
        let left = self.total()?.checked_sub(self.done_in_all())?;
        let recent_rate = self.recent_rate().filter(|_| !self.has_ended)?;
        if left == 0 {
            return Some(Duration::ZERO);
        }
        #[expect(clippy::cast_precision_loss, reason = "an estimate is not exact")]
        let seconds = |rate: f64| left as f64 / rate;
        let first = seconds(recent_rate);
        // A minute without an item says nothing: look at all of the time.
        let window = Duration::try_from_secs_f64(first).map_or(u64::MAX, |first| {
            u64::try_from(first.as_nanos()).unwrap_or(u64::MAX).max(LEAST_NS)
        });
        Duration::try_from_secs_f64(seconds(self.rate_over(window)?)).ok().map(rounded)
    }

    /// Returns the progress of both.
    #[must_use]
    pub fn merged(mut self, other: Self) -> Self {
        self.total = self.total.saturating_add(other.total);
        self.expected = self.expected.saturating_add(other.expected);
        self.done_before = self.done_before.saturating_add(other.done_before);
        self.paces.extend(other.paces);
        self.now_ns = self.now_ns.max(other.now_ns);
        self.has_ended &= other.has_ended;
        self.torn |= other.torn;
        self
    }

    /// Returns what was done since then: a count without a total.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let done = self.done();
        let done = done.checked_sub(earlier.done()).unwrap_or(done);
        let torn = self.torn || earlier.torn;
        Self { torn, ..Self::new(0, 0, 0, Pace { done, ..Pace::default() }) }
    }

    #[must_use]
    pub(super) fn torn(self, torn: bool) -> Self {
        Self { torn, ..self }
    }

    pub(super) fn last_at_ns(&self) -> u64 {
        self.paces.iter().map(|pace| pace.last_at_ns).max().unwrap_or(0)
    }

    #[must_use]
    pub(super) fn at(mut self, now_ns: u64) -> Self {
        self.set_now_ns(now_ns);
        self
    }

    /// While nothing was started, the time means nothing, and would make equal values differ.
    pub(super) fn set_now_ns(&mut self, now_ns: u64) {
        if !self.paces.is_empty() {
            self.now_ns = now_ns;
        }
    }

    pub(super) fn set_ended(&mut self) {
        self.has_ended = true;
    }

    fn is_complete(&self) -> bool {
        self.total().is_some_and(|total| self.done_in_all() >= total)
    }

    /// Returns the end of the time that counts.
    fn end_ns(&self) -> u64 {
        let last_ns = self.last_at_ns();
        let is_over = last_ns != 0 && (self.has_ended || self.is_complete());
        if is_over { self.now_ns.min(last_ns) } else { self.now_ns }
    }

    fn elapsed_ns(&self) -> Option<u64> {
        let started = self.paces.iter().map(|pace| pace.started_ns).filter(|ns| *ns != 0).min()?;
        self.end_ns().checked_sub(started).filter(|elapsed| *elapsed > 0)
    }

    /// Returns the items a second over the last `window_ns`, or since the start.
    #[expect(clippy::cast_precision_loss, reason = "a rate is not exact")]
    fn rate_over(&self, window_ns: u64) -> Option<f64> {
        let window_ns = window_ns.min(self.elapsed_ns()?);
        let end_ns = self.end_ns();
        let from_ns = end_ns - window_ns;
        let done = |pace: &Pace| pace.done as f64 - pace.done_at(from_ns, end_ns);
        let done: f64 = self.paces.iter().map(done).sum();
        Some(done * 1e9 / window_ns as f64)
    }
}

impl Pace {
    /// Takes points in any order. Those that are not set, or that the count or the clock has fallen
    /// behind, are left out.
    pub(super) fn new(
        done: u64,
        started_ns: u64,
        last_at_ns: u64,
        points: impl IntoIterator<Item = Point>,
    ) -> Self {
        let is_within = |point: &Point| point.at_ns > started_ns && point.done <= done;
        let mut points: Vec<Point> = points.into_iter().filter(is_within).collect();
        points.sort_by_key(|point| (point.at_ns, point.done));
        let mut most = 0;
        points.retain(|point| {
            most = most.max(point.done);
            point.done == most
        });
        points.dedup_by_key(|point| point.at_ns);
        Self { done, started_ns, last_at_ns, points }
    }

    /// Returns how many items were done at a time until now, as if each distance of two points had
    /// been covered evenly.
    #[expect(clippy::cast_precision_loss, reason = "an interpolation is not exact")]
    fn done_at(&self, at_ns: u64, now_ns: u64) -> f64 {
        if at_ns <= self.started_ns {
            return 0.0;
        }
        let start = Point { at_ns: self.started_ns, done: 0 };
        let end = Point { at_ns: now_ns, done: self.done };
        let points = self.points.iter().copied().filter(|point| point.at_ns < now_ns);
        let mut before = start;
        for after in points.chain([end]) {
            if at_ns <= after.at_ns {
                let way = (at_ns - before.at_ns) as f64 / (after.at_ns - before.at_ns) as f64;
                return before.done as f64 + (after.done - before.done) as f64 * way;
            }
            before = after;
        }
        self.done as f64
    }
}

/// Rounds up, the more the longer it is: nobody needs to know to the second what is an hour away.
fn rounded(left: Duration) -> Duration {
    let step = match left.as_secs() {
        0..20 => 1,
        20..120 => 5,
        120..300 => 15,
        300..600 => 30,
        600..1_800 => 120,
        1_800..3_600 => 300,
        3_600..10_800 => 600,
        10_800..36_000 => 1_800,
        36_000..172_800 => 3_600,
        _ => 86_400,
    };
    let seconds = (left.as_secs_f64() / f64::from(step)).ceil() * f64::from(step);
    Duration::try_from_secs_f64(seconds).unwrap_or(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn the_time_left_is_rounded_up_the_more_the_longer_it_is() {
        let cases =
            [(0.2, 1), (19.0, 19), (61.0, 65), (125.0, 135), (700.0, 720), (4_000.0, 4_200)];
        for (left, expected) in cases {
            assert_eq!(rounded(Duration::from_secs_f64(left)), Duration::from_secs(expected));
        }
    }

    #[test]
    fn rates_are_those_of_the_start_and_of_the_last_minute() {
        // 1 a second for 100 s, and then 3 a second for 300 s.
        let points = [Point { at_ns: 101 * SECOND, done: 100 }];
        let work = Work::new(1_120, 0, 0, Pace::new(1_000, SECOND, 401 * SECOND, points));
        let work = work.at(401 * SECOND);
        assert_eq!((work.rate(), work.recent_rate()), (Some(2.5), Some(3.0)));
        assert_eq!(work.left(), Some(Duration::from_secs(40)));
        // Another lane that began 30 s ago, and did 2 a second.
        let both = work.merged(Work::new(0, 0, 0, Pace::new(60, 371 * SECOND, 401 * SECOND, [])));
        assert_eq!((both.rate(), both.recent_rate()), (Some(1_060.0 / 400.0), Some(4.0)));
    }

    #[test]
    fn bad_totals_and_counts_have_no_estimate() {
        let work = |total, done_before, done| {
            Work::new(total, 0, done_before, Pace::new(done, 1, 11 * SECOND, [])).at(11 * SECOND)
        };
        assert_eq!(
            (work(0, 0, 5).total(), work(0, 0, 5).part(), work(0, 0, 5).left()),
            (None, None, None)
        );
        assert_eq!((work(4, 0, 5).part(), work(4, 0, 5).left()), (Some(1.0), None));
        assert_eq!((work(4, 0, 4).part(), work(4, 0, 4).left()), (Some(1.0), Some(Duration::ZERO)));
        assert_eq!((work(4, 0, 0).part(), work(4, 0, 0).left()), (Some(0.0), None));
        let huge = work(u64::MAX, u64::MAX, u64::MAX);
        assert_eq!((huge.done_in_all(), huge.part()), (u64::MAX, Some(1.0)));
        let _ = huge.clone().merged(huge).left();
        assert_eq!(Work::default().rate(), None);
    }

    #[test]
    fn points_that_cannot_be_are_left_out() {
        let point = |at_ns, done| Point { at_ns, done };
        let points = [
            point(50, 40),
            point(0, 0),
            point(30, 90),
            point(20, 30),
            point(40, 10),
            point(50, 40),
        ];
        let pace = Pace::new(60, 10, 70, points);
        assert_eq!(pace.points, [point(20, 30), point(50, 40)]);
        assert_eq!((pace.done_at(35, 70), pace.done_at(60, 70)), (35.0, 50.0));
        assert_eq!((pace.done_at(5, 70), pace.done_at(80, 70)), (0.0, 60.0));
        // A clock that was set back, and a start in the future.
        let _ = Work::new(100, 0, 0, pace).at(15).left();
        let work = Work::new(100, 0, 0, Pace::new(60, u64::MAX, 0, [])).at(15);
        assert_eq!((work.rate(), work.left()), (None, None));
    }
}
