//! The arguments of `mmstats check`.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;

use super::{Range, Status};
use crate::show::human;
use crate::watch::total::Policy;

/// Checks a statistic or a writer, as a plugin of Nagios, Icinga and others.
///
/// Follows the guidelines of the Monitoring Plugins: a status line with performance data, and an
/// exit code. Without `--field` it checks that the writers live.
#[derive(Debug, Args)]
#[command(after_help = CHECK_EXIT, after_long_help = format!("{CHECK_EXAMPLES}\n\n{CHECK_EXIT}"))]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub(crate) struct Check {
    /// What to check; all files in the default places if nothing is given
    ///
    /// A file; a directory, for every `*.mmstats` in it; a quoted pattern; or the pid of a
    /// process, whose files are looked for in the default places.
    ///
    /// The default places are what `MMSTATS_GLOB` matches, or the directory `MMSTATS_PATH`, or
    /// every user's own directory in `/dev/shm` and the temporary directory.
    #[arg(value_name = "FILE|DIR|PATTERN|PID")]
    pub(crate) targets: Vec<OsString>,

    /// The statistic to check, over all files that have it
    ///
    /// Counts are added, also those of writers that ended. Means and timers are merged; a timer's
    /// value is the mean of its latest samples, in seconds.
    #[arg(short, long, value_name = "LABEL")]
    pub(crate) field: Option<String>,

    /// Where the value has to be for no warning: `10` (0 to 10), `10:`, `'~:10'`, `10:20`, or where
    /// it must not be: `@10:20`
    #[arg(short, long, value_name = "RANGE", requires = "field", allow_hyphen_values = true)]
    pub(crate) warning: Option<Range>,

    /// Where the value has to be so that it is not critical
    #[arg(short, long, value_name = "RANGE", requires = "field", allow_hyphen_values = true)]
    pub(crate) critical: Option<Range>,

    /// Check the change a second, from two looks that are so far apart; of a timer the samples
    #[arg(long, value_name = "SECONDS", requires = "field", group = "measure", value_parser = interval)]
    pub(crate) rate: Option<Duration>,

    /// Check a quantile of all samples of a timer, in seconds: `0.99`
    #[arg(long, value_name = "FRACTION", requires = "field", group = "measure", value_parser = fraction)]
    pub(crate) quantile: Option<f64>,

    /// Check the mean of all samples; of a timer in seconds
    #[arg(long, requires = "field", group = "measure")]
    pub(crate) mean: bool,

    /// How numbers of several files are merged [default: by the field's own policy]
    ///
    /// The default for numbers of version 1, which have no policy: integers are added, of others
    /// it is the mean. Means and timers are always merged.
    #[arg(long, value_enum, value_name = "POLICY", hide_default_value = true, requires = "field")]
    pub(crate) merge: Option<Policy>,

    /// The writers have to live: dead and panicked ones are critical, closed ones a warning
    #[arg(long)]
    pub(crate) live: bool,

    /// Writers that ended in order are fine
    #[arg(long)]
    pub(crate) allow_closed: bool,

    /// It is critical if a file was not written to for so long: `90` (seconds), `15m`, `2h`
    ///
    /// What counts is that its writer created, flushed or closed it, started a thread, recorded a
    /// duration, or made the system note a modification. A store to a counter leaves no trace of
    /// when it was: for writers that do no more, check a `--rate`.
    #[arg(long, value_name = "DURATION", value_parser = human::parse_duration)]
    pub(crate) stale: Option<Duration>,

    /// How bad it is if there is no such file, or no such field
    #[arg(long, value_enum, value_name = "STATUS", default_value_t = Status::Unknown)]
    pub(crate) missing: Status,

    /// Tell of each file, below the first line
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

fn interval(text: &str) -> Result<Duration, String> {
    let interval = human::parse_duration(text)?;
    if interval.is_zero() { Err("expected more than 0 seconds".into()) } else { Ok(interval) }
}

fn fraction(text: &str) -> Result<f64, String> {
    let fraction = text.parse().ok().filter(|fraction| (0.0..=1.0).contains(fraction));
    fraction.ok_or_else(|| "expected a number from 0 to 1".into())
}

const CHECK_EXIT: &str = "\
Exit status, the worst of all that was found:
  0  OK
  1  WARNING: the value is where `--warning` says; a writer that should live has ended
  2  CRITICAL: the value is where `--critical` says; a writer is dead or panicked; a file is stale
  3  UNKNOWN: nothing matched, something could not be read, or the arguments are wrong; also after
     --help and --version";

const CHECK_EXAMPLES: &str = "\
Examples:
  Is the daemon there?
      mmstats check /srv/stats/web.mmstats
  Does it do its work, at least ten requests a second?
      mmstats check /srv/stats --field requests --rate 5 --warning 10: --critical 1:
  Is it quick enough?
      mmstats check /srv/stats --field request --quantile 0.99 --warning 0.2 --critical 1
  In Icinga 2:
      object CheckCommand \"mmstats\" {
        command = [ \"/usr/local/bin/mmstats\", \"check\", \"$mmstats_file$\" ]
        arguments = {
          \"--field\" = \"$mmstats_field$\"
          \"--warning\" = \"$mmstats_warning$\"
          \"--critical\" = \"$mmstats_critical$\"
        }
      }";
