//! All tools of mmstats, as commands.

fn main() -> std::process::ExitCode {
    mmstats_cli::main_as("mmstats")
}
