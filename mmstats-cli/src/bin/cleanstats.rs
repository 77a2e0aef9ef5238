//! Removes statistics files whose writers are gone.

fn main() -> std::process::ExitCode {
    mmstats_cli::main_as("cleanstats")
}
