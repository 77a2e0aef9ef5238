//! The command line: everything of clap.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, iter};

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

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
    Pollstats(Poll),
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Slurp(Slurp),
    Clean(Clean),
    Check(Check),
    Munin(Munin),
    Poll(Poll),
    Diff(Diff),
    Completions(Completions),
    Man(Man),
    Top(Top),
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

    /// Print also what the statistics mean, as their program documents them
    #[arg(long)]
    pub(crate) help_texts: bool,

    /// Print also what each thread wrote, not only all of them together
    #[arg(long)]
    pub(crate) lanes: bool,

    /// Read twice, and print beside each count how many came a second
    ///
    /// Beside a timer or an average is also the mean of what came meanwhile.
    #[arg(
        long, value_name = "SECONDS", value_parser = seconds,
        num_args = 0..=1, require_equals = true, default_missing_value = "1"
    )]
    pub(crate) rates: Option<Duration>,

    /// Print what changed since this copy was made, not since the file was created
    ///
    /// A file, a directory or a pattern, of copies that were made with `cp`: so anyone can count
    /// from now on, and no writer has to do anything about it. A file of which there is no copy
    /// is printed as it is.
    #[arg(long, value_name = "COPY", conflicts_with_all = ["rates", "lanes"])]
    pub(crate) since: Vec<OsString>,

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
  All files of process 4280 in the default places:
      slurpstats 4280
  Every second, how far a job is:
      watch -n 1 slurpstats --format pretty update-emails-4280.mmstats
  What each counts a second:
      slurpstats --rates
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
        Tool::Pollstats(options) => Ok(Command::Poll(options)),
    }
}

/// What a link to `mmstats` is called as a plugin of Munin: `web` for `mmstats_web`.
fn plugin(name: &str, own: &OsStr) -> Option<String> {
    let link = Path::new(own).file_name()?.to_string_lossy().into_owned();
    let plugin = link.strip_prefix("mmstats_").filter(|plugin| !plugin.is_empty());
    plugin.filter(|_| name == "mmstats").map(Into::into)
}

/// Prints what a shell needs to complete the arguments of a tool.
#[derive(Debug, Args)]
#[command(after_long_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct Completions {
    /// For which shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,

    /// Of which tool
    #[arg(default_value = "mmstats", value_parser = TOOLS)]
    pub(crate) tool: String,
}

/// Writes the man pages of all tools.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Into which directory, which has to exist
    pub(crate) directory: PathBuf,
}

/// The names that people know; each is a binary.
const TOOLS: [&str; 4] = ["mmstats", "slurpstats", "pollstats", "cleanstats"];

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  mmstats completions bash > ~/.local/share/bash-completion/completions/mmstats
  mmstats completions zsh slurpstats > ~/.zfunc/_slurpstats
  mmstats completions fish > ~/.config/fish/completions/mmstats.fish";

/// What clap knows of each tool, as if it had been started under its own name.
pub(crate) fn tools() -> Vec<clap::Command> {
    let all = Tool::command();
    let tools = TOOLS.iter().filter_map(|name| all.find_subcommand(name));
    tools.map(|tool| tool.clone().version(env!("CARGO_PKG_VERSION"))).collect()
}

/// Prints how fields change, a line a second, summed over all files.
///
/// The first line has the values so far; each further one what was counted since the line before.
/// A timer has how many it timed a second, their mean and their 99th percentile; a gauge, a text
/// or a constant has its value. Files may appear, end and be replaced meanwhile: a writer that is
/// started anew is no negative count, and what one counted until its end is not lost.
#[derive(Debug, Args)]
#[command(after_help = POLL_EXIT, after_long_help = format!("{POLL_MORE}\n\n{POLL_EXIT}"))]
pub(crate) struct Poll {
    /// The fields, separated by commas
    pub(crate) fields: String,

    /// What to read, as `slurpstats` does; looked for anew for each line
    #[arg(value_name = "FILE|DIR|PATTERN|PID")]
    pub(crate) targets: Vec<OsString>,

    /// What the name of each field begins with; it is left out in the header
    #[arg(short, long, default_value = "", hide_default_value = true)]
    pub(crate) prefix: String,

    /// End after so many lines
    #[arg(short, long, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,

    /// From one line to the next, fractions included; if not 1, counts have their rate beside them
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds, default_value = "1")]
    pub(crate) delay: Duration,

    /// Repeat the header after so many lines; 0: no header
    #[arg(short = 'n', long, value_name = "LINES", default_value_t = 20)]
    pub(crate) headers: u64,

    /// Only files with a field that begins so, or with exactly this value [default: those that
    /// have one of the fields]
    ///
    /// If given more than once, one of them has to fit. Values are as `slurpstats` prints them.
    #[arg(short, long, value_name = "FIELD[=VALUE]")]
    pub(crate) filter: Vec<String>,

    /// Begin with what changed since this copy was made with `cp`, not since the file was created
    #[arg(long, value_name = "COPY")]
    pub(crate) since: Vec<OsString>,

    /// How to print it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = PollFormat::Plain)]
    pub(crate) format: PollFormat,

    /// When to colour the plain format; `auto`: on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// How lines are printed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PollFormat {
    /// In columns
    Plain,
    /// An object a line: `time`, `interval`, `files`, and of each of `fields` the `total`, `change`
    /// and `rate`, of timers and averages also `samples`, of gauges and texts the `value` alone;
    /// times are in seconds
    Json,
}

/// Prints what changed between two snapshots of a file that were saved with `cp`.
///
/// The later one may also be the file itself. Counts are less those before, timers have the mean
/// and the percentiles of what came between, gauges and texts their later value; what did not
/// change is left out. There are rates where both times are known: now, if the file is being
/// written; when its writer ended, if it said so; else when the file was last modified, which for
/// a copy is when it was made.
#[derive(Debug, Args)]
#[command(after_help = SLURP_EXIT, after_long_help = format!("{DIFF_EXAMPLES}\n\n{SLURP_EXIT}"))]
pub(crate) struct Diff {
    /// The earlier one; or a directory or pattern of such
    #[arg(value_name = "BEFORE")]
    pub(crate) before: OsString,

    /// The later one; or a directory or pattern of such, or a pid
    #[arg(value_name = "AFTER")]
    pub(crate) after: OsString,

    /// How to print it [default: pretty on a terminal, plain elsewhere]
    #[arg(long, value_enum, value_name = "FORMAT", hide_default_value = true)]
    pub(crate) format: Option<Format>,

    /// When to colour the pretty format; `auto`: on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

const POLL_EXIT: &str = "\
Exit status:
  0  all of the lines, or as many as somebody wanted to read
  1  there was nothing to begin with
  2  something could not be read, no file has a field, or the arguments are wrong";

const POLL_MORE: &str = "\
Over several files counts, timers and averages add up. Of gauges it is the sum as well, or what
their field says for its threads (min, max); a writer that ended has no say while another lives.
An integer of a version 1 file may be a count or a gauge: it is taken for a count.

Examples:
  How fast a job is, each second:
      pollstats done,missing_email,otherdb_timer update-emails-4280.mmstats
  All workers together, every five seconds, for a minute:
      pollstats -p web. -d 5 -c 13 requests,errors '/srv/stats/web-*.mmstats'
  Of one release only:
      pollstats -f release=1.4.2 done /srv/stats
  For a script:
      pollstats --format json done 4280 | jq --unbuffered '.fields.done.rate'";

const DIFF_EXAMPLES: &str = "\
Examples:
  What a job did since a copy was made:
      cp update-emails-4280.mmstats before
      mmstats diff before update-emails-4280.mmstats";

/// A time that is not zero.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds")?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() && duration < MOST_SECONDS => Ok(duration),
        _ => Err("expected more than 0, and less than ten years".into()),
    }
}

const MOST_SECONDS: Duration = Duration::from_hours(10 * 365 * 24);

/// Shows all processes that publish statistics, and what they do, until `q` is pressed.
///
/// The first statistic that counts stands for all of a process in the list; Enter shows the
/// others. A counter `done` beside a constant `total` tells how far a process is. `?` shows all
/// keys.
#[derive(Debug, Args)]
#[command(after_help = TOP_EXIT)]
pub(crate) struct Top {
    /// What to show, as for `slurp`; files that appear later are shown too
    #[arg(value_name = "FILE|DIR|PATTERN|PID")]
    pub(crate) targets: Vec<OsString>,

    /// How long a tick is
    #[arg(short, long, value_name = "SECONDS", default_value = "1", value_parser = tick)]
    pub(crate) delay: Duration,

    /// Show at first only processes with this in their command, pid, path or a label
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
}

const TOP_EXIT: &str = "\
Exit status:
  0  it was quit
  2  standard output is not a terminal, or the arguments are wrong";

/// Seconds, with or without a fraction.
fn tick(text: &str) -> Result<Duration, String> {
    let bounds = Duration::from_millis(50)..=Duration::from_hours(24);
    let seconds = text.parse().ok().and_then(|text| Duration::try_from_secs_f64(text).ok());
    seconds
        .filter(|seconds| bounds.contains(seconds))
        .ok_or_else(|| "expected seconds, from 0.05 to 86400".into())
}
