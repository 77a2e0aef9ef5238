//! Whether a field's first write waits for its page.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use mmstats::{MmStats, Timer};

use super::kernel::Counts;

/// Twelve pages.
#[derive(MmStats)]
struct Pages {
    a: Timer,
    b: Timer,
    c: Timer,
    d: Timer,
    e: Timer,
    f: Timer,
    g: Timer,
    h: Timer,
}

/// Those of the first write to each field of a new file.
pub(super) fn page_faults(directory: &Path) -> Result<u64, Box<dyn Error>> {
    let directory = tempfile::tempdir_in(directory)?;
    let stats = Pages::builder().path(directory.path()).create()?;
    let lane = &*stats;
    let timers = [&lane.a, &lane.b, &lane.c, &lane.d, &lane.e, &lane.f, &lane.g, &lane.h];
    let _ = Counts::now()?; // what that touches is touched before
    let before = Counts::now()?;
    for ns in (0..44).map(|octave| 1 << octave) {
        for timer in timers {
            timer.record(Duration::from_nanos(ns));
        }
    }
    Ok(Counts::now()?.faults() - before.faults())
}
