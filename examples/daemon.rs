//! A daemon that forks twice and then publishes statistics of its own.
//!
//! The recommended way is to create the statistics after the last `fork`. A program that has them
//! already, because it counts while it starts, calls `reopen` there: the daemon then has a file of
//! its own, and what its parents counted stays in theirs.
//!
//! # Run it
//! ```sh
//! cargo run --example daemon -- /tmp
//! ```
//!
//! # Expected output
//! The paths of two files. `slurpstats` shows the first one as `closed`, with `steps` 1, and the second
//! one as `live` while the daemon runs, which is a second, with `steps` 1:
//! ```text
//! starter: /tmp/daemon-4280.mmstats
//! daemon: /tmp/daemon-4282.mmstats
//! ```

use std::env;
use std::error::Error;
use std::thread;
use std::time::Duration;

use mmstats::{Counter, Mapped, MmStats, Text};

#[derive(MmStats)]
struct Stats {
    /// Steps that this process took.
    steps: Counter,
    /// What it is doing.
    phase: Text<16>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::args().nth(1).unwrap_or_else(|| ".".into());
    let stats = Stats::builder().directory(directory).file("daemon-{PID}.mmstats").create()?;
    stats.phase.set("starting");
    stats.steps.inc();
    println!("starter: {stats}");
    if !daemonize()? {
        // Dropping the handle closes the file of this process. In the intermediate process, the
        // handle has no file, and leaves that of its parent alone.
        return Ok(());
    }
    stats.reopen()?;
    serve(&stats);
    Ok(())
}

fn serve(stats: &Mapped<Stats>) {
    stats.phase.set("serving");
    stats.steps.inc();
    println!("daemon: {stats}");
    thread::sleep(Duration::from_secs(1)); // the work
}

/// Forks twice, so that the daemon belongs to no terminal, and returns `true` in the daemon only.
fn daemonize() -> Result<bool, Box<dyn Error>> {
    if fork()? {
        return Ok(false);
    }
    rustix::process::setsid()?;
    if fork()? {
        return Ok(false);
    }
    // A real daemon also changes to `/`, and opens `/dev/null` in place of its terminal.
    Ok(true)
}

/// Returns whether this is the parent.
fn fork() -> Result<bool, std::io::Error> {
    // SAFETY: this program has one thread, so that its child may go on in the same way.
    #[expect(unsafe_code, reason = "the standard library has no `fork`")]
    let pid = unsafe { libc::fork() };
    if pid < 0 { Err(std::io::Error::last_os_error()) } else { Ok(pid > 0) }
}
