//! `cleanstats`: removes files whose writers are gone.

mod args;

use std::collections::{HashMap, HashSet};
use std::fmt::{self, Display};
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use mmstats_core::{Claim, ReadError, ReadErrorKind, Reader, Snapshot, State, leftovers};

use crate::files::select::{Selected, directories, select};
use crate::report::Report;
use crate::show::human;
use crate::show::terminal::escaped;
pub(crate) use args::Clean;

pub(crate) fn run(options: &Clean, report: &mut Report) -> io::Result<()> {
    let mut cleaner = Cleaner { options, report, out: io::stdout().lock(), removed: 0, alive: 0 };
    let mut dead = Vec::new();
    for selected in select(&options.targets, cleaner.report) {
        dead.extend(cleaner.judge(&selected)?);
    }
    let newest = newest_of_each(&dead, options.keep_last);
    for dead in &dead {
        if newest.contains(dead.path.as_path()) {
            let among = format!("one of the newest {} of {}", options.keep_last, dead.origin);
            cleaner.keep(&dead.path, format_args!("{dead}: {among}"))?;
        } else if let Some(least) = options.older_than.filter(|least| dead.age < *least) {
            let least = human::duration(least);
            cleaner.keep(&dead.path, format_args!("{dead}: younger than {least}"))?;
        } else {
            cleaner.remove(dead)?;
        }
    }
    for directory in directories(&options.targets) {
        cleaner.remove_leftovers(&directory)?;
    }
    cleaner.sum_up()
}

/// A file whose writer is gone, as it was when it was judged.
struct Dead {
    path: PathBuf,
    named: bool,
    identity: Identity,
    version: u8,
    state: State,
    pid: Option<u32>,
    /// Since the last trace of its writer.
    age: Duration,
    written: Option<SystemTime>,
    /// What its writer is told from other programs by.
    origin: String,
}

/// What a file is told from one that later has its name by.
type Identity = (Option<[u8; 16]>, Option<u32>, Option<SystemTime>);

fn identity(snapshot: &Snapshot) -> Identity {
    let writer = snapshot.writer();
    (writer.file_id, writer.pid, writer.created)
}

impl Dead {
    fn new(selected: &Selected, snapshot: &Snapshot, state: State) -> Self {
        let written = snapshot.written();
        let age = written.and_then(|written| snapshot.taken().duration_since(written).ok());
        Self {
            path: selected.path.clone(),
            named: selected.named,
            identity: identity(snapshot),
            version: snapshot.version(),
            state,
            pid: snapshot.writer().pid,
            age: age.unwrap_or_default(),
            written,
            origin: origin(snapshot),
        }
    }
}

/// `dead, PID 4280, last written 2 h ago`, or of version 1 `PID 4280 not found, last written …`.
impl Display for Dead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.version, self.pid) {
            (1, Some(pid)) => write!(f, "PID {pid} not found")?,
            (_, Some(pid)) => write!(f, "{}, PID {pid}", self.state)?,
            (_, None) => write!(f, "{}", self.state)?,
        }
        write!(f, ", last written {} ago", human::duration(self.age))
    }
}

/// The command; or where the file does not tell it, the file's name without its numbers.
fn origin(snapshot: &Snapshot) -> String {
    let command = snapshot.writer().command.as_ref().filter(|command| !command.is_empty());
    command.cloned().unwrap_or_else(|| {
        let name = snapshot.path().file_name().unwrap_or_default().to_string_lossy();
        let mut parts = name.split(|char: char| char.is_ascii_digit());
        let first = parts.next().unwrap_or_default().to_owned();
        parts.filter(|part| !part.is_empty()).fold(first, |origin, part| origin + "*" + part)
    })
}

/// The paths of the newest `keep` of each origin.
fn newest_of_each(dead: &[Dead], keep: usize) -> HashSet<&Path> {
    let mut by_origin: HashMap<&str, Vec<&Dead>> = HashMap::new();
    for dead in dead {
        by_origin.entry(&dead.origin).or_default().push(dead);
    }
    let newest = by_origin.into_values().flat_map(|mut dead| {
        dead.sort_by_key(|dead| std::cmp::Reverse(dead.written));
        dead.into_iter().take(keep)
    });
    newest.map(|dead| dead.path.as_path()).collect()
}

struct Cleaner<'a> {
    options: &'a Clean,
    report: &'a mut Report,
    out: io::StdoutLock<'static>,
    removed: usize,
    alive: usize,
}

impl Cleaner<'_> {
    /// The file, if its writer is gone.
    fn judge(&mut self, selected: &Selected) -> io::Result<Option<Dead>> {
        let path = &selected.path;
        if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
            if selected.named {
                let why = "is a symbolic link, which is not touched";
                self.report.failure(format_args!("{}: {why}", path.display()));
            }
            return Ok(None);
        }
        let found = Reader::open(path).and_then(|reader| {
            let snapshot = reader.snapshot()?;
            let claim = reader.claim()?;
            Ok((snapshot, claim))
        });
        let (snapshot, claim) = match found {
            Ok(found) => found,
            Err(error) => {
                if selected.named || self.is_failure(&error) {
                    self.report.failure(error);
                }
                return Ok(None);
            }
        };
        self.report.success();
        match claim {
            Claim::Dead(remains) => {
                return Ok(Some(Dead::new(selected, &snapshot, remains.state())));
            }
            Claim::Alive => {
                self.alive += 1;
                self.keep_alive(&snapshot)?;
            }
            // Removed or replaced a moment ago.
            Claim::Moved => {}
            _ => self.keep(path, "there is no telling whether its writer is gone")?,
        }
        Ok(None)
    }

    /// Whether it is one that anybody could do something about: not so of files of other programs
    /// and, in the places of all users, of files of others.
    fn is_failure(&self, error: &ReadError) -> bool {
        match error.kind() {
            ReadErrorKind::NotAFile
            | ReadErrorKind::Version(_)
            | ReadErrorKind::Incomplete { .. } => false,
            _ if error.is_not_found() => false,
            _ => !(error.is_denied() && self.options.targets.is_empty()),
        }
    }

    fn remove(&mut self, dead: &Dead) -> io::Result<()> {
        // It is opened again: it may be another's by now, and only so many can be open at once.
        let removed = Reader::open(&dead.path).and_then(|reader| {
            if identity(&reader.snapshot()?) != dead.identity {
                return Ok(false);
            }
            match reader.claim()? {
                Claim::Dead(_) if self.options.dry_run => Ok(true),
                Claim::Dead(remains) => remains.remove().map(|()| true),
                _ => Ok(false),
            }
        });
        match removed {
            Ok(true) => self.tell_removed(&dead.path, dead),
            // Somebody else was faster.
            Ok(false) => Ok(()),
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) if dead.named || self.is_failure(&error) => {
                self.report.failure(error);
                Ok(())
            }
            Err(error) => self.keep(&dead.path, format_args!("{dead}: {}", error.kind())),
        }
    }

    fn remove_leftovers(&mut self, directory: &Path) -> io::Result<()> {
        // That it cannot be listed was told.
        for leftover in leftovers(directory).into_iter().flatten() {
            let path = leftover.path().to_owned();
            let modified = fs::symlink_metadata(&path).and_then(|found| found.modified()).ok();
            let age = modified.and_then(|at| SystemTime::now().duration_since(at).ok());
            if age.unwrap_or_default() < self.options.older_than.unwrap_or_default() {
                continue;
            }
            self.report.success();
            let removed = if self.options.dry_run { Ok(()) } else { leftover.remove() };
            match removed {
                Ok(()) => self.tell_removed(&path, "left by a creation that was killed")?,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(_) if self.options.targets.is_empty() => {}
                Err(error) => {
                    let path = path.display();
                    self.report.failure(format_args!("{path}: cannot remove it: {error}"));
                }
            }
        }
        Ok(())
    }

    fn tell_removed(&mut self, path: &Path, why: impl Display) -> io::Result<()> {
        self.removed += 1;
        let verb = if self.options.dry_run { "would remove" } else { "removed" };
        self.line(format_args!("{verb} {}: {why}", path.display()))
    }

    /// Tells of a file that cannot be dead; most are of no interest.
    fn keep_alive(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        let pid = snapshot.writer().pid.map(|pid| format!("PID {pid}"));
        let pid = pid.as_deref().unwrap_or("its process");
        match snapshot.state() {
            State::Live if self.options.verbose => {
                self.keep(snapshot.path(), format_args!("live, {pid}"))
            }
            State::Live => Ok(()),
            state => self.keep(snapshot.path(), format_args!("{state}, but {pid} is there")),
        }
    }

    fn keep(&mut self, path: &Path, why: impl Display) -> io::Result<()> {
        self.line(format_args!("kept {}: {why}", path.display()))
    }

    fn line(&mut self, line: impl Display) -> io::Result<()> {
        writeln!(self.out, "{}", escaped(&line.to_string()))
    }

    fn sum_up(&mut self) -> io::Result<()> {
        let verb = if self.options.dry_run { "Would remove" } else { "Removed" };
        writeln!(self.out, "{verb} {}  -  {} alive", self.removed, self.alive)
    }
}
