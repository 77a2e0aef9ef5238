use std::fmt;
use std::mem::offset_of;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::readable::word;
use super::ring::slot;
use super::work::{Pace, Point};
use super::{
    Creation, Initial, OneWriter, Part, Readable, Role, Sealed, Stamped, Statistic, Summary, Work,
    atomics,
};
use crate::clock;
use crate::schema::{Merge, ScalarType, Shape};
use crate::seqlock::{SeqLock, is_torn};

/// The least distance of two marks.
const MARK_EVERY_NS: u64 = 10_000_000_000;
/// Level `k` keeps the last four marks whose numbers are multiples of 2ᵏ: the older, the fewer.
const LEVELS: usize = 9;
const KEPT: usize = 4;
/// A job that finishes as many items in less than [`SLOW_NS`] reads the clock only once for them.
const STRIDE: u64 = 16;
const SLOW_NS: u64 = 1_000_000_000;

/// The progress of a job: how many items are done, and of how many.
///
/// Readers show a bar, the rate since the start and over the last minute, and an estimate of the
/// time left. The total is known at creation (`#[mmstats(initial = 20_000)]`), set later by
/// [`set_total`](Self::set_total), or found by [`over`](Self::over). Without one, readers show the
/// count and its rates.
///
/// Readers add up the threads: set the total on one thread, or on each thread the part that is its
/// own.
///
/// # Examples
/// ```
/// use mmstats::{MmStats, Progress};
///
/// #[derive(MmStats)]
/// struct Job {
///     users: Progress,
/// }
///
/// # let directory = tempfile::tempdir()?;
/// let stats = Job::builder().directory(&directory).create()?;
/// for user in stats.users.over(["liz", "rob", "zoë"]) {
///     println!("{user}"); // counted when it is finished
/// }
/// let users = stats.total(|job| &job.users);
/// assert_eq!((users.done(), users.total()), (3, Some(3)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
#[repr(C)]
pub struct Progress {
    lock: SeqLock,
    done: AtomicU64,
    total: AtomicU64,
    expected: AtomicU64,
    done_before: AtomicU64,
    started_ns: AtomicU64,
    last_at_ns: AtomicU64,
    /// The clock is read when as many items are done.
    look_at: AtomicU64,
    mark_count: AtomicU64,
    marks: [[Mark; KEPT]; LEVELS],
    one_writer: OneWriter,
}

/// How many items were done at some time.
#[derive(Debug, Default)]
#[repr(C)]
struct Mark {
    at_ns: AtomicU64,
    done: AtomicU64,
}

atomics!(Mark { at_ns, done });

atomics!(Progress {
    lock,
    done,
    total,
    expected,
    done_before,
    started_ns,
    last_at_ns,
    look_at,
    mark_count,
    marks,
    one_writer
});

// Relaxed throughout: the lock orders what belongs together, and a count stands for itself.
impl Progress {
    /// Counts an item as done.
    ///
    /// This is a load, an add, a store and a comparison. Every 16 items, or with each item that
    /// takes long, it also reads the clock.
    #[inline]
    pub fn inc(&self) {
        self.add(1);
    }

    /// Counts `n` items as done. As cheap as [`inc`](Self::inc).
    #[inline]
    pub fn add(&self, n: u64) {
        let done = self.done.load(Relaxed).wrapping_add(n);
        self.done.store(done, Relaxed);
        if done >= self.look_at.load(Relaxed) {
            self.look();
        }
    }

    /// Sets how many items there are, those of earlier runs included. Zero stands for not known.
    ///
    /// This prevails over what [`over`](Self::over) finds. The first call starts the clock, if
    /// nothing else did.
    pub fn set_total(&self, total: u64) {
        self.start();
        self.total.store(total, Relaxed);
    }

    /// Sets how many items earlier runs of the job did, which this one continues. They are part of
    /// the total, and of no rate.
    ///
    /// ```
    /// let rows = mmstats::Progress::default();
    /// rows.set_total(100);
    /// rows.set_done_before(20);
    /// rows.inc();
    /// assert_eq!(rows.local().part(), Some(0.21));
    /// ```
    pub fn set_done_before(&self, done_before: u64) {
        self.done_before.store(done_before, Relaxed);
    }

    /// Starts again from zero, in the calling thread's [lane](crate::Mapped#lanes): the next run of
    /// the same job, or the inner one of two loops. A total that was set stays.
    /// ```
    /// use mmstats::Progress;
    ///
    /// let (pages, rows) = (Progress::default(), Progress::default());
    /// for page in pages.over([10, 20]) {
    ///     rows.restart();
    ///     for _ in rows.over(0..page) {}
    /// }
    /// assert_eq!((pages.local().total(), rows.local().total()), (Some(2), Some(20)));
    /// ```
    pub fn restart(&self) {
        let now_ns = clock::now_ns();
        self.lock.write(|| {
            for zero in [&self.done, &self.expected, &self.done_before, &self.look_at] {
                zero.store(0, Relaxed);
            }
            self.begin(now_ns);
        });
    }

    /// Counts the items of an iterator: each when the next one is requested, so an item that the
    /// loop leaves by `break`, `?` or a panic is not done.
    ///
    /// If the iterator knows how many items it has, and the total is not set, these are added to
    /// what is done already. Several threads can do so with parts of one job, and one thread with
    /// parts that follow each other.
    /// ```
    /// use mmstats::Progress;
    ///
    /// let rows = Progress::default();
    /// for row in rows.over(1..=10) {
    ///     if row == 4 {
    ///         break;
    ///     }
    /// }
    /// let rows = rows.local();
    /// assert_eq!((rows.done(), rows.total()), (3, Some(10)));
    /// ```
    pub fn over<I: IntoIterator>(&self, items: I) -> Over<'_, I::IntoIter> {
        let items = items.into_iter();
        self.start();
        let (least, most) = items.size_hint();
        if most == Some(least) {
            let done = self.done_before.load(Relaxed).saturating_add(self.done.load(Relaxed));
            let expected = done.saturating_add(least as u64);
            // An iterator within another one does not make the total smaller.
            self.expected.store(expected.max(self.expected.load(Relaxed)), Relaxed);
        }
        Over { progress: self, items, is_out: false }
    }

    /// Returns how many items the calling thread's [lane](crate::Mapped#lanes) counted.
    #[inline]
    pub fn done(&self) -> u64 {
        self.done.load(Relaxed)
    }

    /// Returns the progress in the calling thread's [lane](crate::Mapped#lanes).
    ///
    /// [`Mapped::total`](crate::Mapped::total) returns that of all of them.
    pub fn local(&self) -> Work {
        self.read(clock::now_ns())
    }

    /// Starts the clock, unless it was started.
    fn start(&self) {
        if self.started_ns.load(Relaxed) == 0 {
            let now_ns = clock::now_ns();
            self.lock.write(|| self.begin(now_ns));
        }
    }

    fn begin(&self, now_ns: u64) {
        for zero in [&self.last_at_ns, &self.mark_count] {
            zero.store(0, Relaxed);
        }
        for mark in self.marks.as_flattened() {
            mark.at_ns.store(0, Relaxed);
            mark.done.store(0, Relaxed);
        }
        self.started_ns.store(now_ns, Relaxed);
    }

    /// Notes the time, and a mark if the last one is old enough.
    ///
    /// It is called often enough that a job which becomes slow is noticed after [`STRIDE`] items.
    #[cold]
    #[inline(never)]
    fn look(&self) {
        self.start();
        self.note(clock::now_ns());
    }

    fn note(&self, now_ns: u64) {
        let done = self.done.load(Relaxed);
        let since_ns = now_ns.saturating_sub(self.last_at_ns.load(Relaxed));
        let stride = if since_ns < SLOW_NS { STRIDE } else { 1 };
        self.look_at.store(done.saturating_add(stride), Relaxed);
        let number = self.mark_count.load(Relaxed);
        let newest_ns = match number {
            0 => self.started_ns.load(Relaxed),
            _ => self.slot(0, number).at_ns.load(Relaxed),
        };
        self.lock.write(|| {
            self.last_at_ns.store(now_ns, Relaxed);
            if now_ns.saturating_sub(newest_ns) >= MARK_EVERY_NS {
                let number = number.wrapping_add(1);
                self.mark_count.store(number, Relaxed);
                for level in (0..LEVELS).filter(|level| number % (1 << level) == 0) {
                    let mark = self.slot(level, number);
                    mark.at_ns.store(now_ns, Relaxed);
                    mark.done.store(done, Relaxed);
                }
            }
        });
    }

    fn slot(&self, level: usize, number: u64) -> &Mark {
        &self.marks[level][slot::<KEPT>(number >> level)]
    }

    fn read(&self, now_ns: u64) -> Work {
        let (work, torn) = self.lock.read(|_| {
            let points = self.marks.as_flattened().iter();
            let points = points.map(|mark| Point {
                at_ns: mark.at_ns.load(Relaxed),
                done: mark.done.load(Relaxed),
            });
            Work::new(
                self.total.load(Relaxed),
                self.expected.load(Relaxed),
                self.done_before.load(Relaxed),
                Pace::new(
                    self.done.load(Relaxed),
                    self.started_ns.load(Relaxed),
                    self.last_at_ns.load(Relaxed),
                    points,
                ),
            )
            .at(now_ns)
        });
        work.torn(torn)
    }
}

/// The items of an iterator, which are counted as they are finished: see [`Progress::over`].
///
/// # Examples
/// ```
/// use mmstats::Progress;
///
/// let rows = Progress::default();
/// let mut over = rows.over([1, 2]);
/// over.next();
/// assert_eq!(rows.done(), 0); // the first one is being worked on
/// over.next();
/// assert_eq!(rows.done(), 1);
/// ```
#[must_use = "an iterator does nothing unless it is used"]
#[derive(Debug)]
pub struct Over<'a, I> {
    progress: &'a Progress,
    items: I,
    /// Whether an item was handed out that is not counted yet.
    is_out: bool,
}

impl<I: Iterator> Iterator for Over<'_, I> {
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        if self.is_out {
            self.progress.inc();
        }
        let item = self.items.next();
        if item.is_none() && self.is_out {
            // So that the time of the last item is that of the end.
            self.progress.look();
        }
        self.is_out = item.is_some();
        item
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }
}

impl<I: ExactSizeIterator> ExactSizeIterator for Over<'_, I> {}

// SAFETY: atomics only; `SHAPE` says how many.
#[expect(unsafe_code, reason = "implements `Statistic`")]
unsafe impl Statistic for Progress {
    #[expect(clippy::cast_possible_truncation, reason = "a few")]
    const SHAPE: Shape = Shape {
        capacity: (KEPT * LEVELS) as u32,
        ..Shape::of(<Self as Readable>::CODE, ScalarType::U64)
    };

    type Total = Work;

    fn total<'a>(lanes: impl Iterator<Item = &'a Self>, _: Merge) -> Work {
        let now_ns = clock::now_ns();
        lanes.map(|lane| lane.read(now_ns)).reduce(Work::merged).unwrap_or_default()
    }
}

impl Sealed for Progress {}

/// The initial value is the total.
impl Initial for Progress {
    type Value<'a> = u64;

    fn set_initial(&self, total: u64, _: Creation) {
        self.set_total(total);
    }
}

impl Readable for Progress {
    const CODE: u16 = 10;

    const HAS_CLOCK: bool = true;

    type Value = Box<Work>;

    const PARTS: &'static [Part] = &[
        Part::word("lock", offset_of!(Self, lock)),
        Part::word("done", offset_of!(Self, done)),
        Part::word("total", offset_of!(Self, total)),
        Part::word("expected", offset_of!(Self, expected)),
        Part::word("done_before", offset_of!(Self, done_before)),
        Part::word("started_ns", offset_of!(Self, started_ns)),
        Part::word("last_at_ns", offset_of!(Self, last_at_ns)),
        Part::word("look_at", offset_of!(Self, look_at)),
        Part::word("mark_count", offset_of!(Self, mark_count)),
        Part::sized("marks", offset_of!(Self, marks), "16 · capacity"),
    ];

    fn size(shape: &Shape) -> u64 {
        offset_of!(Self, marks) as u64 + size_of::<Mark>() as u64 * u64::from(shape.capacity)
    }

    fn locked(shape: &Shape) -> usize {
        offset_of!(Self, marks) + size_of::<Mark>() * shape.capacity as usize
    }

    fn empty(_: &Shape) -> Box<Work> {
        Box::default()
    }

    fn decode(bytes: &[u8], shape: &Shape) -> Box<Work> {
        let points = (0..shape.capacity as usize).map(|index| {
            let at = offset_of!(Self, marks) + size_of::<Mark>() * index;
            Point {
                at_ns: word(bytes, at + offset_of!(Mark, at_ns)),
                done: word(bytes, at + offset_of!(Mark, done)),
            }
        });
        let work = Work::new(
            word(bytes, offset_of!(Self, total)),
            word(bytes, offset_of!(Self, expected)),
            word(bytes, offset_of!(Self, done_before)),
            Pace::new(
                word(bytes, offset_of!(Self, done)),
                word(bytes, offset_of!(Self, started_ns)),
                word(bytes, offset_of!(Self, last_at_ns)),
                points,
            ),
        );
        Box::new(work.torn(is_torn(bytes)))
    }

    fn merge(a: Stamped<Box<Work>>, b: Stamped<Box<Work>>, _: Merge) -> Box<Work> {
        Box::new(a.value.merged(*b.value))
    }

    fn since(now: &Box<Work>, earlier: &Box<Work>) -> Box<Work> {
        Box::new(now.since(earlier))
    }

    fn summary(work: &Box<Work>) -> Summary<'_> {
        let done = work.done().into();
        Summary {
            progress: Some(&**work),
            ..Summary::number(Role::Counter, done, Some(work.done().into()))
        }
    }

    fn seen_ns(work: &Box<Work>) -> u64 {
        work.last_at_ns()
    }

    fn set_now_ns(work: &mut Box<Work>, now_ns: u64) {
        work.set_now_ns(now_ns);
    }

    fn set_ended(work: &mut Box<Work>) {
        work.set_ended();
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let work = self.local();
        f.debug_struct("Progress")
            .field("done", &work.done())
            .field("total", &work.total())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "progress_tests.rs"]
mod tests;
