//! Setting a gauge.

use std::error::Error;
use std::hint::black_box;
use std::sync::atomic::Ordering::Relaxed;

use super::family::Family;
use super::pcp::Mmv;
use super::{Bench, forever};
use crate::measure::{
    Operation,
    Rank::{Limit, Ours, Peer},
};

pub(super) fn family(bench: &Bench) -> Result<Family, Box<dyn Error>> {
    let mut operations = vec![limit(bench), ours(bench), measured(), metriken(), metrics()];
    operations.extend([prometheus()?, prometheus_client()]);
    operations.extend(bench.pcp.and_then(Mmv::set));
    let about = "From the second thread on, mmstats stores when each value was set, so that a \
                 reader takes the latest one. The other crates have one value for all threads.";
    Ok(Family::new("Gauges", about, operations))
}

fn limit(bench: &Bench) -> Operation {
    let page = bench.page;
    Operation::prepared(Limit, "a bare store", move || {
        let word = &page.line()[2];
        move || black_box(word).store(black_box(7), Relaxed)
    })
}

fn ours(bench: &Bench) -> Operation {
    let stats = bench.stats;
    Operation::prepared(Ours, "mmstats Gauge::set, on a lane", move || {
        let lane = &**stats;
        move || black_box(lane).load.set(black_box(7))
    })
}

fn measured() -> Operation {
    let gauge = forever(measured::Gauge::new());
    Operation::shared(Peer, "measured Gauge::set", move || black_box(gauge).set(black_box(7)))
}

fn metriken() -> Operation {
    let gauge = forever(metriken::Gauge::new());
    Operation::shared(Peer, "metriken Gauge::set", move || {
        black_box(gauge).set(black_box(7));
    })
}

fn metrics() -> Operation {
    let gauge = forever(metrics::gauge!("load"));
    Operation::shared(Peer, "metrics Gauge::set", move || black_box(gauge).set(black_box(7.0)))
}

fn prometheus() -> Result<Operation, Box<dyn Error>> {
    let gauge = forever(prometheus::IntGauge::new("load", "help")?);
    Ok(Operation::shared(Peer, "prometheus IntGauge::set", move || {
        black_box(gauge).set(black_box(7));
    }))
}

fn prometheus_client() -> Operation {
    let gauge = forever(prometheus_client::metrics::gauge::Gauge::<i64>::default());
    Operation::shared(Peer, "prometheus-client Gauge::set", move || {
        black_box(gauge).set(black_box(7));
    })
}
