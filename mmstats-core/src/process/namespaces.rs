#![forbid(unsafe_code)]
//! Processes in other pid namespaces, as far as this one sees all of them.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::pid_namespace;

/// The inode of the pid namespace that the kernel starts with, in which all processes are visible:
/// `PROC_PID_INIT_INO`.
const INITIAL: u64 = 0xefff_fffc;

/// The pids that processes in nested pid namespaces have there.
struct Nested {
    at: SystemTime,
    pids: HashSet<u32>,
}

/// Returns whether no process of this machine has this pid in a nested pid namespace, where a file
/// that was last `changed` at a time may have been written. `false` if this process does not see
/// all others.
///
/// Looking at all processes takes milliseconds, and is not repeated within `patience`.
pub(crate) fn has_no_process(pid: u32, changed: SystemTime, patience: Duration) -> bool {
    static LATEST: Mutex<Option<Nested>> = Mutex::new(None);
    /// The resolution of the times of files.
    const RESOLUTION: Duration = Duration::from_millis(20);
    let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
    // A process that was absent then is no writer of a file that existed then.
    let at = SystemTime::now();
    let is_stale = |nested: &Nested| {
        let age = at.duration_since(nested.at).unwrap_or(Duration::MAX);
        changed + RESOLUTION >= nested.at && age >= patience
    };
    if latest.as_ref().is_none_or(is_stale) {
        *latest = nested().ok().map(|pids| Nested { at, pids });
    }
    latest.as_ref().is_some_and(|nested| !nested.pids.contains(&pid))
}

fn nested() -> io::Result<HashSet<u32>> {
    // `/proc` shows process 1 to everyone, unless it is mounted with `hidepid`.
    if pid_namespace()? != INITIAL || !super::sees_own_namespace() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    fs::read("/proc/1/status")?;
    let mut pids = HashSet::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let name = entry.file_name();
        if !name.as_encoded_bytes().iter().all(u8::is_ascii_digit) {
            continue;
        }
        // It may have ended by now.
        let Ok(status) = fs::read_to_string(entry.path().join("status")) else { continue };
        let levels = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
        let levels = levels.ok_or(io::ErrorKind::Unsupported)?.split_whitespace().skip(1);
        pids.extend(levels.filter_map(|pid| pid.parse::<u32>().ok()));
    }
    Ok(pids)
}
