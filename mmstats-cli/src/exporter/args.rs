//! The arguments of `mmstats export`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args};

use crate::show::human::parse_interval;

/// Sends the statistics of all files to a monitoring system, again and again.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("to").required(true).multiple(true), after_help = EXPORT_EXAMPLES)]
pub(crate) struct Exporter {
    /// Files to read [default: all files in the default places]
    ///
    /// A file; a directory, for every `*.mmstats` in it; a quoted pattern; or a pid.
    #[arg(value_name = "FILE|DIR|PATTERN|PID")]
    pub(crate) targets: Vec<OsString>,

    /// An OpenTelemetry endpoint for metrics, by OTLP over HTTP
    ///
    /// Its whole address, such as `http://127.0.0.1:4318/v1/metrics`. There is no TLS: use a collector on
    /// this machine.
    #[arg(long, value_name = "URL", group = "to", value_parser = parse_url)]
    pub(crate) otlp: Option<String>,

    /// A header of each request to that, such as `x-api-key: SECRET`; may be repeated
    #[arg(long, value_name = "NAME: VALUE", requires = "otlp", value_parser = parse_header)]
    pub(crate) header: Vec<(String, String)>,

    /// The directory of the node exporter's textfile collector, for a file `mmstats.prom` in it
    ///
    /// The file is replaced in one step each time.
    #[arg(long, value_name = "DIR", group = "to")]
    pub(crate) textfile: Option<PathBuf>,

    /// Time between two exports, in seconds or with a unit (500ms, 2m)
    ///
    /// An endpoint that has no time is asked again within it, for at most ten seconds.
    #[arg(short = 'd', long, value_name = "SECONDS", value_parser = parse_interval, default_value = "15")]
    pub(crate) interval: Duration,

    /// Export once, and end
    #[arg(long)]
    pub(crate) once: bool,
}

fn parse_url(text: &str) -> Result<String, &'static str> {
    let rest = text.strip_prefix("http://").ok_or("it begins with http://")?;
    if rest.is_empty() || rest.starts_with('/') {
        return Err("it has a host: http://HOST:4318/v1/metrics");
    }
    Ok(text.to_owned())
}

fn parse_header(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once(':').ok_or("a header is NAME: VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

const EXPORT_EXAMPLES: &str = "\
Exit status:
  0  it was told to end by SIGINT or SIGTERM, or the only export succeeded
  1  nothing matched
  2  the only export failed, a file could not be read, or the arguments are wrong

Examples:
  To a collector on this machine, every ten seconds:
      mmstats export --otlp http://127.0.0.1:4318/v1/metrics --interval 10s
  For the node exporter, by a timer:
      mmstats export --once --textfile /var/lib/prometheus/node-exporter";
