//! Incrementing a counter that is looked up each time, by its name or a label.

use std::error::Error;
use std::hint::black_box;

use measured::label::StaticLabelSet;
use measured::{CounterVec, FixedCardinalityLabel};

use super::family::Family;
use super::pcp::Mmv;
use super::{Bench, bare, exposition, forever, ours};
use crate::measure::{
    Operation,
    Rank::{Ours, Peer},
};

/// The label that is looked up. It is passed through `black_box`, to hide it from the compiler.
const METHOD: &str = "GET";

pub(super) fn family(bench: &Bench) -> Result<Family, Box<dyn Error>> {
    let mut operations =
        vec![bare::counting(bench.page, 1), ours_by_name(bench), ours_by_label(bench), measured()];
    operations.extend([metrics_by_name(bench), metrics_by_label(bench)]);
    operations.extend([prometheus()?, prometheus_client()]);
    operations.extend(bench.pcp.and_then(Mmv::inc_by_name));
    let about =
        "mmstats has nothing to look up, because the code names the field; a family has an index.";
    Ok(Family::new("Counters that are looked up each time", about, operations))
}

fn ours_by_name(bench: &Bench) -> Operation {
    let stats = bench.stats;
    Operation::shared(Ours, "mmstats Counter::inc, through the handle", move || {
        black_box(stats).looked_up.inc();
    })
    .counted(move || stats.total(|s| &s.looked_up))
}

fn ours_by_label(bench: &Bench) -> Operation {
    let stats = bench.stats;
    Operation::shared(Ours, "mmstats Family<Method, Counter>, through the handle", move || {
        black_box(stats).labelled[black_box(ours::Method::Get)].inc();
    })
    .note("a label that is an enum")
    .counted(move || {
        let count = |method| stats.total(|s| &s.labelled[method]);
        count(ours::Method::Get) + count(ours::Method::Post)
    })
}

#[derive(FixedCardinalityLabel, Debug, Clone, Copy)]
#[label(singleton = "method")]
enum Method {
    Get,
    Post,
}

fn measured() -> Operation {
    let counters = forever(CounterVec::<StaticLabelSet<Method>>::new());
    Operation::shared(Peer, "measured CounterVec::inc", move || {
        black_box(counters).inc(black_box(Method::Get));
    })
    .note("a label that is an enum")
    .counted(move || {
        let count = |method| {
            let counter = counters.get_metric(counters.with_labels(method));
            counter.count.load(std::sync::atomic::Ordering::Relaxed)
        };
        count(Method::Get) + count(Method::Post)
    })
}

fn metrics_by_name(bench: &Bench) -> Operation {
    let scrape = bench.scrape.clone();
    Operation::shared(Peer, "metrics counter!(name)", move || {
        metrics::counter!("named").increment(1);
    })
    .note("a name that is known at compile time")
    .counted(move || exposition::value(&scrape.render(), "named"))
}

fn metrics_by_label(bench: &Bench) -> Operation {
    let scrape = bench.scrape.clone();
    Operation::shared(Peer, "metrics counter!(name, label)", move || {
        metrics::counter!("labelled", "method" => black_box(METHOD)).increment(1);
    })
    .counted(move || exposition::value(&scrape.render(), "labelled{method=\"GET\"}"))
}

fn prometheus() -> Result<Operation, Box<dyn Error>> {
    let options = prometheus::Opts::new("requests", "help");
    let counters = forever(prometheus::IntCounterVec::new(options, &["method"])?);
    Ok(Operation::shared(Peer, "prometheus IntCounterVec::with_label_values", move || {
        black_box(counters).with_label_values(&[black_box(METHOD)]).inc();
    })
    .counted(move || counters.with_label_values(&[METHOD]).get()))
}

fn prometheus_client() -> Operation {
    type Labels = [(&'static str, &'static str); 1];
    type Counters = prometheus_client::metrics::family::Family<
        Labels,
        prometheus_client::metrics::counter::Counter,
    >;
    let counters = forever(Counters::default());
    Operation::shared(Peer, "prometheus-client Family::get_or_create", move || {
        black_box(counters).get_or_create(&[("method", black_box(METHOD))]).inc();
    })
    .counted(move || counters.get_or_create(&[("method", METHOD)]).get())
}
