//! Times each operation, and compares it with the limit of the machine and with other crates.

mod bare;
mod counters;
mod durations;
mod exposition;
mod family;
mod flushes;
mod gauges;
mod histograms;
mod keys;
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

/// The crates whose versions the report contains.
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

/// The resources that all families share.
struct Bench {
    page: &'static bare::Page,
    stats: &'static mmstats::Mapped<ours::Stats>,
    eight: &'static [mmstats::Mapped<ours::Stats>; 8],
    registry: mmstats::Registry,
    scrape: metrics_exporter_prometheus::PrometheusHandle,
    pcp: Option<&'static pcp::Mmv>,
    python: python::Interpreter,
}

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    // In memory, like the file of a service.
    let directory = tempfile::tempdir_in("/dev/shm")?;
    let cores = u32::try_from(thread::available_parallelism()?.get())?;
    println!("{}", machine::describe(cores, CRATES));

    let bench = Bench {
        pcp: pcp::Mmv::load(directory.path())
            .inspect_err(|reason| println!("skipped: libpcp_mmv ({reason})\n"))
            .ok()
            .map(forever),
        python: python::Interpreter::find(directory.path())
            .inspect_err(|reason| println!("skipped: Python's mmstats 0.8 ({reason})\n"))
            .unwrap_or_default(),
        page: forever(bare::Page::map(directory.path())?),
        stats: forever(ours::create(directory.path())?),
        eight: forever(ours::eight(directory.path())?),
        registry: mmstats::RunTime::builder().directory(directory.path()).create()?.into(),
        scrape: exposition::install()?,
    };
    let mut families = [
        counters::family(&bench)?,
        labelled::family(&bench)?,
        keys::family(&bench)?,
        gauges::family(&bench)?,
        timers::family(&bench)?,
        durations::family(&bench)?,
        texts::family(&bench),
        flushes::family(&bench),
        snapshots::numbers(directory.path())?,
        snapshots::mixed(directory.path())?,
    ];
    // All families with one thread first: a second lane changes `Gauge::set` permanently.
    for threads in [1, 2, 4 * cores] {
        eprintln!("measuring with threads: {threads}");
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

/// Explains the columns of the tables.
fn method(cores: u32) -> String {
    format!(
        "The figures are nanoseconds per operation, the median of all rounds: with 1 and 2 threads \
         the elapsed time of each thread, with {} threads on {cores} cores the processor time. \
         `× limit` is the ratio to the first row, `× peer` the ratio to the fastest crate whose \
         values can be read at any time; both are medians of the ratios in each round. `–` means \
         that the operation is not possible, or that the machine was too busy.\n",
        4 * cores,
    )
}

/// Leaks a value: metrics live as long as their program, and all threads use them.
fn forever<T>(metric: T) -> &'static T {
    Box::leak(Box::new(metric))
}
