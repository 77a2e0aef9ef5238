//! `mmstats diff`: prints what changed between snapshots that were saved as files.

mod args;

use std::io::{self, BufWriter, Write as _};
use std::slice;
use std::sync::Arc;

use mmstats_core::Snapshot;

use crate::export::{self, Detail, File, Interval, Show};
use crate::report::Report;
use crate::watch::baseline::{Baseline, NoChange};
use crate::watch::watcher::Watcher;
pub(crate) use args::Diff;

pub(crate) fn run(options: &Diff, report: &mut Report) -> io::Result<()> {
    let baseline = Baseline::read(slice::from_ref(&options.before), report);
    if baseline.is_empty() {
        return Ok(());
    }
    let mut watcher = Watcher::new(vec![options.after.clone()]);
    watcher.look(report);
    let snapshots: Vec<&Snapshot> =
        watcher.tracks().iter().filter_map(|track| track.now.as_deref()).collect();
    let is_related = |now: &&Snapshot| !matches!(baseline.change(now), Err(NoChange::NoCopy));
    // Beside files that have a copy, others are new.
    let any_related = snapshots.iter().any(is_related);
    let mut files = Vec::new();
    for snapshot in snapshots {
        let path = snapshot.path().display();
        let interval = match baseline.change(snapshot) {
            Ok(change) => {
                let show = Show::Changed(Some(change.copy));
                Interval { delta: change.delta, elapsed: change.elapsed, show }
            }
            Err(why @ NoChange::NoCopy) if any_related => {
                report.note(format_args!("{path}: {why}: shown since its creation"));
                since_creation(snapshot)
            }
            Err(NoChange::NoCopy) => {
                let before = options.before.display();
                report.failure(format_args!("{path}: not the file that {before} is a copy of"));
                continue;
            }
            Err(why @ NoChange::LaterCopy) => {
                report.failure(format_args!("{path}: {why}"));
                continue;
            }
        };
        files.push(File { snapshot, interval: Some(interval) });
    }
    let export = export::new(options.format, options.color, Detail::default());
    let mut out = BufWriter::new(io::stdout().lock());
    export.export(&mut out, &files)?;
    out.flush()
}

fn since_creation(now: &Snapshot) -> Interval<'_> {
    let exact = now.as_of().filter(|(earliest, latest)| earliest == latest);
    let elapsed = exact
        .zip(now.writer().created())
        .and_then(|((time, _), created)| time.duration_since(created).ok());
    Interval { delta: Arc::new(now.since_creation()), elapsed, show: Show::Changed(None) }
}
