//! The arguments of `mmstats munin`.

use clap::{Args, ValueEnum};

/// Shows statistics in Munin, as a plugin of its node.
///
/// Link it into `/etc/munin/plugins` as `mmstats_NAME`: it then shows the statistics of the program
/// NAME, or those that its stanza selects.
#[derive(Debug, Args)]
#[command(after_help = MUNIN_EXIT, after_long_help = format!("{MUNIN_SETTINGS}\n\n{MUNIN_EXIT}"))]
pub(crate) struct Munin {
    /// Request of Munin
    #[arg(value_enum, value_name = "REQUEST", hide_default_value = true)]
    pub(crate) request: Option<Request>,

    /// The name of the plugin after `mmstats_`.
    #[arg(skip)]
    pub(crate) name: Option<String>,
}

/// A request of Munin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Request {
    /// Print the values; the default
    #[value(alias = "")]
    Fetch,
    /// Print how the values are drawn
    Config,
    /// Print whether there is anything to show
    Autoconf,
    /// Print the names of programs that have statistics
    Suggest,
}

const MUNIN_EXIT: &str = "\
Exit status:
  0  a file was read, or the request was `autoconf` or `suggest`
  1  nothing matched
  2  no file could be read, or the arguments are wrong";

const MUNIN_SETTINGS: &str = "\
Optional settings, in a stanza in /etc/munin/plugin-conf.d/mmstats:
  [mmstats_web]
  user www-data
  env.files /srv/stats/web-*.mmstats
  env.fields requests errors queue_*
  env.title Web workers
  env.vlabel requests per ${graph_period}
  env.errors_warning 0.5

  user            user to run as; it has to be able to read the files
  env.files       files, directories, patterns and pids [default: those of the program NAME in the
                  default places, without those of services that have a private `/tmp`]
  env.fields      keys, or patterns of keys [default: all but constants and texts]
  env.counters    keys, or patterns of keys, of counts in version 1 files, which do not
                  distinguish them from gauges [default: none]
  env.quantiles   quantiles of timers, from 0 to 1 [default: 0.99]
  env.merge       how to merge gauges of several files: sum, min, max, mean or latest [default:
                  the field's own policy]; the labels of the graph show it
  env.title, env.vlabel, env.category, env.args, env.info
                  `graph_title` and so on
  env.FIELD_warning, env.FIELD_critical
                  Munin's limits for a field, under its name in the answer to `config`

Counts are added over all files, and drawn as rates. Gauges are those of live programs. Timers show
the mean of the latest samples and a quantile of all samples, in seconds, if a program is live.

Installation:
  ln -s /usr/local/bin/mmstats /etc/munin/plugins/mmstats_web
  munin-run mmstats_web config
  systemctl restart munin-node";
