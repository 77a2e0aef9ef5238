//! A struct that is written under one lock.

use std::fmt;
use std::mem::offset_of;

use super::{Content, Field, MmStats, merge_of};
use crate::kind::{Creation, OneWriter, Statistic};
use crate::seqlock::SeqLock;

/// A struct of statistics of whose updates a reader sees all or nothing.
///
/// An update costs a load, a comparison and two stores more than its parts; nobody waits for it. Without
/// a group, each statistic is consistent by itself, and a reader may see one that was counted beside
/// another that was not yet.
///
/// # Examples
/// ```
/// use mmstats::{Counter, Gauge, Group, MmStats, Reader, Value};
///
/// #[derive(MmStats)]
/// struct Trade {
///     count: Counter,
///     volume: Counter,
///     price: Gauge<f64>,
/// }
///
/// #[derive(MmStats)]
/// struct Market {
///     trades: Group<Trade>,
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # let market = Market::builder().directory(&directory).create()?;
/// # let path = market.path().ok_or("no file")?;
/// market.trades.update(|trade| {
///     trade.count.inc();
///     trade.volume.add(250);
///     trade.price.set(17.5);
/// });
/// let snapshot = Reader::open(path)?.snapshot()?;
/// assert_eq!(snapshot.get("trades.volume"), Some(&Value::Counter(250)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct Group<S> {
    lock: SeqLock,
    stats: S,
    one_writer: OneWriter,
}

impl<S: MmStats> Group<S> {
    /// Runs `update`; readers see either all that it stores or nothing.
    ///
    /// Keep it short: a reader that meets an update tries again for a moment, and then shows the
    /// statistics as they are, marked as torn. So it does if the process died within one.
    ///
    /// An update within an update of the same group belongs to that one. If `update` panics, readers
    /// see what it has stored until then.
    #[inline]
    pub fn update<R>(&self, update: impl FnOnce(&S) -> R) -> R {
        let _held = self.lock.hold();
        update(&self.stats)
    }

    /// Returns what `read` returns of the calling thread's [lane](crate::Mapped#lanes).
    ///
    /// [`Mapped::group`](crate::Mapped::group) returns the totals over all of them.
    #[inline]
    pub fn local<R>(&self, read: impl FnOnce(&S) -> R) -> R {
        read(&self.stats)
    }
}

// SAFETY: a lock, which is an atomic, and a field; `CONTENT` says where.
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl<S: MmStats> Field for Group<S> {
    const CONTENT: Content = Content::Group { offset: offset_of!(Self, stats), item: &S::CONTENT };

    fn initialise(&self, creation: Creation) {
        self.stats.initialise(creation);
    }

    fn copy(&self, from: &Self) {
        self.stats.copy(&from.stats);
    }
}

impl<S: MmStats + fmt::Debug> fmt::Debug for Group<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Group").field(&self.stats).finish()
    }
}

/// The statistics of a [`Group`] over all threads, as [`Mapped::group`](crate::Mapped::group) returns
/// them.
pub struct GroupTotals<S> {
    lanes: Vec<Box<S>>,
    torn: bool,
}

impl<S: MmStats> GroupTotals<S> {
    pub(crate) fn of<'a>(groups: impl Iterator<Item = &'a Group<S>>) -> Self {
        let mut torn = false;
        let lanes = groups.map(|group| {
            let copy: Box<S> = zeroed();
            torn |= group.lock.read(|_| copy.copy(&group.stats)).1;
            copy
        });
        Self { lanes: lanes.collect(), torn }
    }

    /// Returns the value of a statistic over all threads.
    ///
    /// # Panics
    /// If `field` does.
    pub fn total<F: Statistic>(&self, field: impl Fn(&S) -> &F) -> F::Total {
        let first = zeroed();
        let merge = merge_of(&*first, field(&first));
        F::total(self.lanes.iter().map(|lane| field(lane)), merge)
    }

    /// Returns whether a thread took too long over an update, so that a part of it may be missing.
    pub fn is_torn(&self) -> bool {
        self.torn
    }
}

impl<S> fmt::Debug for GroupTotals<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupTotals").field("lanes", &self.lanes.len()).finish_non_exhaustive()
    }
}

/// Returns a struct that nothing was counted in. It may be too large for a stack.
#[expect(clippy::unnecessary_box_returns, reason = "see above")]
fn zeroed<S: Field>() -> Box<S> {
    let mut stats = Box::<S>::new_uninit();
    // SAFETY: it writes the box's own memory.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    unsafe {
        stats.as_mut_ptr().write_bytes(0, 1);
    }
    // SAFETY: it consists of statistics (`Field`), for which any bytes are valid (`Atomics`).
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    unsafe {
        stats.assume_init()
    }
}
