//! `mmstats completions` and `mmstats man`, generated from the arguments that are parsed.

mod args;

use std::io::{self, Write};

use clap::{Arg, ArgAction};
use clap_complete::Shell;

use crate::report::Report;
pub(crate) use args::{Completions, Man, TOOLS};

/// Prints the completions of a tool.
pub(crate) fn completions(
    options: &Completions,
    mut tools: Vec<clap::Command>,
    report: &mut Report,
) -> io::Result<()> {
    if let Some(tool) = tools.iter_mut().find(|tool| tool.get_name() == options.tool) {
        let mut script = Vec::new();
        clap_complete::generate(options.shell, tool, &options.tool, &mut script);
        if options.shell == Shell::Bash {
            script = completing_files(&String::from_utf8_lossy(&script)).into_bytes();
        }
        io::stdout().lock().write_all(&script)?;
        report.success();
    }
    Ok(())
}

/// Changes a script for bash so that words which do not begin with `-` are completed as files, where
/// the generated script offers options: in commands that have neither commands nor fixed words.
fn completing_files(script: &str) -> String {
    let mut completing = String::new();
    let mut takes_files = false;
    for line in script.lines() {
        let trimmed = line.trim_start();
        let is_last = line.len() - trimmed.len() == 12; // after the values of options
        if let Some(words) = trimmed.strip_prefix("opts=\"") {
            takes_files =
                words.split(['"', ' ']).all(|word| word.is_empty() || word.starts_with('-'));
        }
        let (condition, _) = line.split_once(" || ${COMP_CWORD} -eq ").unwrap_or((line, ""));
        match trimmed {
            // Nothing is offered, which makes bash offer files.
            "COMPREPLY=( $(compgen -W \"${opts}\" -- \"${cur}\") )" if takes_files && is_last => {}
            _ if takes_files && condition != line => completing.extend([condition, " ]] ; then"]),
            _ => completing.push_str(line),
        }
        completing.push('\n');
    }
    completing
}

/// Gives the command and all its commands a usage with the names of values. `parent` is what precedes
/// the name of the command.
fn with_usage(command: clap::Command, parent: &str) -> clap::Command {
    let names: Vec<String> =
        command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let mut words: Vec<String> =
        command.get_arguments().filter(|argument| !argument.is_hide_set()).map(word).collect();
    words.sort_by_key(|word| !word.starts_with("[-"));
    if !names.is_empty() {
        words.push("COMMAND".into());
    }
    let name = format!("{parent}{}", command.get_name());
    let command = command.override_usage(format!("{name} {}", words.join(" ")));
    let parent = name + " ";
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |command| with_usage(command, &parent))
    })
}

/// Formats an argument: `[-d|--interval SECONDS]`, `FIELDS`, `[FILE|DIR|PATTERN|PID]...`.
fn word(argument: &Arg) -> String {
    let value = argument.get_value_names().and_then(<[_]>::first);
    let value =
        value.map_or_else(|| argument.get_id().as_str().to_uppercase(), ToString::to_string);
    let takes_many = matches!(argument.get_action(), ArgAction::Append);
    let many = if takes_many { "..." } else { "" };
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    let flags: Vec<String> = short.into_iter().chain(long).collect();
    match (flags.join("|"), argument.get_action().takes_values()) {
        (flags, _) if flags.is_empty() && argument.is_required_set() => format!("{value}{many}"),
        (flags, _) if flags.is_empty() => format!("[{value}]{many}"),
        (flags, true) => format!("[{flags} {value}]{many}"),
        (flags, false) => format!("[{flags}]"),
    }
}

/// Writes a page for each tool and each of its commands: `mmstats.1`, `mmstats-slurp.1` …
pub(crate) fn pages(options: &Man, tools: Vec<clap::Command>, report: &mut Report) {
    let directory = &options.directory;
    for tool in tools {
        match clap_mangen::generate_to(with_usage(tool, ""), directory) {
            Ok(()) => report.success(),
            Err(error) => report.failure(format_args!("{}: {error}", directory.display())),
        }
    }
}
