//! `mmstats diff`: prints what changed between snapshots that were saved as files.

mod args;

use std::io;
use std::slice;

use mmstats_core::Snapshot;

use crate::export::changes::since;
use crate::export::printer::Printer;
use crate::export::{self, Detail, Interval, Show};
use crate::files::select::select;
use crate::report::Report;
use crate::watch::baseline::{Baseline, time_of};
pub(crate) use args::Diff;

pub(crate) fn run(options: &Diff, report: &mut Report) -> io::Result<()> {
    let baseline = Baseline::read(slice::from_ref(&options.before), report);
    if baseline.is_empty() {
        return Ok(());
    }
    let export = export::new(options.format, options.color, Detail::default());
    let mut printer = Printer::begin(export, report)?;
    let selected = select(slice::from_ref(&options.after), printer.report);
    printer.files(selected, |now, report| Some(change(now, &baseline, report)))?;
    printer.end()
}

/// Returns what changed in the file since its copy was saved, or since its creation if there is
/// no copy.
fn change<'a>(now: &Snapshot, baseline: &'a Baseline, report: &mut Report) -> Interval<'a> {
    if let Some(interval) = since(now, baseline, report) {
        let before = baseline.of(now).map(|saved| &saved.snapshot);
        return Interval { show: Show::Changed(before), ..interval };
    }
    let times = time_of(now).zip(now.writer().created);
    let elapsed = times.and_then(|(now, created)| now.duration_since(created).ok());
    Interval { delta: now.since_creation(), elapsed, show: Show::Changed(None) }
}
