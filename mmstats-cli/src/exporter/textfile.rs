//! The file of the node exporter's textfile collector.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use crate::export::exposition::{Exposition, Per, Scrape};
use crate::export::{Export as _, File};

/// Replaces the file in one step: the collector never sees half of it.
pub(super) fn write(directory: &Path, files: &[File<'_>]) -> io::Result<()> {
    let name = directory.join("mmstats.prom");
    // The collector reads `*.prom` only.
    let new = directory.join(format!("mmstats.prom.{}.tmp", std::process::id()));
    let written = (|| {
        let mut file = fs::File::create(&new)?;
        let scrape = Scrape { exposition: Exposition::Prometheus, per: Per::Program };
        scrape.export(&mut file, files)?;
        file.flush()?;
        fs::rename(&new, &name)
    })();
    if written.is_err() {
        // It may not exist.
        let _ = fs::remove_file(&new);
    }
    written
}
