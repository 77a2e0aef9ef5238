//! `slurpstats`: prints what files hold.

use std::io::{self, BufWriter, Write};

use mmstats_core::Reader;

use crate::args::Slurp;
use crate::export;
use crate::report::Report;
use crate::select::select;

pub(crate) fn run(options: &Slurp, report: &mut Report) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut export = export::new(options.format, options.color, options.lanes);
    export.begin(&mut out)?;
    for selected in select(&options.targets, report) {
        match Reader::open(&selected.path).and_then(|reader| reader.snapshot()) {
            Ok(snapshot) => {
                report.success();
                export.snapshot(&mut out, &snapshot)?;
                // Each file by itself, so that failures appear between them in order.
                out.flush()?;
            }
            // Deleted since it was found.
            Err(error) if error.is_not_found() && !selected.named => {}
            Err(error) => report.failure(error),
        }
    }
    export.end(&mut out)?;
    out.flush()
}
