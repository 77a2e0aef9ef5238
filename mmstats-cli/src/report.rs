//! What went wrong: a line each on standard error, remembered for the exit code.

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
    /// Where there is no place for lines on standard error: what they would have said.
    kept: Option<Vec<String>>,
}

impl Report {
    pub(crate) fn new(tool: &'static str) -> Self {
        Self { tool, read: false, failures: 0, kept: None }
    }

    /// One that keeps what it is told, and prints nothing.
    pub(crate) fn kept() -> Self {
        Self { kept: Some(Vec::new()), ..Self::new("") }
    }

    /// What it was told.
    pub(crate) fn into_kept(self) -> Vec<String> {
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
        // There is nobody left to tell if this fails.
        let _ = writeln!(io::stderr(), "{}", escaped(&line));
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
