//! The arguments of `mmstats munin`.

use clap::{Args, ValueEnum};

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
