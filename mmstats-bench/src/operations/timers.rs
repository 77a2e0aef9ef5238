//! Timing an empty span, from its start until its duration is recorded.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use super::family::Family;
use super::pcp::Mmv;
use super::{Bench, exposition, forever, histograms};
use crate::measure::{
    Operation,
    Rank::{Beside, Limit, Ours, Peer},
};

pub(super) fn family(bench: &Bench) -> Result<Family, Box<dyn Error>> {
    let mut operations = vec![limit(), instants(), ours(bench)];
    operations.extend([hdrhistogram()?, measured(), metriken(), metriken_sharded()]);
    operations.extend([metrics(bench), prometheus()?, prometheus_client()]);
    operations.extend(bench.pcp.and_then(Mmv::interval));
    operations.extend(bench.python.timer());
    let about = "Each operation starts a timer and records the duration at once, on all threads in \
                 one timer. The note lists what is kept. For crates without a timer, the duration \
                 is that between two `Instant`s.";
    Ok(Family::new("Timers", about, operations))
}

fn limit() -> Operation {
    let clock = forever(quanta::Clock::new());
    Operation::shared(Limit, "two raw reads of the counter (quanta)", move || {
        black_box(clock.raw());
        black_box(clock.raw());
    })
}

fn instants() -> Operation {
    Operation::shared(Beside, "two Instant::now", move || {
        black_box(Instant::now());
        black_box(Instant::now());
    })
}

fn ours(bench: &Bench) -> Operation {
    let stats = bench.stats;
    Operation::prepared(Ours, "mmstats Timer::start, on a lane", move || {
        let lane = &**stats;
        move || drop(black_box(lane).request.start())
    })
    .note("count, sum, min, max, last 100, 656 buckets, running timers")
    .counted(move || stats.total(|s| &s.request).count())
}

fn hdrhistogram() -> Result<Operation, Box<dyn Error>> {
    let histogram = histograms::hdrhistogram_recorded()?;
    Ok(Operation::prepared(Beside, "hdrhistogram Recorder, with Instants", move || {
        let mut recorder = histogram.recorder();
        move || {
            let start = Instant::now();
            let ns = start.elapsed().as_nanos();
            black_box(&mut recorder).saturating_record(u64::try_from(ns).unwrap_or(u64::MAX));
        }
    })
    .note("min, max, 656 buckets; not visible before refresh()")
    .counted(move || histogram.count()))
}

fn measured() -> Operation {
    let histogram = histograms::measured();
    Operation::shared(Peer, "measured Histogram::start_timer", move || {
        drop(black_box(histogram).start_timer());
    })
    .note("sum, 24 buckets")
    .counted(move || histograms::count_measured(histogram))
}

fn metriken() -> Operation {
    let histogram = histograms::metriken();
    Operation::shared(Peer, "metriken AtomicCounterHistogram, with Instants", move || {
        let start = Instant::now();
        let ns = start.elapsed().as_nanos();
        let kept = black_box(histogram).increment(u64::try_from(ns).unwrap_or(u64::MAX));
        debug_assert!(kept.is_ok());
    })
    .note("656 buckets")
    .counted(move || histograms::count_metriken(histogram.load()))
}

fn metriken_sharded() -> Operation {
    let histogram = histograms::metriken_sharded();
    Operation::shared(Peer, "metriken ShardedCounterHistogram, with Instants", move || {
        let start = Instant::now();
        let ns = start.elapsed().as_nanos();
        let kept = black_box(histogram).increment(u64::try_from(ns).unwrap_or(u64::MAX));
        debug_assert!(kept.is_ok());
    })
    .note("656 buckets")
    .counted(move || histograms::count_metriken(histogram.load()))
}

fn metrics(bench: &Bench) -> Operation {
    let histogram = forever(metrics::histogram!("timed"));
    let (scrape, upkeep) = (bench.scrape.clone(), bench.scrape.clone());
    Operation::shared(Peer, "metrics Histogram, with Instants", move || {
        let start = Instant::now();
        black_box(histogram).record(start.elapsed());
    })
    .note("every value, until another thread adds it to sum and 24 buckets")
    .between(move || upkeep.run_upkeep()) // the exporter does so every five seconds
    .counted(move || exposition::value(&scrape.render(), "timed_count"))
}

fn prometheus() -> Result<Operation, Box<dyn Error>> {
    let histogram = histograms::prometheus()?;
    Ok(Operation::shared(Peer, "prometheus Histogram::start_timer", move || {
        drop(black_box(histogram).start_timer());
    })
    .note("count, sum, 24 buckets")
    .counted(move || histogram.get_sample_count()))
}

fn prometheus_client() -> Operation {
    let client = histograms::prometheus_client();
    Operation::shared(Peer, "prometheus-client Histogram, with Instants", move || {
        let start = Instant::now();
        black_box(&client.histogram).observe(start.elapsed().as_secs_f64());
    })
    .note("count, sum, 24 buckets")
    .counted(move || client.count())
}
