//! Incrementing the counter of one of 64 keys that are known at run time.

use std::cell::Cell;
use std::error::Error;
use std::hint::black_box;
use std::sync::LazyLock;

use super::family::Family;
use super::{Bench, bare, exposition, forever};
use crate::measure::{
    Operation,
    Rank::{Ours, Peer},
};

/// Keys of 16 bytes.
static KEYS: LazyLock<[String; 64]> =
    LazyLock::new(|| std::array::from_fn(|number| format!("tenant-{number:09}")));

/// Returns the keys in turn.
fn next() -> &'static str {
    thread_local! {
        static AT: Cell<usize> = const { Cell::new(0) };
    }
    let at = AT.get();
    AT.set(at + 1);
    black_box(&KEYS[at % KEYS.len()])
}

pub(super) fn family(bench: &Bench) -> Result<Family, Box<dyn Error>> {
    let operations = vec![
        bare::counting(bench.page, 4),
        ours(bench),
        kept(bench),
        declared(bench)?,
        metrics(bench),
        prometheus()?,
        prometheus_client(),
    ];
    let about = "Each thread takes 64 keys of 16 bytes in turn.";
    Ok(Family::new("Counters of keys that are known at run time", about, operations))
}

fn ours(bench: &Bench) -> Operation {
    let stats = bench.stats;
    Operation::shared(Ours, "mmstats DynFamily<Counter, 64>::of, through the handle", move || {
        black_box(stats).tenants.of(next()).inc();
    })
    .counted(move || {
        let tenants = stats.family(|stats| &stats.tenants);
        KEYS.iter().filter_map(|key| tenants.total(key, |counter| counter)).sum()
    })
}

fn kept(bench: &Bench) -> Operation {
    let stats = bench.stats;
    Operation::prepared(Ours, "the same, a member that is kept", move || {
        let member = stats.kept.of("acme");
        move || black_box(member).inc()
    })
    .counted(move || {
        stats.family(|stats| &stats.kept).total("acme", |counter| counter).unwrap_or(0)
    })
}

fn declared(bench: &Bench) -> Result<Operation, Box<dyn Error>> {
    let hits = forever(bench.registry.counter("hits").register()?);
    Ok(Operation::shared(Ours, "mmstats Counter::inc, declared at run time", move || {
        black_box(hits).inc();
    })
    .counted(move || hits.total()))
}

fn metrics(bench: &Bench) -> Operation {
    let scrape = bench.scrape.clone();
    Operation::shared(Peer, "metrics counter!(name, label)", move || {
        metrics::counter!("keyed", "tenant" => next()).increment(1);
    })
    .counted(move || {
        let text = scrape.render();
        let value = |key| exposition::value(&text, &format!("keyed{{tenant=\"{key}\"}}"));
        KEYS.iter().map(value).sum()
    })
}

fn prometheus() -> Result<Operation, Box<dyn Error>> {
    let options = prometheus::Opts::new("keyed", "help");
    let counters = forever(prometheus::IntCounterVec::new(options, &["tenant"])?);
    Ok(Operation::shared(Peer, "prometheus IntCounterVec::with_label_values", move || {
        black_box(counters).with_label_values(&[next()]).inc();
    })
    .counted(move || KEYS.iter().map(|key| counters.with_label_values(&[key]).get()).sum()))
}

fn prometheus_client() -> Operation {
    type Labels = [(&'static str, &'static str); 1];
    type Counters = prometheus_client::metrics::family::Family<
        Labels,
        prometheus_client::metrics::counter::Counter,
    >;
    let counters = forever(Counters::default());
    Operation::shared(Peer, "prometheus-client Family::get_or_create", move || {
        black_box(counters).get_or_create(&[("tenant", next())]).inc();
    })
    .counted(move || KEYS.iter().map(|key| counters.get_or_create(&[("tenant", key)]).get()).sum())
}
