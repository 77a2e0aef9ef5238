//! A tool as its users run it: a process in a fresh directory, its output and its exit code.
#![allow(dead_code, reason = "no test needs all of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use mmstats::{Mapped, MmStats};
use tempfile::TempDir;

/// A fresh directory, and the tool that is run in it.
pub(crate) struct Dir {
    directory: TempDir,
    tool: &'static [&'static str],
}

impl Dir {
    /// `tool` is the path of the binary, and what comes before all arguments.
    pub(crate) fn new(tool: &'static [&'static str]) -> Self {
        Self { directory: tempfile::tempdir().unwrap(), tool }
    }

    pub(crate) fn root(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        fs::symlink_metadata(self.path(name)).is_ok()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.wrapped(&[], arguments)
    }

    /// The tool, by way of another program.
    pub(crate) fn wrapped(&self, wrapper: &[&str], arguments: &[&str]) -> Command {
        self.program(&[wrapper, self.tool, arguments].concat())
    }

    /// Any program, in this directory.
    pub(crate) fn program(&self, words: &[&str]) -> Command {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).current_dir(self.root());
        for variable in ["MMSTATS_GLOB", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command.env_remove(variable);
        }
        command.env("MMSTATS_PATH", self.root());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(&mut self.command(arguments))
    }

    pub(crate) fn create<S: MmStats>(&self, name: &str) -> Mapped<S> {
        S::builder().path(self.root()).filename(name).create().unwrap()
    }

    /// A file of the original library.
    pub(crate) fn fixture(&self, name: &str) {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/v1");
        fs::copy(fixtures.join(name), self.path(name)).unwrap();
    }

    /// Overwrites bytes of a file.
    pub(crate) fn patch(&self, name: &str, at: usize, with: &[u8]) {
        let mut bytes = fs::read(self.path(name)).unwrap();
        bytes[at..at + with.len()].copy_from_slice(with);
        fs::write(self.path(name), bytes).unwrap();
    }
}

#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Outcome {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.stdin(Stdio::null()).output().unwrap();
        Self {
            code: output.status.code().expect("it ends by itself"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A file as the original writes it, with fields that have one buffer: label, code and value.
pub(crate) fn version_1(fields: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let size = |text: &str| u16::try_from(text.len()).unwrap().to_le_bytes();
    let mut file = vec![1];
    for (label, code, value) in fields {
        file.extend(size(label));
        file.extend(label.as_bytes());
        file.extend(size(code));
        file.extend(code.as_bytes());
        file.push(255);
        file.extend(*value);
    }
    file.resize(file.len().next_multiple_of(4096), 0);
    file
}

/// A pid that no process has: that of one that has just been waited for.
pub(crate) fn free_pid() -> u32 {
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

/// What runs a command as somebody who is not root; `None` if this is not root.
pub(crate) fn as_nobody() -> Option<[&'static str; 4]> {
    let wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let tried = Command::new(wrapper[0]).args(&wrapper[1..]).arg("true").output();
    tried.is_ok_and(|tried| tried.status.success()).then_some(wrapper)
}
