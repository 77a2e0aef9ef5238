//! Reports failures on standard error, and remembers them for the exit code.

use std::collections::HashSet;
use std::fmt::Display;
use std::io::{self, Write};
use std::mem;
use std::process::ExitCode;

use crate::show::terminal::escaped;

/// What [`Report::exit_code`] means, for help texts.
pub(crate) const EXIT_STATUS: &str = "\
Exit status:
  0  every matching file was read
  1  nothing matched
  2  a file could not be read, or the arguments are wrong";

/// The successes and failures of a tool.
#[derive(Debug)]
pub(crate) struct Report {
    tool: &'static str,
    read: bool,
    failures: usize,
    /// The lines, if they are collected instead of printed.
    kept: Option<Vec<String>>,
    /// The lines of this round, and of the one before.
    printed: [HashSet<String>; 2],
}

impl Report {
    pub(crate) fn new(tool: &'static str) -> Self {
        Self { tool, read: false, failures: 0, kept: None, printed: Default::default() }
    }

    /// Returns a report that collects its lines instead of printing them.
    pub(crate) fn quiet() -> Self {
        Self { kept: Some(Vec::new()), ..Self::new("") }
    }

    /// Returns the collected lines.
    pub(crate) fn lines(self) -> Vec<String> {
        self.kept.unwrap_or_default()
    }

    /// Records that a file was read.
    pub(crate) fn success(&mut self) {
        self.read = true;
    }

    /// Reports a failure; `why` names the file.
    pub(crate) fn failure(&mut self, why: impl Display) {
        self.failures += 1;
        self.note(why);
    }

    /// Returns the number of failures.
    pub(crate) fn failures(&self) -> usize {
        self.failures
    }

    /// Reports something that is not a failure.
    pub(crate) fn note(&mut self, what: impl Display) {
        if let Some(kept) = &mut self.kept {
            return kept.push(what.to_string());
        }
        let line = format!("{}: {what}", self.tool);
        let [now, before] = &mut self.printed;
        let known = before.contains(&line);
        if !now.insert(line.clone()) || known {
            return;
        }
        // There is no place to report a failure of this.
        let _ = writeln!(io::stderr(), "{}", escaped(&line));
    }

    /// Forgets the failures if any file was read.
    pub(crate) fn forgive(&mut self) {
        if self.read {
            self.failures = 0;
        }
    }

    /// Begins a new round: a line that repeats one of the round before is not printed.
    pub(crate) fn next_round(&mut self) {
        let [now, before] = &mut self.printed;
        *before = mem::take(now);
    }

    /// Returns 0 if all files were read, 1 if there was none, 2 if there was a failure.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match (self.failures, self.read) {
            (0, true) => 0,
            (0, false) => 1,
            _ => 2,
        })
    }
}
