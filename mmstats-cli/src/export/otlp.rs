//! What is pushed to an OpenTelemetry endpoint: all values since the beginning, with exponential histograms.
//!
//! Source: `metrics.proto` and `metrics_service.proto` of opentelemetry-proto 1.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use super::File;
use super::exponential::{Exponential, SCALE};
use super::families::{Distribution, Families, Family, Labels, Per, Points, Series, Type};
use super::message::{Message, varint};

/// Values since the beginning, not since the last time.
const CUMULATIVE: u64 = 2;

/// Returns the request that exports files, and how many statistics it has.
pub(crate) fn request(files: &[File<'_>], now: SystemTime) -> (Vec<u8>, usize) {
    let families = Families::of(files, Per::Program);
    let mut metrics: BTreeMap<&str, Vec<Message>> = BTreeMap::new();
    let mut number = 0;
    for (name, family) in families.iter().filter(|(_, family)| family.kind != Type::Info) {
        let mut programs: BTreeMap<&str, Vec<&Series>> = BTreeMap::new();
        for series in &family.series {
            programs.entry(program(&series.labels)).or_default().push(series);
        }
        for (program, series) in programs {
            number += series.len();
            metrics.entry(program).or_default().push(metric(name, family, &series, now));
        }
    }
    let mut request = Message::default();
    for (program, metrics) in metrics {
        let mut resource = Message::default();
        resource.message(1, &attribute("service.name", program));
        let mut scope = Message::default();
        scope.text(1, "mmstats");
        scope.text(2, env!("CARGO_PKG_VERSION"));
        let mut scoped = Message::default();
        scoped.message(1, &scope);
        for metric in &metrics {
            scoped.message(2, metric);
        }
        let mut of_resource = Message::default();
        of_resource.message(1, &resource);
        of_resource.message(2, &scoped);
        request.message(1, &of_resource);
    }
    (request.into_bytes(), number)
}

/// Returns the program of a series, which is its first label.
fn program(labels: &Labels) -> &str {
    let found = labels.0.iter().find(|(key, _)| key == "program");
    found.map_or("unknown", |(_, program)| program)
}

fn metric(name: &str, family: &Family, series: &[&Series], now: SystemTime) -> Message {
    let mut data = Message::default();
    for series in series {
        data.message(1, &point(family.kind, series, now));
    }
    let kind = match family.kind {
        Type::Counter => {
            data.number(2, CUMULATIVE);
            data.number(3, 1); // it only grows
            7
        }
        Type::Histogram => {
            data.number(2, CUMULATIVE);
            10
        }
        Type::Summary => 11,
        Type::Gauge | Type::Unknown | Type::Info => 5,
    };
    let mut metric = Message::default();
    metric.text(1, name);
    metric.text(2, &family.help);
    metric.text(3, ucum(&family.unit));
    metric.message(kind, &data);
    metric
}

/// Returns the code of a unit.
fn ucum(unit: &str) -> &str {
    match unit {
        "seconds" => "s",
        "bytes" => "By",
        "ratio" => "1",
        other => other,
    }
}

fn point(kind: Type, series: &Series, now: SystemTime) -> Message {
    let mut point = Message::default();
    let attributes = if kind == Type::Histogram { 1 } else { 7 };
    for (key, value) in series.labels.0.iter().filter(|(key, _)| key != "program") {
        point.message(attributes, &attribute(key, value));
    }
    if let Some(created) = series.created.filter(|_| kind != Type::Gauge) {
        point.fixed(2, ns(created));
    }
    point.fixed(3, ns(now));
    match &series.points {
        Points::Number(number, factor) => match number.as_integer().map(i64::try_from) {
            Some(Ok(integer)) if factor.to_bits() == 1_f64.to_bits() => {
                point.fixed(6, integer.cast_unsigned());
            }
            _ => point.double(4, number.as_f64() * factor),
        },
        Points::Samples(samples) => {
            point.fixed(4, samples.count);
            point.double(5, samples.sum);
            if kind == Type::Histogram {
                exponential(&mut point, samples);
            }
        }
    }
    point
}

fn exponential(point: &mut Message, samples: &Distribution) {
    let Exponential { zeros, counts } = Exponential::of(samples);
    point.signed(6, SCALE);
    if zeros > 0 {
        point.fixed(7, zeros);
    }
    let (Some(first), Some(last)) = (counts.keys().next(), counts.keys().next_back()) else {
        return;
    };
    let mut packed = Vec::new();
    for index in *first..=*last {
        varint(&mut packed, counts.get(&index).copied().unwrap_or(0));
    }
    let mut buckets = Message::default();
    // Here, the bucket with index *i* begins at 2 to the *i*/16.
    buckets.signed(1, i64::from(*first) - 1);
    buckets.bytes(2, &packed);
    point.message(8, &buckets);
}

fn attribute(key: &str, value: &str) -> Message {
    let mut text = Message::default();
    text.bytes(1, value.as_bytes());
    let mut attribute = Message::default();
    attribute.text(1, key);
    attribute.message(2, &text);
    attribute
}

fn ns(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    since.try_into().unwrap_or(u64::MAX)
}
