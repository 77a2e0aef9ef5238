//! Prints files one by one on standard output, and reports those that cannot be read.

use std::io::{self, BufWriter, Write};

use mmstats_core::{ReadError, Reader, Snapshot};

use super::{Export, File, Interval};
use crate::files::select::Selected;
use crate::report::Report;

/// Prints values on standard output and failures on standard error.
pub(crate) struct Printer<'a> {
    export: Box<dyn Export>,
    out: BufWriter<io::StdoutLock<'static>>,
    pub(crate) report: &'a mut Report,
}

impl<'a> Printer<'a> {
    /// Prints what comes before all files.
    pub(crate) fn begin(export: Box<dyn Export>, report: &'a mut Report) -> io::Result<Self> {
        let mut printer = Self { export, out: BufWriter::new(io::stdout().lock()), report };
        printer.export.begin(&mut printer.out)?;
        Ok(printer)
    }

    /// Reads and prints each file, with what `interval` returns for it.
    pub(crate) fn files<'i>(
        &mut self,
        selected: Vec<Selected>,
        interval: impl Fn(&Snapshot, &mut Report) -> Option<Interval<'i>>,
    ) -> io::Result<()> {
        for selected in selected {
            let snapshot = Reader::open(&selected.path).and_then(|reader| reader.snapshot());
            let Some(snapshot) = self.checked(&selected, snapshot) else { continue };
            let interval = interval(&snapshot, self.report);
            self.file(&File { snapshot: &snapshot, interval })?;
        }
        Ok(())
    }

    /// Returns what was read, or reports why it could not be.
    pub(crate) fn checked<T>(
        &mut self,
        selected: &Selected,
        read: Result<T, ReadError>,
    ) -> Option<T> {
        match read {
            Ok(read) => {
                self.report.success();
                return Some(read);
            }
            Err(error) if selected.expects(&error) => {}
            Err(error) => self.report.failure(error),
        }
        None
    }

    pub(crate) fn file(&mut self, file: &File<'_>) -> io::Result<()> {
        self.export.file(&mut self.out, file)?;
        // Flushed after each file, so that failures appear between them in order.
        self.out.flush()
    }

    /// Prints what comes after all files.
    pub(crate) fn end(mut self) -> io::Result<()> {
        self.export.end(&mut self.out)?;
        self.out.flush()
    }
}
