//! `cleanstats`: removes files whose writers are gone.

mod args;

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fmt::{self, Display};
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use mmstats_core::{Claim, ReadError, ReadErrorKind, Reader, Snapshot, State, leftovers};

use crate::files::select::{Selected, directories, select};
use crate::report::Report;
use crate::show::human;
use crate::show::life::Life;
use crate::show::terminal::escaped;
pub(crate) use args::Clean;

pub(crate) fn run(options: &Clean, report: &mut Report) -> io::Result<()> {
    let mut cleaner = Cleaner { options, report, out: io::stdout().lock(), removed: 0, alive: 0 };
    let Some(targets) = cleaner.targets() else { return cleaner.sum_up() };
    let mut dead = Vec::new();
    for selected in select(&targets, cleaner.report) {
        dead.extend(cleaner.judge(&selected)?);
    }
    let newest = newest_of_each(&dead, options.keep_last);
    for dead in &dead {
        if newest.contains(dead.path.as_path()) {
            let among = format!("one of the newest {} of {}", options.keep_last, dead.origin);
            cleaner.keep(&dead.path, format_args!("{dead}: {among}"))?;
        } else if let Some(least) = options.older_than.filter(|least| dead.age < *least) {
            let least = human::duration(least);
            cleaner.keep(&dead.path, format_args!("{dead}: written less than {least} ago"))?;
        } else {
            cleaner.remove(dead)?;
        }
    }
    for directory in directories(&targets) {
        cleaner.remove_leftovers(&directory)?;
    }
    // There may be nothing to remove.
    cleaner.report.success();
    cleaner.sum_up()
}

/// A file whose writer is gone, as it was when it was first read.
struct Dead {
    path: PathBuf,
    named: bool,
    identity: Identity,
    life: Life,
    pid: Option<u32>,
    /// The time since the last trace of its writer.
    age: Duration,
    written: Option<SystemTime>,
    /// Identifies the program of its writer.
    origin: String,
}

/// Distinguishes a file from a later one with the same name.
type Identity = (Option<[u8; 16]>, Option<u32>, Option<SystemTime>);

fn identity(snapshot: &Snapshot) -> Identity {
    let writer = snapshot.writer();
    (writer.file_id(), writer.pid(), writer.created())
}

impl Dead {
    fn new(selected: &Selected, snapshot: &Snapshot, state: State) -> Self {
        let written = snapshot.written();
        let age = written.and_then(|written| snapshot.taken().duration_since(written).ok());
        Self {
            path: selected.path.clone(),
            named: selected.named,
            identity: identity(snapshot),
            life: Life::in_state(state, snapshot, snapshot.taken()),
            pid: snapshot.writer().pid(),
            age: age.unwrap_or_default(),
            written,
            origin: origin(snapshot),
        }
    }
}

/// Formats as `dead, PID 4280, last seen alive 2 h ago`.
impl Display for Dead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.life.state)?;
        if let Some(pid) = self.pid {
            write!(f, ", PID {pid}")?;
        }
        self.life.span.iter().try_for_each(|span| write!(f, ", {span}"))
    }
}

/// Returns the command, or the name of the file without its numbers if the command is unknown.
fn origin(snapshot: &Snapshot) -> String {
    let command = snapshot.writer().command().filter(|command| !command.is_empty());
    let unnumbered = || {
        let name = snapshot.path().file_name().unwrap_or_default().to_string_lossy();
        let mut parts = name.split(|char: char| char.is_ascii_digit());
        let first = parts.next().unwrap_or_default().to_owned();
        parts.filter(|part| !part.is_empty()).fold(first, |origin, part| origin + "*" + part)
    };
    command.map_or_else(unnumbered, str::to_owned)
}

/// Returns the paths of the newest `keep` files of each origin.
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
    /// Returns the arguments that are no symbolic links to directories; `None` if no argument is left.
    fn targets(&mut self) -> Option<Vec<OsString>> {
        let mut targets = self.options.targets.clone();
        targets.retain(|target| {
            let path = Path::new(target);
            // Without a slash at its end, which would follow it.
            let itself = path.components().as_path();
            let is_link =
                path.is_dir() && fs::symlink_metadata(itself).is_ok_and(|found| found.is_symlink());
            if is_link {
                let why = "is a symbolic link, which is not followed: name the directory itself";
                self.report.failure(format_args!("{}: {why}", path.display()));
            }
            !is_link
        });
        (targets.len() == self.options.targets.len() || !targets.is_empty()).then_some(targets)
    }

    /// Returns the file if its writer is gone.
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
            Claim::Alive => self.keep_claimed(&snapshot)?,
            // The file was removed or replaced a moment ago.
            Claim::Moved => {}
            _ => self.keep(path, "unknown whether its writer is gone")?,
        }
        Ok(None)
    }

    /// Returns whether the error is worth reporting: not for files of other programs, nor for files
    /// of other users in the default places.
    fn is_failure(&self, error: &ReadError) -> bool {
        match error.kind() {
            ReadErrorKind::NotAFile
            | ReadErrorKind::Symlink
            | ReadErrorKind::Version(_)
            | ReadErrorKind::Incomplete { .. } => false,
            // In the default places anyone can create one.
            ReadErrorKind::LinkedDirectory => !self.options.targets.is_empty(),
            _ if error.is_not_found() => false,
            _ => !(error.is_denied() && self.options.targets.is_empty()),
        }
    }

    fn remove(&mut self, dead: &Dead) -> io::Result<()> {
        // Opened again, because it may have been replaced, and because open files are limited.
        let removed = Reader::open(&dead.path).and_then(|reader| {
            if identity(&reader.snapshot()?) != dead.identity {
                return Ok(false);
            }
            match reader.claim()? {
                Claim::Dead(_) if self.options.dry_run => Ok(true),
                Claim::Dead(remains) => remains.remove(),
                _ => Ok(false),
            }
        });
        match removed {
            Ok(true) => self.report_removed(&dead.path, dead),
            // Another process removed it.
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
        // A failure to list it has been reported.
        for leftover in leftovers(directory).into_iter().flatten() {
            let path = leftover.path().to_owned();
            let modified = fs::symlink_metadata(&path).and_then(|found| found.modified()).ok();
            let age = modified.and_then(|at| SystemTime::now().duration_since(at).ok());
            if age.unwrap_or_default() < self.options.older_than.unwrap_or_default() {
                continue;
            }
            self.report.success();
            if let Some(original) = leftover.original().map(Path::to_owned) {
                let restored = if self.options.dry_run { Ok(()) } else { leftover.restore() };
                match restored {
                    Ok(()) => {
                        let why =
                            "in use, renamed by a removal that was killed: gets its name back";
                        self.keep(&original, why)?;
                    }
                    Err(error) => {
                        let path = path.display();
                        self.report.failure(format_args!("{path}: cannot rename it: {error}"));
                    }
                }
                continue;
            }
            let removed = if self.options.dry_run { Ok(()) } else { leftover.remove() };
            match removed {
                Ok(()) => self.report_removed(&path, "left by a process that was killed")?,
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

    fn report_removed(&mut self, path: &Path, why: impl Display) -> io::Result<()> {
        self.removed += 1;
        let verb = if self.options.dry_run { "would remove" } else { "removed" };
        self.line(format_args!("{verb} {}: {why}", path.display()))
    }

    /// Keeps a file whose process exists; reports it unless its writer is live.
    fn keep_claimed(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        let pid = snapshot.writer().pid().map(|pid| format!("PID {pid}"));
        let pid = pid.as_deref().unwrap_or("its process");
        let state = snapshot.state();
        if state != State::Dead {
            self.alive += 1;
        }
        match state {
            State::Live if self.options.verbose => {
                self.keep(snapshot.path(), format_args!("live, {pid}"))
            }
            State::Live => Ok(()),
            state => self.keep(snapshot.path(), format_args!("{state}, but {pid} exists")),
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
