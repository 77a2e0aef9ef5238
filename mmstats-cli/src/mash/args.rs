//! The arguments of `mmash`.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;

use crate::show::human::seconds;

/// Serves statistics to browsers, live, and to scripts as JSON.
///
/// It prints where; open that in a browser. Files are read when somebody asks, and at most once in
/// each interval, however many ask; while nobody does, nothing is read.
#[derive(Debug, Args)]
#[command(after_help = SERVE_EXIT, after_long_help = format!("{SERVE_MORE}\n\n{SERVE_EXIT}"))]
pub(crate) struct Serve {
    /// What to serve, as for `slurpstats`; files that appear later are served too
    #[arg(value_name = "FILE|DIR|PATTERN|PID")]
    pub(crate) targets: Vec<OsString>,

    /// The address to listen at, or its name; who may connect may read everything [default:
    /// 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) host: Option<String>,

    /// The port to listen at; 0: any that is free [default: 5002]
    #[arg(short, long, value_name = "PORT")]
    pub(crate) port: Option<u16>,

    /// A name that it may be called by, for instance by a proxy on this machine
    ///
    /// On a loopback address it answers to `localhost` and to loopback addresses only, so that no
    /// page of another site can read it by a name of its own. Where this is given, the name in a
    /// request has to be one of these in any case; may be given more than once.
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,

    /// How long what was read is good for, and how often pages ask
    #[arg(short, long, value_name = "SECONDS", default_value = "1", value_parser = delay)]
    pub(crate) delay: Duration,
}

/// Less would keep a processor busy.
fn delay(text: &str) -> Result<Duration, String> {
    let delay = seconds(text)?;
    let bounds = Duration::from_millis(50)..=Duration::from_hours(1);
    if bounds.contains(&delay) { Ok(delay) } else { Err("expected from 0.05 to 3600".into()) }
}

const SERVE_EXIT: &str = "\
Exit status:
  0  it was ended by SIGINT or SIGTERM
  2  it could not listen there, or the arguments are wrong";

const SERVE_MORE: &str = "\
What it serves:
  /                 all processes and their statistics, each second
  /graph/           statistics over time
  /stats/           the labels of all statistics
  /stats/PREFIX     the values of those that begin so, of each file; of a timer the mean of its
                    latest samples in seconds
      ?exact=1          only the one that is called so
      ?aggr=HOW         one value in place of each file's: avg, one, max, min, sum, nonzero-min or
                        nonzero-avg
      ?glob=PATTERN     only of files with such a name
  /files/           the files; /files/PATTERN those with such a name
  /json             what `slurpstats --format json` prints; with ?help-texts, ?lanes, ?rates and
                    ?glob=PATTERN

Settings of the original: if MMASH_SETTINGS names a file, HOST, PORT and MMSTATS_GLOB are taken from
it, as far as they are not among the arguments.

Examples:
  The statistics of one directory:
      mmash /srv/stats
  From another machine, over ssh, without opening it to anyone else:
      ssh -L 5002:localhost:5002 server mmash
  How many requests all workers have served so far:
      curl 'http://localhost:5002/stats/web.requests?exact=1&aggr=sum'";
