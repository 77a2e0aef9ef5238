//! A process that writes a part of the fleet: a file for each of the processes that it stands for.

use std::error::Error;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use mmstats::Mapped;

use super::raise_file_limit;
use super::service::{Change, Kinds, Mixed, Numbers};

/// What it writes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    directory: PathBuf,
    files: usize,
    #[arg(value_enum)]
    kinds: Kinds,
    /// How often all statistics of all files change, in milliseconds
    every: u64,
}

/// Says `ready`, and writes until its standard input ends.
pub(crate) fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    raise_file_limit()?;
    match args.kinds {
        Kinds::Numbers => write(args, &create::<Numbers>(&args.directory, args.files)?),
        Kinds::Mixed => write(args, &create::<Mixed>(&args.directory, args.files)?),
    }
}

fn create<S: Change>(directory: &Path, files: usize) -> Result<Vec<Mapped<S>>, Box<dyn Error>> {
    let create = |number| {
        let name = format!("service-{{PID}}-{number:05}.mmstats");
        Ok(S::builder().path(directory).filename(name).remove_on_drop(true).create()?)
    };
    (0..files).map(create).collect()
}

fn write<S: Change>(args: &Args, files: &[Mapped<S>]) -> Result<(), Box<dyn Error>> {
    let change = |round| files.iter().for_each(|file| file.change(round));
    change(0);
    let end = end_of_input();
    writeln!(io::stdout(), "ready")?;
    let every = Duration::from_millis(args.every);
    for round in 1.. {
        match end.recv_timeout(every) {
            Err(RecvTimeoutError::Timeout) => change(round),
            _ => break,
        }
    }
    Ok(())
}

fn end_of_input() -> Receiver<()> {
    let (sender, end) = mpsc::channel();
    thread::spawn(move || {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        drop(sender);
    });
    end
}
