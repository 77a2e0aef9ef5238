#![forbid(unsafe_code)]
//! The identity of a process, which stays unique when its pid is reused.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use crate::clock;
use crate::procfs::read_small;
use crate::system;

pub(crate) mod namespaces;

/// Identifies a process on this machine, even after it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) pid: u32,
    /// Its start time, in clock ticks since boot.
    pub(crate) start_ticks: u64,
    /// The inode of its pid namespace.
    pub(crate) pid_namespace: u64,
    /// The boot of the machine that it runs in.
    pub(crate) boot_id: [u8; 16],
}

impl Identity {
    /// Returns the identity of this process. Unknown parts are 0.
    pub(crate) fn own() -> Self {
        Self {
            pid: std::process::id(),
            start_ticks: start_ticks("self").unwrap_or(0),
            pid_namespace: pid_namespace().unwrap_or(0),
            boot_id: boot_id(),
        }
    }
}

/// Returns the id of the calling thread.
pub(crate) fn tid() -> u32 {
    system::thread_id()
}

/// Returns the effective user and group.
pub(crate) fn user() -> (u32, u32) {
    system::user()
}

/// Returns whether a symbolic link of this user cannot lead this process astray.
pub(crate) fn is_trusted(uid: u32) -> bool {
    uid == 0 || uid == user().0
}

/// Returns the name under which this process was started, without its directory.
pub(crate) fn command() -> String {
    let zeroth = std::env::args_os().next().unwrap_or_default();
    let name = Path::new(&zeroth).file_name().map(|name| name.to_string_lossy().into_owned());
    name.or_else(|| fs::read_to_string("/proc/self/comm").ok().map(|comm| comm.trim_end().into()))
        .unwrap_or_else(|| "unknown".into())
}

/// Returns the start time of the process with this pid (or "self"), in clock ticks since boot.
pub(crate) fn start_ticks(pid: &str) -> io::Result<u64> {
    start_ticks_in(&read_small(&format!("/proc/{pid}/stat"))?)
}

/// Returns the start time of the process with this pid, or `None` if it is a zombie.
///
/// It is an error if only its first thread has ended: the others may go on, or may be about to end.
pub(crate) fn runs_since_ticks(pid: u32) -> io::Result<Option<u64>> {
    let stat = read_small(&format!("/proc/{pid}/stat"))?;
    let ended = matches!(field(&stat, 3), Some("Z" | "X"));
    let threads: Option<u32> = field(&stat, 20).and_then(|threads| threads.parse().ok());
    if ended && threads.is_some_and(|threads| threads > 1) {
        return Err(io::ErrorKind::ResourceBusy.into());
    }
    start_ticks_in(&stat).map(|ticks| Some(ticks).filter(|_| !ended))
}

fn start_ticks_in(stat: &str) -> io::Result<u64> {
    let ticks = field(stat, 22).and_then(|ticks| ticks.parse().ok());
    ticks.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Returns a field of `/proc/PID/stat` by its number, from 3 on.
///
/// Source: `proc_pid_stat(5)`; the second field may contain spaces and parentheses.
fn field(stat: &str, number: usize) -> Option<&str> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(number - 3)
}

/// Returns whether `/proc` shows the processes of this process's own pid namespace, under their pids
/// there. In a container it may be that of the host.
pub(crate) fn sees_own_namespace() -> bool {
    let own = std::process::id().to_string();
    fs::read_link("/proc/self").is_ok_and(|shown| shown.as_os_str() == own.as_str())
}

/// Returns whether a process has this pid, whichever user owns it.
pub(crate) fn exists(pid: u32) -> bool {
    system::process_exists(pid)
}

/// Returns the number of clock ticks per second.
pub(crate) fn ticks_per_second() -> u64 {
    system::ticks_per_second() as u64
}

/// Returns the inode of this process's pid namespace.
pub(crate) fn pid_namespace() -> io::Result<u64> {
    Ok(fs::metadata("/proc/self/ns/pid")?.ino())
}

/// Returns the id of this boot of the machine, or 0 if it is unknown.
pub(crate) fn boot_id() -> [u8; 16] {
    // Cached: it never changes while a process lives, and each snapshot needs it.
    static BOOT_ID: OnceLock<[u8; 16]> = OnceLock::new();
    *BOOT_ID.get_or_init(|| {
        let text = read_small("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
        let id = u128::from_str_radix(&digits, 16).unwrap_or(0);
        id.swap_bytes().to_le_bytes()
    })
}

/// Returns when the process with this pid was started.
pub(crate) fn start_time(pid: u32) -> io::Result<SystemTime> {
    let ticks = u128::from(start_ticks(&pid.to_string())?);
    let since_boot_ns = ticks * 1_000_000_000 / u128::from(ticks_per_second().max(1));
    let since_boot = Duration::from_nanos(u64::try_from(since_boot_ns).unwrap_or(u64::MAX));
    let up = Duration::from_nanos(clock::boottime_ns());
    Ok(SystemTime::now() - up.saturating_sub(since_boot))
}
