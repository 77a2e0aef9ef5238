//! Prints what statistics files hold.

fn main() -> std::process::ExitCode {
    mmstats_cli::main_as("slurpstats")
}
