//! The answer of a plugin: a status, a line for people, and performance data.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::show::terminal::escaped;

/// The status of a service, from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Status {
    Ok,
    Unknown,
    Warning,
    Critical,
}

impl Status {
    pub(crate) fn exit_code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        })
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// All findings.
#[derive(Debug)]
pub(crate) struct Answer {
    status: Status,
    findings: Vec<String>,
    data: Vec<String>,
    details: Vec<String>,
}

impl Answer {
    pub(crate) fn new() -> Self {
        Self { status: Status::Ok, findings: vec![], data: vec![], details: vec![] }
    }

    /// Adds a text to the first line. The worst status is that of the answer.
    pub(crate) fn finding(&mut self, status: Status, text: impl Into<String>) {
        self.status = self.status.max(status);
        self.findings.push(text.into());
    }

    /// Adds a line below the first one.
    pub(crate) fn detail(&mut self, line: impl Into<String>) {
        self.details.push(line.into());
    }

    /// Adds a number to the performance data; `limits` are warning, critical, minimum and maximum.
    pub(crate) fn data(&mut self, label: &str, value: &str, uom: &str, limits: [&str; 4]) {
        let mut datum = format!("{}={value}", quoted(label));
        if value != "U" {
            datum += uom;
        }
        let _ = write!(datum, ";{}", limits.join(";"));
        datum.truncate(datum.trim_end_matches(';').len());
        self.data.push(datum);
    }

    /// Prints the answer, and returns the exit code.
    pub(crate) fn print(&self) -> ExitCode {
        let mut text = format!("MMSTATS {}", self.status.as_str());
        for (index, finding) in self.findings.iter().enumerate() {
            text += if index == 0 { " - " } else { ", " };
            text += &harmless(finding);
        }
        if !self.data.is_empty() {
            let _ = write!(text, " | {}", self.data.join(" "));
        }
        for detail in &self.details {
            text.push('\n');
            text += &harmless(detail);
        }
        match writeln!(io::stdout(), "{text}") {
            Ok(()) => self.status.exit_code(),
            Err(_) => Status::Unknown.exit_code(),
        }
    }
}

/// Escapes what would end the line, and the `|` before the performance data.
fn harmless(text: &str) -> String {
    escaped(text).replace('|', "\\u{7c}")
}

/// Quotes a label if necessary. It cannot contain quotes and `=`.
fn quoted(label: &str) -> String {
    let label = harmless(label).replace(['=', '\''], "_");
    let plain = !label.is_empty() && label.chars().all(|char| char.is_ascii_graphic());
    if plain { label } else { format!("'{label}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_quoted_where_they_have_to_be() {
        assert_eq!(quoted("web.done"), "web.done");
        assert_eq!(quoted("users done"), "'users done'");
        assert_eq!(quoted("a='b'|c"), "a__b_\\u{7c}c");
        assert_eq!(quoted("größe"), "'größe'");
    }

    #[test]
    fn the_worst_counts() {
        use Status::{Critical, Ok, Unknown, Warning};
        let mut sorted = [Critical, Ok, Warning, Unknown];
        sorted.sort();
        assert_eq!(sorted, [Ok, Unknown, Warning, Critical]);
    }
}
