//! What it takes to poll many processes each second, which all change meanwhile.

mod processes;
mod service;
pub(crate) mod writer;

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use mmstats::Scanner;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

pub(crate) use processes::{Fleet, Tools};
pub(crate) use service::{Kinds, Numbers};

/// How large the fleet is, and for how long it is watched.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many files there are, of 100 statistics each
    #[arg(long, default_value_t = 10_000)]
    files: u32,
    /// Of which kinds the statistics are
    #[arg(long, value_enum, default_value_t = Kinds::Mixed)]
    kinds: Kinds,
    /// For how many seconds each reader is watched
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

pub(crate) fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    raise_file_limit()?;
    let tools = Tools::build()?;
    let time = Duration::from_secs(args.seconds);
    let fleet = Fleet::start(args.files.try_into()?, args.kinds, Duration::from_secs(1))?;
    println!("{} files of 100 statistics each, polled each second", args.files);
    let line = |name: &str, share: f64| {
        let ns = share * 1e9 / (f64::from(args.files) * 100.0);
        println!("{name:12} {share:8.3} s of a processor {ns:8.1} ns a statistic");
    };
    line("Scanner", scanner(&fleet, time));
    line("pollstats", tools.poll(fleet.path(), "c00,c01", time)?);
    line("mmstats top", tools.top(fleet.path(), time)?);
    Ok(())
}

/// What a scan takes, of which a loop does one a second if it can.
fn scanner(fleet: &Fleet, time: Duration) -> f64 {
    let mut scanner = Scanner::new([fleet.path()]);
    scanner.scan();
    let (begin, before) = (Instant::now(), own_seconds());
    let (mut due, mut scans) = (begin, 0);
    while begin.elapsed() < time {
        scanner.scan();
        scans += 1;
        due += Duration::from_secs(1);
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    (own_seconds() - before) / f64::from(scans)
}

/// What this thread took of a processor so far.
pub(crate) fn own_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).map_or(f64::NAN, |time| time.as_secs_f64())
}

/// Each file takes a reader one that is open, and a writer too.
pub(crate) fn raise_file_limit() -> Result<(), Box<dyn Error>> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    Ok(setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?)
}
