//! `slurpstats`: prints the content of files.

mod args;

use std::ffi::OsString;
use std::io;
use std::thread;

use mmstats_core::Reader;

use crate::export::changes::since;
use crate::export::printer::Printer;
use crate::export::{self, Detail, File, Interval, Show};
use crate::files::limits;
use crate::files::select::{Selected, select};
use crate::report::Report;
use crate::show::human::parse_interval;
use crate::watch::baseline::Baseline;
pub(crate) use args::Slurp;

pub(crate) fn run(options: &Slurp, report: &mut Report) -> io::Result<()> {
    let baseline = Baseline::read(&options.since, report);
    if baseline.is_empty() && !options.since.is_empty() {
        return Ok(());
    }
    let detail = Detail { lanes: options.lanes, help: options.help_texts };
    let export = export::new(options.format, options.color, detail);
    let mut printer = Printer::begin(export, report)?;
    let selected = select(&options.targets, printer.report);
    if options.rates {
        note_number(&options.targets, selected.is_empty(), printer.report);
        limits::raise_fd_limit();
        let open = |selected: Selected| {
            let first = Reader::open(&selected.path).and_then(|reader| {
                let snapshot = reader.snapshot()?;
                Ok((reader, snapshot))
            });
            (selected, first)
        };
        let opened: Vec<_> = selected.into_iter().map(open).collect();
        thread::sleep(options.interval);
        for (selected, first) in opened {
            let second = first.and_then(|(reader, first)| Ok((first, reader.snapshot()?)));
            let Some((first, now)) = printer.checked(&selected, second) else { continue };
            // There is no difference if a version 1 file was overwritten meanwhile.
            let delta = now.since(&first);
            let interval = delta.map(|delta| {
                let elapsed = delta.elapsed();
                Interval { delta, elapsed, show: Show::Rates }
            });
            printer.file(&File { snapshot: &now, interval })?;
        }
    } else {
        printer.files(selected, |now, report| since(now, &baseline, report))?;
    }
    printer.end()
}

/// Explains how to set the interval to somebody who wrote `--rates 5`.
fn note_number(targets: &[OsString], is_empty: bool, report: &mut Report) {
    if let [only] = targets
        && let Some(number) = only.to_str().filter(|only| parse_interval(only).is_ok() && is_empty)
    {
        report.note(format_args!("to measure rates for {number} s: --rates --interval {number}"));
    }
}
