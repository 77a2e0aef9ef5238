//! What went wrong: a line each on standard error, remembered for the exit code.

use std::collections::HashSet;
use std::fmt::Display;
use std::io::{self, Write};
use std::mem;
use std::process::ExitCode;

use crate::show::terminal::escaped;

/// What [`Report::exit_code`] means, for help texts.
pub(crate) const EXIT_STATUS: &str = "\
Exit status:
  0  everything that matched was read
  1  nothing matched
  2  something could not be read, or the arguments are wrong";

/// How a tool fares.
#[derive(Debug)]
pub(crate) struct Report {
    tool: &'static str,
    read: bool,
    failures: usize,
    /// What would be on standard error, where it is asked for instead.
    kept: Option<Vec<String>>,
    /// What was told in this round, and in the one before.
    told: [HashSet<String>; 2],
}

impl Report {
    pub(crate) fn new(tool: &'static str) -> Self {
        Self { tool, read: false, failures: 0, kept: None, told: Default::default() }
    }

    /// One that prints nothing: for tools whose standard error is part of their answer.
    pub(crate) fn quiet() -> Self {
        Self { kept: Some(Vec::new()), ..Self::new("") }
    }

    /// What would have been printed.
    pub(crate) fn lines(self) -> Vec<String> {
        self.kept.unwrap_or_default()
    }

    /// Something was read.
    pub(crate) fn success(&mut self) {
        self.read = true;
    }

    /// Something could not be done; `why` names it.
    pub(crate) fn failure(&mut self, why: impl Display) {
        self.failures += 1;
        self.note(why);
    }

    /// How many things could not be done.
    pub(crate) fn failures(&self) -> usize {
        self.failures
    }

    /// Something is worth a line, and not a failure.
    pub(crate) fn note(&mut self, what: impl Display) {
        if let Some(kept) = &mut self.kept {
            return kept.push(what.to_string());
        }
        let line = format!("{}: {what}", self.tool);
        let [now, before] = &mut self.told;
        let known = before.contains(&line);
        if !now.insert(line.clone()) || known {
            return;
        }
        // There is nobody left to tell if this fails.
        let _ = writeln!(io::stderr(), "{}", escaped(&line));
    }

    /// Beside what was read, failures that were told do not matter.
    pub(crate) fn forgive(&mut self) {
        if self.read {
            self.failures = 0;
        }
    }

    /// From now on it is looked at again: what is told once more is not worth a line.
    pub(crate) fn next_round(&mut self) {
        let [now, before] = &mut self.told;
        *before = mem::take(now);
    }

    /// 0: all was read; 1: there was nothing to read; 2: something failed.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match (self.failures, self.read) {
            (0, true) => 0,
            (0, false) => 1,
            _ => 2,
        })
    }
}
