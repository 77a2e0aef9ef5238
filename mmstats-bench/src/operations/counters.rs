//! Incrementing a counter that the caller holds.

use std::error::Error;
use std::hint::black_box;
use std::sync::atomic::Ordering::Relaxed;

use super::family::Family;
use super::pcp::Mmv;
use super::{Bench, bare, exposition, forever};
use crate::measure::{
    Operation,
    Rank::{Beside, Ours, Peer},
};

pub(super) fn family(bench: &Bench) -> Result<Family, Box<dyn Error>> {
    let mut operations = vec![bare::counting(bench.page, 0)];
    operations.extend(ours(bench));
    operations.push(eight(bench));
    operations.push(fetch_add(bench));
    operations.extend([measured(), metriken(), metriken_sharded()]);
    operations.extend([metrics(bench), prometheus()?, prometheus_local()?, prometheus_client()]);
    operations.extend(bench.pcp.and_then(Mmv::inc));
    operations.extend(bench.python.incr());
    let about = "All threads increment one counter. The limit is a word of a mapped file, a \
                 different one for each thread.";
    Ok(Family::new("Counters", about, operations))
}

fn ours(bench: &Bench) -> [Operation; 2] {
    let stats = bench.stats;
    [
        Operation::prepared(Ours, "mmstats Counter::inc, on a lane", move || {
            let lane = &**stats;
            move || black_box(lane).hoisted.inc()
        })
        .counted(move || stats.total(|s| &s.hoisted)),
        Operation::shared(Ours, "mmstats Counter::inc, through the handle", move || {
            black_box(stats).through_handle.inc();
        })
        .counted(move || stats.total(|s| &s.through_handle)),
    ]
}

/// Each call increments the next of eight handles.
fn eight(bench: &Bench) -> Operation {
    let handles = bench.eight;
    Operation::prepared(Ours, "mmstats Counter::inc, eight handles in turn", move || {
        let mut turn = 0_usize;
        move || {
            turn = (turn + 1) % 8;
            black_box(&handles[turn]).through_handle.inc();
        }
    })
    .counted(move || handles.iter().map(|stats| stats.total(|s| &s.through_handle)).sum())
}

fn fetch_add(bench: &Bench) -> Operation {
    let word = bench.page.shared();
    Operation::shared(Beside, "a shared fetch_add", move || {
        black_box(word).fetch_add(1, Relaxed);
    })
    .counted(move || word.load(Relaxed))
}

fn measured() -> Operation {
    let counter = forever(measured::Counter::new());
    Operation::shared(Peer, "measured Counter::inc", move || black_box(counter).inc())
        .counted(move || counter.get_metric().count.load(Relaxed))
}

fn metriken() -> Operation {
    let counter = forever(metriken::Counter::new());
    Operation::shared(Peer, "metriken Counter::increment", move || {
        black_box(counter).increment();
    })
    .counted(move || counter.value())
}

fn metriken_sharded() -> Operation {
    let counters = forever(metriken::ShardedCounterGroup::new(8));
    Operation::shared(Peer, "metriken ShardedCounterGroup::increment", move || {
        black_box(counters).increment(black_box(3));
    })
    .counted(move || counters.value(3).unwrap_or(0))
}

fn metrics(bench: &Bench) -> Operation {
    let counter = forever(metrics::counter!("held"));
    let scrape = bench.scrape.clone();
    Operation::shared(Peer, "metrics Counter::increment", move || black_box(counter).increment(1))
        .counted(move || exposition::value(&scrape.render(), "held"))
}

fn prometheus() -> Result<Operation, Box<dyn Error>> {
    let counter = forever(prometheus::IntCounter::new("done", "help")?);
    Ok(Operation::shared(Peer, "prometheus IntCounter::inc", move || black_box(counter).inc())
        .counted(move || counter.get()))
}

/// A local counter that is flushed when it is dropped.
struct Flushed(prometheus::local::LocalIntCounter);

impl Drop for Flushed {
    fn drop(&mut self) {
        self.0.flush();
    }
}

fn prometheus_local() -> Result<Operation, Box<dyn Error>> {
    let counter = forever(prometheus::IntCounter::new("done", "help")?);
    Ok(Operation::prepared(Beside, "prometheus IntCounter::local", move || {
        let local = Flushed(counter.local());
        move || black_box(&local).0.inc()
    })
    .note("not visible before flush()")
    .counted(move || counter.get()))
}

fn prometheus_client() -> Operation {
    let counter = forever(prometheus_client::metrics::counter::Counter::<u64>::default());
    Operation::shared(Peer, "prometheus-client Counter::inc", move || {
        black_box(counter).inc();
    })
    .counted(move || counter.get())
}
