//! Prints how statistics change, a line a second.

fn main() -> std::process::ExitCode {
    mmstats_cli::main_as("pollstats")
}
