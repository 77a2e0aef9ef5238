//! The arguments of `mmash`.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;

use crate::show::human::parse_refresh;

/// Serves statistics to browsers, live, and to scripts as JSON.
///
/// Prints an address to open in a browser. Files are read only on request, and at most once per
/// interval for all clients together.
#[derive(Debug, Args)]
#[command(after_help = SERVE_EXIT, after_long_help = format!("{SERVE_MORE}\n\n{SERVE_EXIT}"))]
pub(crate) struct Serve {
    /// Files, directories, patterns or pids to serve, including files that appear later
    #[arg(value_name = "FILE|DIR|PATTERN|PID")]
    pub(crate) targets: Vec<OsString>,

    /// Address or name to listen on; every client can read all statistics [default: 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) host: Option<String>,

    /// Port to listen on; 0 for any free port [default: 5002]
    #[arg(short, long, value_name = "PORT")]
    pub(crate) port: Option<u16>,

    /// Host name to allow in requests, such as that of a proxy on this machine
    ///
    /// On a loopback address, requests may only name `localhost` or a loopback address, so that a
    /// page of another site cannot read the statistics through a name of its own. With this option,
    /// host names are checked on every address. The option may be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,

    /// Number of files to read, at most
    ///
    /// Memory grows with it: a file with ten counters takes about 3 KB, and one with a timer about
    /// 25 KB. If there are more, the directories with the most files are not read completely.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) files: usize,

    /// Number of connections at the same time, at most
    ///
    /// It is also at most a quarter of the limit on open files, so that enough are left for reading
    /// statistics. If there is one more, the connection that has kept the server waiting longest, for
    /// a request or to take an answer, is closed.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) connections: u16,

    /// Time that a client has to send a request, in seconds or with a unit (500ms, 2m)
    ///
    /// After six times as long, a connection takes no further request, and after nine times, it is
    /// closed even if the client has not yet taken the last answer.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = parse_refresh)]
    pub(crate) client_timeout: Duration,

    /// Time between two readings of the files, in seconds or with a unit (500ms, 2m)
    #[arg(short = 'd', long, value_name = "SECONDS", default_value = "1", value_parser = parse_refresh)]
    pub(crate) interval: Duration,
}

const SERVE_EXIT: &str = "\
Exit status:
  0  ended by SIGINT or SIGTERM
  2  the server could not listen, or the arguments are wrong";

const SERVE_MORE: &str = "\
Addresses:
  /                 all processes and their statistics, live; for programs with several live
                    processes also their totals
  /graph/           statistics over time
  /stats/           the keys of all statistics
  /stats/PREFIX     the values of all statistics with this prefix, of each file; for a timer, the
                    mean of its latest samples in seconds
      ?exact=1          only the statistic with this key
      ?aggr=HOW         one value for all files: avg, one, max, min, sum, nonzero-min or nonzero-avg
      ?glob=PATTERN     only files with a matching name
  /files/           the files; /files/PATTERN for those with a matching name
  /json             the output of `slurpstats --format json`; with ?help-texts, ?lanes, ?rates and
                    ?glob=PATTERN
  /metrics          what Prometheus scrapes, with native histograms, in OpenMetrics 1.0 or in
                    text 0.0.4; with ?per-process for a series a process, and ?glob=PATTERN

Settings of Python's mmash: HOST, PORT and MMSTATS_GLOB are read from the file that MMASH_SETTINGS
names, unless arguments set them. The file is not executed: it may only assign constants, or
`MMSTATS_GLOB = defaults.DEFAULT_GLOB` for the default places.

Examples:
  The statistics of one directory:
      mmash /srv/stats
  From another machine, over ssh:
      ssh -L 5002:localhost:5002 server mmash
  The number of requests of all workers so far:
      curl 'http://localhost:5002/stats/web.requests?exact=1&aggr=sum'";
