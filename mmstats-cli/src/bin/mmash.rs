//! Serves statistics to browsers, and as JSON.

fn main() -> std::process::ExitCode {
    mmstats_cli::main_as("mmash")
}
