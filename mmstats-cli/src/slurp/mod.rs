//! `slurpstats`: prints the contents of files.

mod args;

use std::ffi::OsString;
use std::io::{self, BufWriter, Write as _};
use std::thread;

use mmstats_core::Snapshot;

use crate::export::exposition::Per;
use crate::export::{self, Detail, File, Interval, Show};
use crate::report::Report;
use crate::show::human::parse_interval;
use crate::watch::baseline::{Baseline, NoChange};
use crate::watch::track::Track;
use crate::watch::watcher::Watcher;
pub(crate) use args::Slurp;

pub(crate) fn run(options: &Slurp, report: &mut Report) -> io::Result<()> {
    let baseline = Baseline::read(&options.since, report);
    if baseline.is_empty() && !options.since.is_empty() {
        return Ok(());
    }
    let mut watcher = Watcher::new(options.targets.clone());
    watcher.look(report);
    if options.rates {
        note_number(&options.targets, watcher.tracks().is_empty(), report);
        thread::sleep(options.interval);
        watcher.look(report);
    }
    let mut files = Vec::new();
    for track in watcher.tracks().iter().filter(|track| !track.gone) {
        let Some(snapshot) = track.now.as_deref() else { continue };
        let interval =
            if options.rates { rates(track) } else { since(snapshot, &baseline, report) };
        files.push(File { snapshot, interval });
    }
    let per = if options.per_process { Per::Process } else { Per::Program };
    let detail = Detail { lanes: options.lanes, help: options.help_texts, per };
    let export = export::new(options.format, options.color, detail);
    let mut out = BufWriter::new(io::stdout().lock());
    export.export(&mut out, &files)?;
    out.flush()
}

/// Returns what changed between the two looks.
fn rates(track: &Track) -> Option<Interval<'_>> {
    let delta = track.change.clone()?;
    Some(Interval { elapsed: delta.elapsed(), delta, show: Show::Rates })
}

/// Returns what changed since the file's copy was made; `None` if there is no earlier copy.
fn since<'a>(now: &Snapshot, baseline: &'a Baseline, report: &mut Report) -> Option<Interval<'a>> {
    if baseline.is_empty() {
        return None;
    }
    let path = now.path().display();
    match baseline.change(now) {
        Ok(change) => {
            let (delta, elapsed) = (change.delta, change.elapsed);
            return Some(Interval { delta, elapsed, show: Show::Changes });
        }
        Err(why @ NoChange::NoCopy) => {
            report.note(format_args!("{path}: {why}: shown since its creation"));
        }
        Err(why @ NoChange::LaterCopy) => report.failure(format_args!("{path}: {why}")),
    }
    None
}

/// Explains how to set the interval, if the only argument is a number that selects nothing.
fn note_number(targets: &[OsString], is_empty: bool, report: &mut Report) {
    if let [only] = targets
        && let Some(number) = only.to_str().filter(|only| parse_interval(only).is_ok() && is_empty)
    {
        report.note(format_args!("to measure rates for {number} s: --rates --interval {number}"));
    }
}
