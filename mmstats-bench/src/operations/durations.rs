//! Recording a known duration.

use std::cell::RefCell;
use std::error::Error;
use std::hint::black_box;
use std::rc::Rc;
use std::time::Duration;

use super::family::Family;
use super::{Bench, bare, exposition, forever, histograms};
use crate::measure::{
    Operation,
    Rank::{Beside, Ours, Peer},
    time,
};

/// The number of different durations; a power of two.
const CYCLE: usize = 1024;

/// Random durations from a microsecond to a second, equally distributed over the octaves.
static DURATIONS: [Duration; CYCLE] = {
    let mut durations = [Duration::ZERO; CYCLE];
    // The constants of Knuth's MMIX generator, whose upper bits are more random.
    let mut random = 1_u64;
    let mut index = 0;
    while index < CYCLE {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (octave, within) = (10 + (random >> 32) % 20, random >> 54);
        durations[index] = Duration::from_nanos((1 << octave) + ((within << octave) >> 10));
        index += 1;
    }
    durations
};

/// Returns a function that cycles through the durations.
fn durations() -> impl FnMut() -> Duration {
    let mut index = 0_usize;
    move || {
        index = index.wrapping_add(1);
        DURATIONS[index % CYCLE]
    }
}

#[inline]
fn as_ns(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

pub(super) fn family(bench: &Bench) -> Result<Family, Box<dyn Error>> {
    let mut operations = vec![bare::counting(bench.page, 3), histogram(bench), timer(bench)];
    operations.extend([hdrhistogram()?, hdrhistogram_recorded()?]);
    operations.extend([measured(), metriken(), metriken_sharded()]);
    operations.extend([metrics(bench), prometheus()?, prometheus_local()?, prometheus_client()]);
    let about = "Each operation records a different duration of 1 µs to 1 s that was measured \
                 elsewhere. An mmstats `Timer` also reads the clock, because it stores when the \
                 duration was recorded.";
    Ok(Family::new("Durations", about, operations))
}

fn histogram(bench: &Bench) -> Operation {
    let stats = bench.stats;
    Operation::prepared(Ours, "mmstats Histogram::record, on a lane", move || {
        let (lane, mut next) = (&**stats, durations());
        move || black_box(lane).size.record(as_ns(next()))
    })
    .note("count, sum, min, max, 976 buckets")
    .counted(move || stats.total(|s| &s.size).count())
}

fn timer(bench: &Bench) -> Operation {
    let stats = bench.stats;
    Operation::prepared(Ours, "mmstats Timer::record, on a lane", move || {
        let (lane, mut next) = (&**stats, durations());
        move || black_box(lane).recorded.record(next())
    })
    .note("count, sum, min, max, last 100, when, 656 buckets")
    .counted(move || stats.total(|s| &s.recorded).count())
}

fn hdrhistogram() -> Result<Operation, Box<dyn Error>> {
    let histogram = Rc::new(RefCell::new(histograms::hdrhistogram()?));
    let (recorded, mut next) = (histogram.clone(), durations());
    Ok(Operation::elsewhere(Beside, "hdrhistogram Histogram::record", move |times| {
        let histogram = &mut *recorded.borrow_mut();
        time(times, &mut || black_box(&mut *histogram).saturating_record(as_ns(next())))
    })
    .note("min, max, 656 buckets; one thread only, no reader meanwhile")
    .counted(move || histogram.borrow().len()))
}

fn hdrhistogram_recorded() -> Result<Operation, Box<dyn Error>> {
    let histogram = histograms::hdrhistogram_recorded()?;
    Ok(Operation::prepared(Beside, "hdrhistogram Recorder::record", move || {
        let (mut recorder, mut next) = (histogram.recorder(), durations());
        move || black_box(&mut recorder).saturating_record(as_ns(next()))
    })
    .note("min, max, 656 buckets; not visible before refresh()")
    .counted(move || histogram.count()))
}

fn measured() -> Operation {
    let histogram = histograms::measured();
    Operation::prepared(Peer, "measured Histogram::observe", move || {
        let mut next = durations();
        move || black_box(histogram).observe(next().as_secs_f64())
    })
    .note("sum, 24 buckets")
    .counted(move || histograms::count_measured(histogram))
}

fn metriken() -> Operation {
    let histogram = histograms::metriken();
    Operation::prepared(Peer, "metriken AtomicCounterHistogram::increment", move || {
        let mut next = durations();
        move || {
            let kept = black_box(histogram).increment(as_ns(next()));
            debug_assert!(kept.is_ok());
        }
    })
    .note("656 buckets")
    .counted(move || histograms::count_metriken(histogram.load()))
}

fn metriken_sharded() -> Operation {
    let histogram = histograms::metriken_sharded();
    Operation::prepared(Peer, "metriken ShardedCounterHistogram::increment", move || {
        let mut next = durations();
        move || {
            let kept = black_box(histogram).increment(as_ns(next()));
            debug_assert!(kept.is_ok());
        }
    })
    .note("656 buckets")
    .counted(move || histograms::count_metriken(histogram.load()))
}

fn metrics(bench: &Bench) -> Operation {
    let histogram = forever(metrics::histogram!("known"));
    let (scrape, upkeep) = (bench.scrape.clone(), bench.scrape.clone());
    Operation::prepared(Peer, "metrics Histogram::record", move || {
        let mut next = durations();
        move || black_box(histogram).record(next())
    })
    .note("every value, until another thread adds it to sum and 24 buckets")
    .between(move || upkeep.run_upkeep()) // the exporter does so every five seconds
    .counted(move || exposition::value(&scrape.render(), "known_count"))
}

fn prometheus() -> Result<Operation, Box<dyn Error>> {
    let histogram = histograms::prometheus()?;
    Ok(Operation::prepared(Peer, "prometheus Histogram::observe", move || {
        let mut next = durations();
        move || black_box(histogram).observe(next().as_secs_f64())
    })
    .note("count, sum, 24 buckets")
    .counted(move || histogram.get_sample_count()))
}

fn prometheus_local() -> Result<Operation, Box<dyn Error>> {
    let histogram = histograms::prometheus()?;
    Ok(Operation::prepared(Beside, "prometheus LocalHistogram::observe", move || {
        let (local, mut next) = (histogram.local(), durations());
        move || black_box(&local).observe(next().as_secs_f64())
    })
    .note("count, sum, 24 buckets; not visible before flush()")
    .counted(move || histogram.get_sample_count()))
}

fn prometheus_client() -> Operation {
    let client = histograms::prometheus_client();
    Operation::prepared(Peer, "prometheus-client Histogram::observe", move || {
        let mut next = durations();
        move || black_box(&client.histogram).observe(next().as_secs_f64())
    })
    .note("count, sum, 24 buckets")
    .counted(move || client.count())
}
