//! The messages of Prometheus, with native histograms.
//!
//! Source: `metrics.proto` of Prometheus' `client_model` 0.6, and "Protocol Buffers
//! Encoding".

use std::time::{SystemTime, UNIX_EPOCH};

use super::exponential::{Exponential, SCALE};
use super::families::{Distribution, Families, Family, Points, Series, Type};
use super::message::{Message, varint};

/// Returns all families, each a message behind its length.
pub(super) fn messages(families: &Families) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, family) in families.iter() {
        let message = family_of(name, family).into_bytes();
        varint(&mut out, message.len() as u64);
        out.extend(message);
    }
    out
}

fn family_of(name: &str, family: &Family) -> Message {
    let (kind, suffix) = match family.kind {
        Type::Counter => (0, "_total"),
        Type::Gauge => (1, ""),
        Type::Info => (1, "_info"),
        Type::Summary => (2, ""),
        Type::Unknown => (3, ""),
        Type::Histogram => (4, ""),
    };
    let mut message = Message::default();
    message.text(1, &format!("{name}{suffix}"));
    message.text(2, &family.help);
    message.number(3, kind);
    for series in &family.series {
        message.message(4, &metric(family.kind, series));
    }
    message.text(5, &family.unit);
    message
}

fn metric(kind: Type, series: &Series) -> Message {
    let mut metric = Message::default();
    for (key, value) in &series.labels.0 {
        let mut label = Message::default();
        label.text(1, key);
        label.text(2, value);
        metric.message(1, &label);
    }
    let mut value = Message::default();
    let (field, created) = match &series.points {
        Points::Number(number, factor) => {
            let number = number.as_f64() * factor;
            value.double(1, number);
            match kind {
                Type::Counter => (3, Some(3)),
                Type::Unknown => (5, None),
                _ => (2, None),
            }
        }
        Points::Samples(samples) => {
            value.number(1, samples.count);
            value.double(2, samples.sum);
            if kind == Type::Histogram {
                histogram(&mut value, samples);
                (7, Some(15))
            } else {
                (4, Some(4))
            }
        }
    };
    if let (Some(created), Some(field)) = (series.created, created) {
        value.message(field, &timestamp(created));
    }
    metric.message(field, &value);
    metric
}

/// Adds the buckets of a histogram: those with bounds, for scrapers that want these, and native ones.
fn histogram(value: &mut Message, samples: &Distribution) {
    for (bound, below) in &samples.below {
        let mut bucket = Message::default();
        bucket.number(1, *below);
        bucket.double(2, *bound);
        value.message(3, &bucket);
    }
    let Exponential { zeros, counts } = Exponential::of(samples);
    value.signed(5, SCALE);
    value.double(6, ZERO_THRESHOLD);
    value.number(7, zeros);
    let mut next = 0;
    let mut spans: Vec<(i32, u64)> = Vec::new();
    for index in counts.keys() {
        match spans.last_mut() {
            Some((_, length)) if *index == next => *length += 1,
            _ => spans.push((index - next, 1)),
        }
        next = index + 1;
    }
    if spans.is_empty() {
        // Marks a native histogram without samples.
        spans.push((0, 0));
    }
    for (offset, length) in spans {
        let mut span = Message::default();
        span.signed(1, offset.into());
        span.number(2, length);
        value.message(12, &span);
    }
    let mut before = 0;
    for count in counts.values() {
        let count = i64::try_from(*count).unwrap_or(i64::MAX);
        value.signed(13, count.wrapping_sub(before));
        before = count;
    }
}

/// What is not more than this counts as 0: the default of Prometheus' libraries.
const ZERO_THRESHOLD: f64 = 2.938_735_877_055_719e-39;

fn timestamp(time: SystemTime) -> Message {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut message = Message::default();
    message.number(1, since.as_secs());
    message.number(2, since.subsec_nanos().into());
    message
}
