//! The arguments of `mmstats check`.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;

use super::{Range, Status};
use crate::show::human::{parse_duration, parse_interval};
use crate::watch::measure::Measure;
use crate::watch::merge::Policy;

/// Checks a statistic or a writer, as a plugin of Nagios, Icinga and other monitoring systems.
///
/// Follows the guidelines of the Monitoring Plugins: prints a status line with performance data, and
/// ends with an exit code. Without `--field`, it checks that the writers live.
#[derive(Debug, Args)]
#[command(after_help = CHECK_EXIT, after_long_help = format!("{CHECK_EXAMPLES}\n\n{CHECK_EXIT}"))]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub(crate) struct Check {
    /// Files to check [default: all files in the default places]
    ///
    /// A file; a directory, for every `*.mmstats` in it; a quoted pattern; or a pid, for the files
    /// of that process in the default places.
    ///
    /// The default places are the pattern in `MMSTATS_GLOB`; else the directory `MMSTATS_PATH`;
    /// else every user's own directory in `/dev/shm` and the temporary directory, the runtime
    /// directories of services (`/run/NAME`, `/run/user/UID/NAME`), and the temporary directory
    /// itself, where Python's mmstats writes.
    #[arg(value_name = "FILE|DIR|PATTERN|PID")]
    pub(crate) targets: Vec<OsString>,

    /// Statistic to check, over all files that have it
    ///
    /// Counts, means and timers are added, including those of writers that ended. Gauges of live
    /// writers are added as well, unless their field declares another policy. The value of a timer
    /// is the mean of its latest samples, in seconds.
    ///
    /// UNKNOWN if it shows the present, as gauges and timers do, and its writers are dead.
    #[arg(short, long, value_name = "KEY")]
    pub(crate) field: Option<String>,

    /// Range outside which the result is WARNING: `10` (0 to 10), `10:`, `'~:10'` or `10:20`; or
    /// inside which it is: `@10:20`
    #[arg(short, long, value_name = "RANGE", requires = "field", allow_hyphen_values = true)]
    pub(crate) warning: Option<Range>,

    /// Range outside which the result is CRITICAL
    #[arg(short, long, value_name = "RANGE", requires = "field", allow_hyphen_values = true)]
    pub(crate) critical: Option<Range>,

    /// Check the change per second between two readings; for a timer, the number of its samples
    ///
    /// With `--mean` or `--quantile`, check those of the samples between the two readings.
    #[arg(long, requires = "field")]
    pub(crate) rate: bool,

    /// Time between the two readings of --rate, in seconds or with a unit (500ms, 2m)
    #[arg(
        short = 'd', long, value_name = "SECONDS", requires = "rate", value_parser = parse_interval,
        default_value = "1"
    )]
    pub(crate) interval: Duration,

    /// Check this quantile of all samples of a timer, in seconds: `0.99`
    #[arg(long, value_name = "FRACTION", requires = "field", group = "measure", value_parser = fraction)]
    pub(crate) quantile: Option<f64>,

    /// Check the mean of all samples; for a timer, in seconds
    #[arg(long, requires = "field", group = "measure")]
    pub(crate) mean: bool,

    /// CRITICAL if something that the timer measures has been running for longer: `90` (seconds),
    /// `5m`
    ///
    /// The time is the mean of all running spans of the timer in a file; only live writers count.
    #[arg(long, value_name = "DURATION", requires = "field", value_parser = parse_duration)]
    pub(crate) running: Option<Duration>,

    /// How to merge numbers of several files [default: the field's own policy]
    ///
    /// By default, numbers are added if the field declares nothing, and numbers of version 1 that
    /// are not integers are averaged. Means and timers are always merged.
    #[arg(long, value_enum, value_name = "POLICY", hide_default_value = true, requires = "field")]
    pub(crate) merge: Option<Policy>,

    /// Require live writers: dead and panicked ones are CRITICAL, closed ones WARNING
    #[arg(long)]
    pub(crate) live: bool,

    /// Accept writers that closed their files
    #[arg(long)]
    pub(crate) allow_closed: bool,

    /// Accept dead and panicked writers, and check their gauges and timers as they left them
    #[arg(long)]
    pub(crate) allow_dead: bool,

    /// CRITICAL if a file was not written for this long: `90` (seconds), `15m`, `2h`
    ///
    /// A file counts as written when its writer creates, flushes or closes it, starts a thread,
    /// records a duration, or modifies the file by a system call. A store to a counter leaves no
    /// trace of its time: check a `--rate` for writers that do nothing else.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(crate) stale: Option<Duration>,

    /// Status when no file matches, or none has the field
    #[arg(long, value_enum, value_name = "STATUS", default_value_t = Status::Unknown)]
    pub(crate) missing: Status,

    /// Also report each file, below the first line
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

impl Check {
    pub(super) fn measure(&self) -> Measure {
        match self.quantile {
            Some(quantile) => Measure::Quantile(quantile),
            None if self.mean => Measure::Mean,
            None if self.rate => Measure::Rate,
            None => Measure::Value,
        }
    }
}

fn fraction(text: &str) -> Result<f64, String> {
    let fraction = text.parse().ok().filter(|fraction| (0.0..=1.0).contains(fraction));
    fraction.ok_or_else(|| "expected a number from 0 to 1".into())
}

const CHECK_EXIT: &str = "\
Exit status, the worst of all findings:
  0  OK
  1  WARNING: the value is outside the range of `--warning`; a writer that should live has ended
  2  CRITICAL: the value is outside the range of `--critical`; a writer that should live is dead or
     panicked; a file is stale; something has been running for too long
  3  UNKNOWN: nothing matched, a file could not be read, the writers of a gauge or timer are dead,
     or the arguments are wrong; also after --help and --version";

const CHECK_EXAMPLES: &str = "\
Examples:
  Is the daemon running?
      mmstats check /srv/stats/web.mmstats
  Does it serve at least ten requests a second?
      mmstats check /srv/stats --field requests --rate -d 5 --warning 10: --critical 1:
  Has it been fast enough since it started? And in these ten seconds?
      mmstats check /srv/stats --field request --quantile 0.99 --warning 0.2 --critical 1
      mmstats check /srv/stats --field request --quantile 0.99 --rate -d 10 --warning 0.2
  Does the backup hang?
      mmstats check /srv/stats/backup.mmstats --field copy --running 2h
  In Icinga 2:
      object CheckCommand \"mmstats\" {
        command = [ \"/usr/local/bin/mmstats\", \"check\", \"$mmstats_file$\" ]
        arguments = {
          \"--field\" = \"$mmstats_field$\"
          \"--warning\" = \"$mmstats_warning$\"
          \"--critical\" = \"$mmstats_critical$\"
        }
      }";
