//! The command line: everything of clap.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;
use std::{env, iter};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::check::{Range, Status};
use crate::human;

/// Each tool under its own name, and all of them as commands of `mmstats`.
#[derive(Debug, Parser)]
#[command(multicall = true, version, propagate_version = true)]
enum Tool {
    Slurpstats(Slurp),
    Cleanstats(Clean),
    /// Reads the statistics that programs publish through memory.
    Mmstats {
        #[command(subcommand)]
        command: Command,
    },
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Slurp(Slurp),
    Clean(Clean),
    Check(Check),
    Munin(Munin),
}

/// Prints what statistics files hold, while their writers run or after they died.
#[derive(Debug, Args)]
#[command(after_help = SLURP_EXIT, after_long_help = format!("{SLURP_EXAMPLES}\n\n{SLURP_EXIT}"))]
pub(crate) struct Slurp {
    /// What to read; all files in the default places if nothing is given
    ///
    /// A file; a directory, for every `*.mmstats` in it; a quoted pattern; or the pid of a
    /// process, whose files are looked for in the default places.
    ///
    /// The default places are what `MMSTATS_GLOB` matches, or the directory `MMSTATS_PATH`, or
    /// every user's own directory in `/dev/shm` and the temporary directory.
    #[arg(value_name = "FILE|DIR|PATTERN|PID")]
    pub(crate) targets: Vec<OsString>,

    /// How to print it [default: pretty on a terminal, plain elsewhere]
    #[arg(long, value_enum, value_name = "FORMAT", hide_default_value = true)]
    pub(crate) format: Option<Format>,

    /// Print also what each thread wrote, not only all of them together
    #[arg(long)]
    pub(crate) lanes: bool,

    /// When to colour the pretty format; `auto`: on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// How files are printed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// A label and a value a line; a timer's value is its moving average in seconds
    Plain,
    /// With units, percentiles, and what became of the writer
    Pretty,
    /// An array with an object a file; times are in seconds
    Json,
}

/// When to colour.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

const SLURP_EXIT: &str = "\
Exit status:
  0  everything that matched was read
  1  nothing matched
  2  something could not be read, or the arguments are wrong";

const SLURP_EXAMPLES: &str = "\
Examples:
  Everything in the default places:
      slurpstats
  All files of process 4280:
      slurpstats 4280
  Every second, how far a job is:
      watch -n 1 slurpstats update-emails-4280.mmstats
  One value, for a script:
      slurpstats --format json '/srv/stats/*.mmstats' | jq '.[].stats.done'";

/// Removes statistics files whose writers are gone.
///
/// A writer holds a lock on its file for as long as it lives, so it makes no difference who it is,
/// in which container it runs, or whether its pid has been given to another program. Files of the
/// original's version 1 have no lock: they are removed when no process has their pid, which for
/// those of a container has to be asked in that container.
///
/// Symbolic links, and files that are not of statistics, are never touched. In directories, and in
/// the default places, temporary files of creations that were killed are removed as well.
#[derive(Debug, Args)]
#[command(after_help = CLEAN_EXIT, after_long_help = format!("{CLEAN_EXAMPLES}\n\n{CLEAN_EXIT}"))]
pub(crate) struct Clean {
    /// What to clean; all files in the default places if nothing is given
    ///
    /// A file; a directory, for every `*.mmstats` in it; a quoted pattern; or the pid of a
    /// process, whose files are looked for in the default places.
    ///
    /// The default places are what `MMSTATS_GLOB` matches, or the directory `MMSTATS_PATH`, or
    /// every user's own directory in `/dev/shm` and the temporary directory; files there that
    /// only others may remove are passed over.
    #[arg(value_name = "FILE|DIR|PATTERN|PID")]
    pub(crate) targets: Vec<OsString>,

    /// Tell what would be removed, and remove nothing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,

    /// Keep files that were written within this time: `90` (seconds), `15m`, `2h`, `7d`
    ///
    /// It is counted from the last trace that the writer left: that it ended, created or flushed
    /// the file, started a thread, recorded a duration, or made the system note a modification.
    /// A writer that was killed may have counted for longer without leaving a trace.
    #[arg(long, value_name = "DURATION", value_parser = human::parse_duration)]
    pub(crate) older_than: Option<Duration>,

    /// Keep the N newest files of each command
    ///
    /// Version 1 does not tell the command: there, files belong together whose names differ in
    /// numbers only.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) keep_last: usize,

    /// Tell also of files whose writers live
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

const CLEAN_EXIT: &str = "\
Exit status:
  0  all that matched was removed, or has a reason to stay
  1  nothing matched
  2  something could not be read or removed, or the arguments are wrong";

const CLEAN_EXAMPLES: &str = "\
Examples:
  What would be removed from the default places:
      cleanstats --dry-run
  Each night; what a crash left can be looked at for a week:
      cleanstats --older-than 7d
  Before a job is started, its last five runs kept:
      cleanstats --keep-last 5 /srv/stats";

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

    /// Where the value has to be for no warning: `10` (0 to 10), `10:`, `~:10`, `10:20`, or where
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

/// How numbers of several files are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Policy {
    Sum,
    Min,
    Max,
    Mean,
    /// That of the file that was written last
    Latest,
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

/// Shows statistics in Munin, as a plugin of its node.
///
/// Link it into `/etc/munin/plugins` as `mmstats_NAME`: then it shows what the program NAME writes,
/// or what its stanza says.
#[derive(Debug, Args)]
#[command(after_help = MUNIN_EXIT, after_long_help = format!("{MUNIN_SETTINGS}\n\n{MUNIN_EXIT}"))]
pub(crate) struct Munin {
    /// What Munin asks for
    #[arg(value_enum, value_name = "REQUEST", hide_default_value = true)]
    pub(crate) request: Option<Request>,

    /// What the plugin is called, after `mmstats_`.
    #[arg(skip)]
    pub(crate) name: Option<String>,
}

/// What Munin asks a plugin for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Request {
    /// The values; the default
    #[value(alias = "")]
    Fetch,
    /// What they are, and how they are drawn
    Config,
    /// Whether there is anything to show
    Autoconf,
    /// The names of programs that there is something of
    Suggest,
}

const MUNIN_EXIT: &str = "\
Exit status:
  0  something was read, or the question was `autoconf` or `suggest`
  1  nothing matched
  2  nothing could be read, or the arguments are wrong";

const MUNIN_SETTINGS: &str = "\
Settings, of which none is needed, are in a stanza in /etc/munin/plugin-conf.d/mmstats:
  [mmstats_web]
  user www-data
  env.files /srv/stats/web-*.mmstats
  env.fields requests errors queue_*
  env.title Web workers
  env.vlabel requests per ${graph_period}
  env.errors_warning 0.5

  user            whom to run as: somebody who may read the files
  env.files       files, directories, patterns and pids [default: those of the program NAME in the
                  default places, which for a service with a `/tmp` of its own are not all]
  env.fields      labels, or patterns of such [default: all but constants and texts]
  env.counters    labels, or patterns of such, of what is a count in files of version 1, which do
                  not say so [default: none]
  env.quantiles   of timers, from 0 to 1 [default: 0.99]
  env.merge       how numbers of several files are merged: sum, min, max, mean or latest [default:
                  by the field's own policy]
  env.title, env.vlabel, env.category, env.args, env.info
                  `graph_title` and so on
  env.FIELD_warning, env.FIELD_critical
                  Munin's limits, for a field as it is called in the answer to `config`

Counts are added over all files, and drawn as their rate. Anything else is of the programs that
live: of timers the mean of the latest samples and a quantile of all, in seconds.

Installation:
  ln -s /usr/local/bin/mmstats /etc/munin/plugins/mmstats_web
  munin-run mmstats_web config
  systemctl restart munin-node";

/// Whether the tool `name` is asked to check, so that even its mistakes have to be told as a
/// plugin tells them.
pub(crate) fn is_check(name: &str) -> bool {
    name == "mmstats" && env::args_os().nth(1).is_some_and(|command| command == "check")
}

/// Parses the arguments of the process as those of the tool `name`, whatever it was started as.
pub(crate) fn parse(name: &str) -> Result<Command, clap::Error> {
    let mut arguments = env::args_os();
    let own = arguments.next().unwrap_or_default();
    if let Some(plugin) = plugin(name, &own) {
        let words = ["mmstats", "munin"].map(OsString::from).into_iter().chain(arguments);
        let Tool::Mmstats { command: Command::Munin(options) } = Tool::try_parse_from(words)?
        else {
            unreachable!("the words begin with this command");
        };
        return Ok(Command::Munin(Munin { name: Some(plugin), ..options }));
    }
    match Tool::try_parse_from(iter::once(name.into()).chain(arguments))? {
        Tool::Slurpstats(options) => Ok(Command::Slurp(options)),
        Tool::Cleanstats(options) => Ok(Command::Clean(options)),
        Tool::Mmstats { command } => Ok(command),
    }
}

/// What a link to `mmstats` is called as a plugin of Munin: `web` for `mmstats_web`.
fn plugin(name: &str, own: &OsStr) -> Option<String> {
    let link = Path::new(own).file_name()?.to_string_lossy().into_owned();
    let plugin = link.strip_prefix("mmstats_").filter(|plugin| !plugin.is_empty());
    plugin.filter(|_| name == "mmstats").map(Into::into)
}
