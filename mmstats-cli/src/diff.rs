//! `mmstats diff`: prints what changed between snapshots that were saved as files.

use std::io;
use std::slice;

use crate::args::Diff;
use crate::baseline::Baseline;
use crate::export::{self, Detail};
use crate::report::Report;
use crate::slurp;

pub(crate) fn run(options: &Diff, report: &mut Report) -> io::Result<()> {
    let baseline = Baseline::read(slice::from_ref(&options.before), report);
    if baseline.is_empty() {
        return Ok(());
    }
    let export = export::new(options.format, options.color, Detail::default());
    slurp::changed(slice::from_ref(&options.after), &baseline, export, report)
}
