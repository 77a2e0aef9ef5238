//! Child processes and terminals for tests.
//!
//! A test binary runs itself again in a *role*, as a program that writes statistics. A role is a
//! test that does nothing unless [`role`] returns the directory to play it in.
#![forbid(unsafe_code)]
#![allow(clippy::missing_panics_doc, reason = "tests panic where something is wrong")]

pub mod tmux;

use std::env;
use std::ffi::OsStr;
use std::fmt::Display;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{self, ChildStdout, Command, ExitStatus, Stdio};

const ROLE: &str = "MMSTATS_TEST_ROLE";
const DIRECTORY: &str = "MMSTATS_TEST_DIRECTORY";

/// The prefix of a child's lines, which distinguishes them from the output of the test harness.
pub const MARK: &str = "child: ";

/// Returns the directory to play in, if this process was started in this role.
pub fn role(name: &str) -> Option<PathBuf> {
    (env::var_os(ROLE)? == name).then(|| env::var_os(DIRECTORY).expect("set with the role").into())
}

/// Sends a line from a child to its parent.
pub fn say(text: impl Display) {
    writeln!(io::stdout(), "\n{MARK}{text}").expect("the parent listens");
}

/// Waits until the parent ends or drops this child.
pub fn wait_for_parent() {
    let _ = io::stdin().read_to_end(&mut Vec::new());
}

/// Returns a command that runs this test binary in a role, in a directory.
pub fn again(role: &str, directory: &Path) -> Command {
    wrapped(&[], role, directory)
}

/// Like [`again`], but runs the binary through another program.
pub fn wrapped(wrapper: &[&str], role: &str, directory: &Path) -> Command {
    let binary = env::current_exe().expect("a test has a binary");
    let mut words = wrapper
        .iter()
        .map(OsStr::new)
        .chain([binary.as_os_str()])
        .chain([role, "--exact", "--nocapture"].map(OsStr::new));
    let mut command = Command::new(words.next().expect("the binary at least"));
    command.args(words).env(ROLE, role).env(DIRECTORY, directory);
    for ours in ["MMSTATS_PATH", "MMSTATS_FILES", "MMSTATS_GLOB", "RUNTIME_DIRECTORY"] {
        command.env_remove(ours);
    }
    command
}

/// A child that plays its role; killed when dropped.
#[derive(Debug)]
pub struct Child {
    process: process::Child,
    lines: BufReader<ChildStdout>,
}

impl Child {
    /// Starts the command.
    pub fn spawn(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the child starts");
        let lines = BufReader::new(process.stdout.take().expect("it is piped"));
        Self { process, lines }
    }

    /// Returns the next line that it says.
    pub fn hear(&mut self) -> String {
        let mut said = String::new();
        loop {
            let mut line = String::new();
            match self.lines.read_line(&mut line).expect("a child says UTF-8") {
                0 => panic!("the child ended without a word:\n{said}"),
                _ => match line.strip_prefix(MARK) {
                    Some(text) => return text.trim_end_matches('\n').to_owned(),
                    None => said.push_str(&line),
                },
            }
        }
    }

    /// Kills it with SIGKILL.
    pub fn kill(&mut self) {
        self.process.kill().expect("it can be killed");
        self.process.wait().expect("it can be waited for");
    }

    /// Waits for it to exit and returns its status.
    pub fn end(mut self) -> ExitStatus {
        drop(self.process.stdin.take());
        let _ = io::copy(&mut self.lines, &mut io::sink());
        self.process.wait().expect("it can be waited for")
    }

    /// Waits for it to exit and asserts that it succeeds.
    pub fn end_well(self) {
        let status = self.end();
        assert!(status.success(), "the child failed: {status}");
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns the words that run a command in a pid namespace of its own; `None`, after a message, if the
/// test has to be skipped.
///
/// It has no `/proc` of its own: that of the outside shows other processes under the same pids.
pub fn own_pid_namespace(test: &str) -> Option<[&'static str; 2]> {
    // Only root needs no namespace of users.
    let wrapper = ["-pf", "-rpf"].into_iter().find_map(unshare);
    if wrapper.is_none() {
        skipped(test, "no pid namespace can be made");
    }
    wrapper
}

/// Returns whether this is a pid namespace within another one, where the writers of version 1 files may
/// be out of sight; prints that the test is skipped for that reason.
pub fn skipped_in_container(test: &str) -> bool {
    let initial = Path::new("pid:[4026531836]"); // `PROC_PID_INIT_INO` of `linux/proc_ns.h`
    let contained = std::fs::read_link("/proc/self/ns/pid").is_ok_and(|own| own != initial);
    if contained {
        skipped(test, "in a container, a pid of a version 1 file says nothing");
    }
    contained
}

/// Reports on standard error, past the harness, that a test is skipped, and why.
pub fn skipped(test: &str, reason: &str) {
    writeln!(io::stderr(), "skipped: {test}: {reason}").expect("somebody reads it");
}

/// Returns the words that run a command in new namespaces; `None` if that is not permitted.
pub fn unshare(flags: &'static str) -> Option<[&'static str; 2]> {
    let tried = Command::new("unshare").args([flags, "true"]).output();
    tried.is_ok_and(|tried| tried.status.success()).then_some(["unshare", flags])
}

/// Returns the sorted names in a directory.
pub fn names(directory: impl AsRef<Path>) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("it can be listed");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("it can be listed").file_name())
        .map(|name| name.into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}
