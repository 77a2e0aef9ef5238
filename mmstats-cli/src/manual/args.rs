//! The arguments of `mmstats completions` and `mmstats man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// The tools, each of which is a binary.
pub(crate) const TOOLS: [&str; 5] = ["mmstats", "slurpstats", "pollstats", "cleanstats", "mmash"];

/// Prints a completion script for a shell.
#[derive(Debug, Args)]
#[command(after_long_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct Completions {
    /// Shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,

    /// Tool
    #[arg(default_value = "mmstats", value_parser = TOOLS)]
    pub(crate) tool: String,
}

/// Writes the man pages of all tools.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Directory, which has to exist
    pub(crate) directory: PathBuf,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  mmstats completions bash > ~/.local/share/bash-completion/completions/mmstats
  mmstats completions zsh slurpstats > ~/.zfunc/_slurpstats
  mmstats completions fish > ~/.config/fish/completions/mmstats.fish";
