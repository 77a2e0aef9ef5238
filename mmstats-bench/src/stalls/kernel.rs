//! How often the kernel stepped in between the calling thread and its memory.

use std::error::Error;
use std::fs;
use std::str::FromStr;

/// What the kernel counts of a thread.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    /// Page faults that read nothing from a disk, and those that did.
    pub(super) minor_faults: u64,
    pub(super) major_faults: u64,
    /// How often it waited for something. (That another had its processor is not among these.)
    pub(super) waits: u64,
}

impl Counts {
    /// Of the calling thread, since it was started.
    pub(super) fn now() -> Result<Self, Box<dyn Error>> {
        let stat = fs::read_to_string("/proc/thread-self/stat")?;
        // What follows the thread's name, which may contain anything, begins with field 3.
        let (_, fields) = stat.rsplit_once(')').ok_or("`stat` has a name in parentheses")?;
        let field = |number: usize| number_in(fields.split_whitespace().nth(number - 3));
        let status = fs::read_to_string("/proc/thread-self/status")?;
        let mut lines = status.lines();
        let waits = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        Ok(Self { minor_faults: field(10)?, major_faults: field(12)?, waits: number_in(waits)? })
    }

    pub(super) fn faults(&self) -> u64 {
        self.minor_faults + self.major_faults
    }
}

fn number_in(text: Option<&str>) -> Result<u64, Box<dyn Error>> {
    Ok(u64::from_str(text.ok_or("the kernel tells it")?.trim())?)
}
