//! What Prometheus scrapes: the formats, and which of them a scraper prefers.

use std::io::{self, Write};

use super::families::Families;
pub(crate) use super::families::Per;
use super::{Export, File, openmetrics, protobuf};

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exposition {
    /// Text, version 0.0.4.
    Prometheus,
    /// Text, version 1.0.
    OpenMetrics,
    /// Messages, with native histograms.
    Protobuf,
}

impl Exposition {
    /// Returns the one that the `Accept` headers of a request prefer.
    pub(crate) fn preferred<'a>(accept: impl Iterator<Item = &'a str>) -> Self {
        let ranges = accept.flat_map(|value| value.split(',')).filter_map(range);
        // Of equal ones, the first.
        let best = ranges.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map_or(Self::Prometheus, |(exposition, _)| exposition)
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
        }
    }
}

/// Returns the format of a media range, and its weight in thousandths; `None` if it is not known.
fn range(text: &str) -> Option<(Exposition, u32)> {
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next()?.to_ascii_lowercase();
    let (mut version, mut proto, mut encoding, mut weight) = (None, None, None, 1000);
    for (key, value) in parts.filter_map(|part| part.split_once('=')) {
        let value = value.trim();
        match key.trim() {
            "version" => version = Some(value),
            "proto" => proto = Some(value),
            "encoding" => encoding = Some(value),
            "q" => weight = weight_of(value)?,
            _ => {}
        }
    }
    let is_family = proto == Some("io.prometheus.client.MetricFamily");
    let exposition = match (kind.as_str(), version) {
        ("application/openmetrics-text", None | Some("1.0.0" | "0.0.1")) => Exposition::OpenMetrics,
        ("application/vnd.google.protobuf", _) if is_family && encoding == Some("delimited") => {
            Exposition::Protobuf
        }
        ("text/plain", None | Some("0.0.4")) | ("*/*" | "text/*", _) => Exposition::Prometheus,
        _ => return None,
    };
    (weight > 0).then_some((exposition, weight))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
fn weight_of(text: &str) -> Option<u32> {
    let weight: f64 = text.parse().ok()?;
    Some((weight.clamp(0.0, 1.0) * 1000.0).round() as u32)
}

/// What is written in a format.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scrape {
    pub(crate) exposition: Exposition,
    pub(crate) per: Per,
}

impl Export for Scrape {
    fn export(&self, out: &mut dyn Write, files: &[File<'_>]) -> io::Result<()> {
        let families = Families::of(files, self.per);
        let bytes = match self.exposition {
            Exposition::Prometheus => openmetrics::text(&families, false).into_bytes(),
            Exposition::OpenMetrics => openmetrics::text(&families, true).into_bytes(),
            Exposition::Protobuf => protobuf::messages(&families),
        };
        out.write_all(&bytes)
    }
}
