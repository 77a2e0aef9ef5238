//! `mmstats export`: sends statistics to monitoring systems.

mod args;
mod otlp;
mod textfile;

use std::cell::Cell;
use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::export::File;
use crate::report::Report;
use crate::watch::watcher::Watcher;
pub(crate) use args::Exporter;
use otlp::Endpoint;

pub(crate) fn run(options: &Exporter, report: &mut Report) -> io::Result<()> {
    let end = End::watch()?;
    let mut watcher = Watcher::new(options.targets.clone());
    let endpoint = options.otlp.as_deref().map(|url| Endpoint::new(url, &options.header));
    loop {
        let begun = Instant::now();
        watcher.look(report);
        let tracks = watcher.tracks().iter().filter(|track| !track.gone);
        let snapshots = tracks.filter_map(|track| track.now.as_deref());
        let files: Vec<_> = snapshots.map(|snapshot| File { snapshot, interval: None }).collect();
        if let Some(directory) = &options.textfile {
            match textfile::write(directory, &files) {
                Ok(()) => report.success(),
                Err(error) => report.failure(format_args!("{}: {error}", directory.display())),
            }
        }
        if let Some(endpoint) = &endpoint {
            // The next export has all that this one has, so there is nothing to keep for later.
            let until = begun + options.interval.min(otlp::LONGEST);
            match endpoint.push(&files, until, &end) {
                Ok(()) => report.success(),
                Err(why) => report.failure(format_args!("{}: {why}", endpoint.url())),
            }
        }
        if options.once {
            return Ok(());
        }
        report.forgive();
        if end.wait(begun + options.interval) {
            return Ok(());
        }
    }
}

/// Whether the process was told to end.
struct End {
    signals: Receiver<()>,
    told: Cell<bool>,
}

impl End {
    fn watch() -> io::Result<Self> {
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let (send, receive) = mpsc::channel();
        thread::spawn(move || {
            for _ in &mut signals {
                if send.send(()).is_err() {
                    break;
                }
            }
        });
        Ok(Self { signals: receive, told: Cell::new(false) })
    }

    /// Waits until then, or until the process is told to end, and returns whether it was.
    fn wait(&self, until: Instant) -> bool {
        if !self.told.get() {
            let left = until.saturating_duration_since(Instant::now());
            let received = self.signals.recv_timeout(left);
            self.told.set(!matches!(received, Err(RecvTimeoutError::Timeout)));
        }
        self.told.get()
    }
}
