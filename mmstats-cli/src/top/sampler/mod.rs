//! Reads all files once a tick, in a thread of its own, so that a slow file never delays a key.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::report::Report;
use crate::watch::track::Track;
use crate::watch::watcher::Watcher;

/// The first rates appear after this time, however long a tick is.
const FIRST_TICK: Duration = Duration::from_millis(250);

/// The result of a tick.
#[derive(Debug)]
pub(super) struct Tick {
    /// All files that exist.
    pub(super) tracks: Vec<Arc<Track>>,
    /// Why files may be missing.
    pub(super) notices: Vec<String>,
}

/// Sends ticks until nobody receives them, or `stop` ends.
pub(super) fn start(
    mut watcher: Watcher,
    delay: Duration,
    ticks: Sender<Tick>,
    stop: Receiver<()>,
) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("sampler".into()).spawn(move || {
        let mut due = Instant::now();
        let mut next = delay.min(FIRST_TICK);
        while ticks.send(tick(&mut watcher)).is_ok() {
            due += next;
            next = delay;
            let now = Instant::now();
            // Skips the ticks that were missed.
            while due < now {
                due += delay;
            }
            match stop.recv_timeout(due - now) {
                Err(RecvTimeoutError::Timeout) => {}
                _ => break,
            }
        }
    })
}

/// Looks at all files. The tracks are shared with the watcher.
pub(super) fn tick(watcher: &mut Watcher) -> Tick {
    let mut report = Report::quiet();
    let tracks = watcher.observe(&mut report).iter().filter(|track| !track.gone);
    Tick { tracks: tracks.cloned().collect(), notices: report.lines() }
}

#[cfg(test)]
mod tests;
