#![forbid(unsafe_code)]
//! Waits until a file changes.

use std::thread;
use std::time::{Duration, Instant};

use super::files::Watch;
use super::{Reader, Snapshot};
use crate::error::ReadError;

/// The time between two looks at a file of which the kernel reports nothing: it doubles from the
/// first to the last.
const FIRST: Duration = Duration::from_millis(1);
const LAST: Duration = Duration::from_millis(100);

impl Reader {
    /// Waits until the file differs from `seen`, and returns what it shows then; `None` if it does
    /// not within `timeout`.
    ///
    /// A writer that calls [`Mapped::notify`](crate::Mapped::notify) after its stores wakes the
    /// caller at once, and so does the end of a writer, even by `kill -9`. The kernel does not see
    /// other stores to mapped memory: those are noticed within a tenth of a second, by looks that
    /// are rarer the longer nothing happens, and then take a few thousandths of a processor.
    ///
    /// Since it compares with what the caller has seen, no change is missed between two calls. The
    /// time of what is running is no change.
    ///
    /// # Errors
    /// See [`snapshot`](Self::snapshot).
    ///
    /// # Examples
    /// ```
    /// use mmstats::{Gauge, MmStats, Reader};
    /// use std::time::Duration;
    ///
    /// #[derive(MmStats)]
    /// struct Shared {
    ///     number: Gauge<i64>,
    /// }
    ///
    /// # let directory = tempfile::tempdir()?;
    /// let shared = Shared::builder().directory(&directory).create()?;
    /// let reader = Reader::open(shared.path().ok_or("no file")?)?;
    /// let seen = reader.snapshot()?;
    /// let changed = std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         shared.number.set(7);
    ///         shared.notify();
    ///     });
    ///     reader.wait_for_change(&seen, Duration::from_secs(60))
    /// })?;
    /// let changed = changed.ok_or("nothing changed")?;
    /// assert_eq!(changed.get("number").and_then(|number| number.as_i64()), Some(7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_for_change(
        &self,
        seen: &Snapshot,
        timeout: Duration,
    ) -> Result<Option<Snapshot>, ReadError> {
        let start = Instant::now();
        // Watched before the first look, so that nothing falls between the two. Without it, as where
        // a user has too many watches, there are the looks.
        let watch = Watch::of(self.file());
        let mut pause = FIRST;
        loop {
            let now = self.snapshot()?;
            if now.differs_from(seen) {
                return Ok(Some(now));
            }
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            match &watch {
                Some(watch) => watch.wait(pause.min(left)),
                None => thread::sleep(pause.min(left)),
            }
            pause = (2 * pause).min(LAST);
        }
    }
}

impl Snapshot {
    /// Returns whether the writer wrote or ended between the two.
    fn differs_from(&self, other: &Self) -> bool {
        let same_values = self.values.len() == other.values.len()
            && self.values.iter().zip(&other.values).all(|(now, then)| {
                now == then || {
                    let [mut now, mut then] = [now, then].map(|reading| reading.value.clone());
                    now.set_now_ns(0);
                    then.set_now_ns(0);
                    now == then
                }
            });
        !same_values || self.state != other.state || self.lanes_lost != other.lanes_lost
    }
}
