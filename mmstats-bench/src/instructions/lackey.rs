//! Counts the cache lines that an operation touches, from the loads and stores that valgrind's
//! `lackey` prints.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::subject::Places;

/// The cache lines that one call touches, without those of the stack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines {
    pub(super) lane: usize,
    pub(super) others: usize,
}

/// Counts the cache lines of each of [`OPERATIONS`](super::OPERATIONS), in order.
pub(super) fn count() -> Result<Vec<Lines>, Box<dyn Error>> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=lackey", "--trace-mem=yes", "--quiet"]);
    let mut subject = super::subject(valgrind, 1).stderr(Stdio::piped()).spawn()?;
    let trace = subject.stderr.take().expect("standard error is piped");
    let mut trace = BufReader::new(trace).lines();
    let places = loop {
        let line = trace.next().ok_or("the trace ends before the operations")??;
        if let Some(places) = Places::parse(&line) {
            break places;
        }
    };
    let mut counts = Vec::new();
    let mut marks = 0;
    let mut touched = BTreeSet::new();
    for line in trace {
        let line = line?;
        let Some((address, size)) = data(&line) else { continue };
        if address == places.mark {
            marks += 1;
            // Two marks surround the first call of an operation, and two the second, which counts.
            if marks % 4 == 0 {
                let in_lane =
                    touched.iter().filter(|line| places.lane.contains(&(*line * LINE))).count();
                counts.push(Lines { lane: in_lane, others: touched.len() - in_lane });
            }
            touched.clear();
        } else if !places.is_stack(address) {
            touched.extend(address / LINE..=(address + size - 1) / LINE);
        }
    }
    let status = subject.wait()?;
    if status.success() { Ok(counts) } else { Err(format!("lackey: {status}").into()) }
}

const LINE: u64 = 64;

/// Parses the address and size of a load (` L 1ffeffe7e,8`), a store or both; returns `None` for an
/// instruction.
fn data(line: &str) -> Option<(u64, u64)> {
    let (kind, place) = line.strip_prefix(' ')?.split_once(' ')?;
    let (address, size) = place.split_once(',')?;
    let is_data = matches!(kind, "L" | "S" | "M");
    Some((u64::from_str_radix(address, 16).ok()?, size.parse().ok()?)).filter(|_| is_data)
}
