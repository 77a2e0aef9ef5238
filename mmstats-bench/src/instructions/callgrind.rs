//! Counts the instructions of a function and its callees exactly, with valgrind's `callgrind`.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::operations::OPERATIONS;

/// The number of calls of each operation, over which rare work such as a new maximum averages out.
const TIMES: u32 = 1000;

/// The mean cost of one call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Count {
    pub(super) instructions: f64,
    pub(super) loads: f64,
    pub(super) stores: f64,
}

/// Counts each of [`OPERATIONS`], in order.
pub(super) fn count() -> Result<Vec<Count>, Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let out = directory.path().join("callgrind");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--quiet", "--cache-sim=yes"]);
    valgrind.arg(format!("--callgrind-out-file={}", out.display()));
    // Each operation gets its own file: counting starts at `begin`, and `end` writes the file.
    valgrind.args(["--zero-before=*::subject::begin", "--dump-before=*::subject::end"]);
    // A set, because a repeated name would switch the counting off again.
    let functions: BTreeSet<_> = OPERATIONS.iter().map(|operation| operation.function).collect();
    valgrind.args(functions.iter().map(|name| format!("--toggle-collect=hot_paths::{name}")));
    let output = super::subject(valgrind, TIMES).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let counted = (1..).zip(OPERATIONS).map(|(number, operation)| {
        let count = parse(&out.with_extension(number.to_string()));
        count.map_err(|error| format!("hot_paths::{}: {error}", operation.function).into())
    });
    counted.collect()
}

fn parse(path: &Path) -> Result<Count, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let row = |key: &str| text.lines().find_map(|line| line.strip_prefix(key));
    let events = row("events: ").unwrap_or_default().split_whitespace();
    let counts = row("summary: ").or_else(|| row("totals: ")).unwrap_or_default();
    let counts: Vec<f64> = counts.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let counts: Vec<_> = events.zip(counts).collect();
    let per_call = |event| {
        let found = counts.iter().find(|(name, _)| *name == event);
        found
            .map(|(_, count)| count / f64::from(TIMES))
            .ok_or("callgrind did not count the function")
    };
    Ok(Count { instructions: per_call("Ir")?, loads: per_call("Dr")?, stores: per_call("Dw")? })
}
