//! A long-running script that shows its progress to other programs.
//!
//! It copies users with their e-mail addresses from one SQLite database to another, each user in
//! its own transaction. It counts its work in a file, which other programs can read while it runs,
//! and after it ended or was killed.
//!
//! # Run it
//! ```sh
//! cargo run --release --example update_emails
//! ```
//! It creates its databases in the current directory (`--dir` sets another), prints the path of its
//! statistics and the command that shows them, and takes from four seconds to a minute: it waits
//! for the disk 20,000 times. (`-- --users 500000` gives you more time.)
//!
//! # Expected output
//! Run the command that it prints in another terminal, at any time:
//! ```text
//! ==> /home/me/update-emails-4280.mmstats
//!   …
//!   users         8123
//!   missing_email 1160
//!   otherdb_timer 0.00113
//!   user          Пётр Чайковский
//! ```
//! Then stop it with Ctrl-C, or kill it with `kill -9`: the file still shows its progress, and
//! `SELECT count(*) FROM users` in the target agrees. Start it again: it continues where it
//! stopped. Each run leaves its file, for you to inspect and delete.

#![allow(clippy::incompatible_msrv, reason = "an example may use a newer Rust than the library")]

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use mmstats::{Counter, Mapped, MmStats, Progress, Text, Timer};
use rusqlite::Connection;
use signal_hook::consts::{SIGINT, SIGTERM};

/// The statistics of a run. The doc comments become help texts.
#[derive(MmStats)]
struct Stats {
    /// Users that were added to the target, of those in the source.
    users: Progress,
    /// Those that this run added without an e-mail address.
    missing_email: Counter,
    /// Transactions in the other database.
    otherdb_timer: Timer,
    /// The current user.
    #[mmstats(name = "user")]
    last_user: Text<64>,
}

fn migrate(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let stop = stop_on_signals()?;
    let dir = options.dir.canonicalize();
    let dir = dir.map_err(|error| format!("{}: {error}", options.dir.display()))?;
    // Two concurrent runs would conflict. Unlocked when dropped.
    let lock = File::open(&dir)?;
    lock.try_lock().map_err(|_| format!("{}: another run is at work here", dir.display()))?;
    let source = open(&dir.join("update-emails-source.sqlite"))?;
    let target = open(&dir.join("update-emails-target.sqlite"))?;
    let total = fill(&source, options.users)?;
    if options.restart {
        target.execute("DELETE FROM users", ())?;
    }
    // Users are migrated in the order of their ids, so the last one shows where to continue.
    let progress = "SELECT count(*), ifnull(max(id), 0) FROM users";
    let (done_before, last_id): (u32, u32) =
        target.query_row(progress, (), |row| row.try_into())?;

    // Beside the databases, so that the file lasts as long as they do. Without `directory` it would
    // be in memory or in the temporary directory, where all tools look.
    let stats = Stats::builder()
        .directory(&dir)
        .file("update-emails-{PID}.mmstats")
        .initially(move |stats: &Stats| {
            stats.users.set_total(total.into());
            stats.users.set_done_before(done_before.into());
        })
        .create()?;
    print_start(&stats);

    let mut users =
        source.prepare("SELECT id, name, email FROM users WHERE id > ?1 ORDER BY id")?;
    let users = users.query_map([last_id], |row| row.try_into())?;
    let mut insert = target.prepare(INSERT)?;
    for user in users {
        if stop.load(Relaxed) != 0 {
            break;
        }
        let (id, name, email): (u32, String, Option<String>) = user?;
        stats.last_user.set(&name);
        // A single statement is a transaction: it is on the disk when `execute` returns.
        stats.otherdb_timer.time(|| insert.execute((id, &name, &email)))?;
        // Directly after the commit, rather than by `stats.users.over(users)`, so that this is the
        // number of rows in the target. It is exact once the run ended normally, by an error, or by
        // a signal that it handles. While it runs, or if it was killed, there may be one more row:
        // that of the transaction in progress.
        stats.users.inc();
        if email.is_none() {
            stats.missing_email.inc();
        }
        // Readers on this machine do not need it; after a power cut the file is at most this much
        // older than the target.
        stats.flush_every(Duration::from_secs(1))?;
    }

    let exit_code = u8::try_from(stop.load(Relaxed))?;
    print_end(&stats, exit_code != 0);
    Ok(exit_code.into()) // `stats` is dropped here, which marks its file as `closed`
}

fn print_start(stats: &Mapped<Stats>) {
    let users = stats.users.local();
    let (total, before) = (users.total().unwrap_or(0), users.done_before());
    println!("The target has {before} of {total} users; --restart would empty it first.");
    if let Some(path) = stats.path() {
        let path = path.display();
        println!("The statistics of this run are in {path}");
        println!("Watch them from another terminal, in the project's directory:");
        println!("  cargo run -q --release -p mmstats-cli --bin slurpstats -- {path}");
        println!("or anywhere, once the tools are installed:");
        println!("  watch -n1 slurpstats --format pretty {path}");
        println!("On a fast disk this is over in seconds: `--users 500000` gives you more time.");
    }
}

/// Prints a summary from the program's own statistics.
fn print_end(stats: &Mapped<Stats>, stopped: bool) {
    let users = stats.total(|stats| &stats.users);
    let missing = stats.total(|stats| &stats.missing_email);
    let timing = stats.total(|stats| &stats.otherdb_timer);
    let (total, now, done) = (users.total().unwrap_or(0), users.done_in_all(), users.done());
    let how = if stopped { "Stopped" } else { "Finished" };
    println!("{how}: the target has {now} of {total} users.");
    println!("This run added {done}, of whom {missing} have no e-mail address.");
    if timing.count() > 0 {
        println!(
            "The other database took {:.1?}: {:.2?} a transaction, p99 {:.2?}, at most {:.2?}.",
            timing.sum(),
            timing.mean(),
            timing.quantile(0.99),
            timing.max(),
        );
    }
}

/// Returns a word that becomes the exit status when a signal asks the program to stop.
fn stop_on_signals() -> io::Result<Arc<AtomicUsize>> {
    let stop = Arc::new(AtomicUsize::new(0));
    // As shells expect: 128 plus the number of the signal.
    for (signal, exit_code) in [(SIGINT, 130), (SIGTERM, 143)] {
        signal_hook::flag::register_usize(signal, Arc::clone(&stop), exit_code)?;
    }
    Ok(stop)
}

const INSERT: &str = "INSERT INTO users (id, name, email) VALUES (?1, ?2, ?3)";

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let database = Connection::open(path)?;
    // With FULL, each commit waits for the disk, so that no row is lost; with a write-ahead log it
    // waits only once per commit, and others can read the database meanwhile.
    database.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT);",
    )?;
    Ok(database)
}

/// Adds invented users until the source has as many as wanted, and returns their number.
fn fill(source: &Connection, wanted: Option<u32>) -> Result<u32, Box<dyn Error>> {
    let found = source.query_row("SELECT count(*) FROM users", (), |row| row.get(0))?;
    let users = wanted.unwrap_or(if found > 0 { found } else { 20_000 });
    if users < found {
        let path = source.path().unwrap_or_default();
        return Err(format!("{path} has {found} users: delete it to have {users}").into());
    }
    let transaction = source.unchecked_transaction()?;
    for (id, name) in (found + 1..=users).zip(NAMES.into_iter().cycle()) {
        let email = (id % 7 != 0).then(|| format!("user{id}@example.org"));
        let mut insert = transaction.prepare_cached(INSERT)?;
        insert.execute((id, name, email))?;
    }
    transaction.commit()?;
    Ok(users)
}

/// Names of users. One is longer than the statistic, which cuts it at a character boundary.
const NAMES: [&str; 16] = [
    "Zoë Brontë",
    "Björn Ångström",
    "Łukasz Żółkiewski",
    "Nguyễn Thị Hương",
    "Ελένη Παπαδοπούλου",
    "Γιώργος Σεφέρης",
    "Пётр Чайковский",
    "Олена Їжакевич",
    "فاطمة الزهراء",
    "نجيب محفوظ",
    "अमृता प्रीतम",
    "श्रीनिवास अय्यंगार रामानुजन",
    "王小明",
    "山田花子",
    "김민준",
    "🦊 Fox 👩‍🚀",
];

/// The command line.
struct Options {
    dir: PathBuf,
    users: Option<u32>,
    restart: bool,
}

const HELP: &str = "\
Copies users from one SQLite database to another, and publishes its progress.

Usage: update_emails [--users N] [--dir DIR] [--restart]

  --users N   number of users in the source; more give you more time [20000]
  --dir DIR   directory of the databases and the statistics [.]
  --restart   empty the target first, rather than continue where an earlier run ended
  --help      print this
";

impl Options {
    /// Returns `None` for `--help`.
    fn parse(mut arguments: impl Iterator<Item = OsString>) -> Result<Option<Self>, String> {
        let mut options = Self { dir: ".".into(), users: None, restart: false };
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--users") => {
                    let number = arguments.next().unwrap_or_default();
                    let number = number.to_str().and_then(|number| number.parse().ok());
                    options.users = Some(number.ok_or("--users needs a number")?);
                }
                Some("--dir") => {
                    options.dir = arguments.next().ok_or("--dir needs a directory")?.into();
                }
                Some("--restart") => options.restart = true,
                Some("-h" | "--help") => return Ok(None),
                _ => return Err(format!("unknown option `{}`", argument.display())),
            }
        }
        Ok(Some(options))
    }
}

fn main() -> ExitCode {
    match Options::parse(env::args_os().skip(1)) {
        Ok(Some(options)) => migrate(&options).unwrap_or_else(|error| {
            eprintln!("update_emails: {error}");
            ExitCode::FAILURE
        }),
        Ok(None) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("update_emails: {problem}; --help lists what there is");
            ExitCode::from(2)
        }
    }
}
