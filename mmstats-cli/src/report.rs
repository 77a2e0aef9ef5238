//! What went wrong: a line each on standard error, remembered for the exit code.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::terminal::escaped;

/// How a tool fares.
#[derive(Debug)]
pub(crate) struct Report {
    tool: &'static str,
    read: bool,
    failures: usize,
    /// What would be on standard error, where it is asked for instead.
    kept: Option<RefCell<Vec<String>>>,
}

impl Report {
    pub(crate) fn new(tool: &'static str) -> Self {
        Self { tool, read: false, failures: 0, kept: None }
    }

    /// One that prints nothing: for tools whose standard error is part of their answer.
    pub(crate) fn quiet() -> Self {
        Self { kept: Some(RefCell::default()), ..Self::new("") }
    }

    /// What would have been printed.
    pub(crate) fn lines(self) -> Vec<String> {
        self.kept.unwrap_or_default().into_inner()
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
    pub(crate) fn note(&self, what: impl Display) {
        if let Some(kept) = &self.kept {
            return kept.borrow_mut().push(what.to_string());
        }
        let line = format!("{}: {what}", self.tool);
        // There is nobody left to tell if this fails.
        let _ = writeln!(io::stderr(), "{}", escaped(&line));
    }

    /// Beside what was read, failures that were told do not matter.
    pub(crate) fn forgive(&mut self) {
        if self.read {
            self.failures = 0;
        }
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
