//! How costs grow: with the fields of a struct, the threads of a process, and the files of a
//! machine.

use std::error::Error;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where the relations are to be drawn, as SVG
    #[arg(long, value_name = "DIRECTORY")]
    plots: Option<PathBuf>,
}

pub(crate) fn run(_args: &Args) -> Result<(), Box<dyn Error>> {
    Ok(())
}
