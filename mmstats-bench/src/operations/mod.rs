//! What each operation costs, beside the least that the machine lets it cost and beside what others
//! take for the same.

mod bare;
mod counters;
mod durations;
mod exposition;
mod family;
mod flushes;
mod gauges;
mod histograms;
mod labelled;
mod ours;
mod pcp;
mod python;
mod snapshots;
mod texts;
mod timers;

use std::error::Error;
use std::thread;

use crate::machine;
use crate::measure::Team;

/// Whose versions the report names.
const CRATES: &[&str] = &[
    "mmstats",
    "arc-swap",
    "hdrhistogram",
    "measured",
    "metrics",
    "metrics-exporter-prometheus",
    "metriken",
    "prometheus",
    "prometheus-client",
    "quanta",
];

/// What all families are made of.
struct Bench {
    page: &'static bare::Page,
    stats: &'static mmstats::Mapped<ours::Stats>,
    scrape: metrics_exporter_prometheus::PrometheusHandle,
    pcp: Option<&'static pcp::Mmv>,
    python: python::Interpreter,
}

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    // In memory, as a service's file is.
    let directory = tempfile::tempdir_in("/dev/shm")?;
    let cores = u32::try_from(thread::available_parallelism()?.get())?;
    println!("{}", machine::describe(cores, CRATES));

    let bench = Bench {
        pcp: pcp::Mmv::load(directory.path())
            .inspect_err(|reason| println!("libpcp_mmv is not installed: skipped ({reason}).\n"))
            .ok()
            .map(forever),
        python: python::Interpreter::find(directory.path())
            .inspect_err(|reason| println!("Python's mmstats 0.8: skipped ({reason}).\n"))
            .unwrap_or_default(),
        page: forever(bare::Page::map(directory.path())?),
        stats: forever(ours::create(directory.path())?),
        scrape: exposition::install()?,
    };
    let mut families = [
        counters::family(&bench)?,
        labelled::family(&bench)?,
        gauges::family(&bench)?,
        timers::family(&bench)?,
        durations::family(&bench)?,
        texts::family(&bench),
        flushes::family(&bench),
        snapshots::numbers(directory.path())?,
        snapshots::mixed(directory.path())?,
    ];
    // All with one thread first: a second one changes what a gauge does for good.
    for threads in [1, 2, 4 * cores] {
        eprintln!("measuring, threads: {threads} …");
        for family in &mut families {
            family.measure(Team { threads, cores });
        }
    }
    println!("{}", method(cores));
    for family in &families {
        family.print();
    }
    Ok(())
}

/// What the numbers mean.
fn method(cores: u32) -> String {
    format!(
        "Nanoseconds for one operation, the median of all rounds: with 1 and 2 threads the time that \
         passes for each of them, with {} threads on {cores} cores the processor's time. `× limit` \
         is the ratio to the first row, `× peer` that to the fastest of the crates whose values can \
         be read at any time: taken in each round, and the median of these. `–`: not possible, or \
         the machine was too busy.\n",
        4 * cores,
    )
}

/// Metrics are there for as long as their program, and handles to them for all threads.
fn forever<T>(metric: T) -> &'static T {
    Box::leak(Box::new(metric))
}
