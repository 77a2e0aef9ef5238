//! The statistics of mmstats that are measured.

use std::error::Error;
use std::path::Path;

use mmstats::{Counter, DynFamily, Family, Gauge, Histogram, Label, Mapped, MmStats, Text, Timer};

#[derive(Debug, Clone, Copy, Label)]
pub(crate) enum Method {
    Get,
    Post,
}

#[derive(MmStats)]
pub(crate) struct Stats {
    pub(crate) hoisted: Counter,
    pub(crate) through_handle: Counter,
    pub(crate) looked_up: Counter,
    pub(crate) labelled: Family<Method, Counter>,
    #[mmstats(key = "tenant")]
    pub(crate) tenants: DynFamily<Counter, 64>,
    #[mmstats(key = "tenant")]
    pub(crate) kept: DynFamily<Counter, 64>,
    pub(crate) load: Gauge<u64>,
    pub(crate) request: Timer,
    pub(crate) recorded: Timer,
    pub(crate) size: Histogram,
    pub(crate) user: Text<64>,
}

pub(crate) fn create(directory: &Path) -> Result<Mapped<Stats>, Box<dyn Error>> {
    Ok(Stats::builder().directory(directory).create()?)
}

pub(crate) fn eight(directory: &Path) -> Result<[Mapped<Stats>; 8], Box<dyn Error>> {
    let handles: Result<Vec<_>, _> = (0..8).map(|_| create(directory)).collect();
    handles?.try_into().map_err(|_| "not eight handles".into())
}
