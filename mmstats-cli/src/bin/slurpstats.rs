//! Prints the contents of statistics files.

fn main() -> std::process::ExitCode {
    mmstats_cli::main_as("slurpstats")
}
