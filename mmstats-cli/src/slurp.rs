//! `slurpstats`: prints what files hold.

use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::thread;

use mmstats_core::{ReadError, Reader, Snapshot};

use crate::args::Slurp;
use crate::baseline::{Baseline, time_of};
use crate::export::{self, Detail, Export, File, Interval, Show};
use crate::open_files;
use crate::report::Report;
use crate::select::{Selected, select};

pub(crate) fn run(options: &Slurp, report: &mut Report) -> io::Result<()> {
    let baseline = Baseline::read(&options.since, report);
    if baseline.is_empty() && !options.since.is_empty() {
        return Ok(());
    }
    let detail = Detail { lanes: options.lanes, help: options.help_texts };
    let export = export::new(options.format, options.color, detail);
    let mut printer = Printer { export, out: BufWriter::new(io::stdout().lock()), report };
    printer.begin()?;
    let selected = select(&options.targets, printer.report);
    if let Some(time) = options.rates {
        open_files::allowed();
        let open = |selected: Selected| {
            let first = Reader::open(&selected.path).and_then(|reader| {
                let snapshot = reader.snapshot()?;
                Ok((reader, snapshot))
            });
            (selected, first)
        };
        let opened: Vec<_> = selected.into_iter().map(open).collect();
        thread::sleep(time);
        for (selected, first) in opened {
            let second = first.and_then(|(reader, first)| Ok((first, reader.snapshot()?)));
            let Some((first, now)) = printer.told(&selected, second) else { continue };
            // The reader keeps to its file; but one of version 1 may be written over.
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

/// Prints of all that is meant what changed since it was saved, and leaves out what did not.
pub(crate) fn changed(
    targets: &[OsString],
    baseline: &Baseline,
    export: Box<dyn Export>,
    report: &mut Report,
) -> io::Result<()> {
    let mut printer = Printer { export, out: BufWriter::new(io::stdout().lock()), report };
    printer.begin()?;
    let selected = select(targets, printer.report);
    printer.files(selected, |now, report| {
        let interval = since(now, baseline, report);
        let before = baseline.of(now).map(|saved| &saved.snapshot);
        let changed = |interval| Interval { show: Show::Changed(before), ..interval };
        let new = || {
            let times = time_of(now).zip(now.writer().created);
            let elapsed = times.and_then(|(now, created)| now.duration_since(created).ok());
            Interval { delta: now.since_creation(), elapsed, show: Show::Changed(None) }
        };
        Some(interval.map_or_else(new, changed))
    })?;
    printer.end()
}

/// What happened to the file since it was saved; `None` if it was not, or nothing was.
fn since<'a>(now: &Snapshot, baseline: &'a Baseline, report: &mut Report) -> Option<Interval<'a>> {
    if baseline.is_empty() {
        return None;
    }
    let path = now.path().display();
    let Some(saved) = baseline.of(now) else {
        report.note(format_args!("{path}: of this one there is no copy: since its creation"));
        return None;
    };
    let delta = now.since(&saved.snapshot)?;
    let times = time_of(now).zip(saved.time);
    let elapsed = times.map(|(now, then)| now.duration_since(then));
    if matches!(elapsed, Some(Err(_))) {
        report.note(format_args!("{path}: was last modified before its copy was made: no rates"));
    }
    Some(Interval { delta, elapsed: elapsed.and_then(Result::ok), show: Show::Changes })
}

/// Where everything goes: values to standard output, what is wrong to standard error.
struct Printer<'a> {
    export: Box<dyn Export>,
    out: BufWriter<io::StdoutLock<'static>>,
    report: &'a mut Report,
}

impl Printer<'_> {
    fn begin(&mut self) -> io::Result<()> {
        self.export.begin(&mut self.out)
    }

    fn files<'i>(
        &mut self,
        selected: Vec<Selected>,
        interval: impl Fn(&Snapshot, &mut Report) -> Option<Interval<'i>>,
    ) -> io::Result<()> {
        for selected in selected {
            let snapshot = Reader::open(&selected.path).and_then(|reader| reader.snapshot());
            let Some(snapshot) = self.told(&selected, snapshot) else { continue };
            let interval = interval(&snapshot, self.report);
            self.file(&File { snapshot: &snapshot, interval })?;
        }
        Ok(())
    }

    /// What was read, if it could be; otherwise says why not.
    fn told<T>(&mut self, selected: &Selected, read: Result<T, ReadError>) -> Option<T> {
        match read {
            Ok(read) => {
                self.report.success();
                return Some(read);
            }
            // Deleted since it was found.
            Err(error) if error.is_not_found() && !selected.named => {}
            Err(error) => self.report.failure(error),
        }
        None
    }

    fn file(&mut self, file: &File<'_>) -> io::Result<()> {
        self.export.file(&mut self.out, file)?;
        // Each file by itself, so that failures appear between them in order.
        self.out.flush()
    }

    fn end(&mut self) -> io::Result<()> {
        self.export.end(&mut self.out)?;
        self.out.flush()
    }
}
