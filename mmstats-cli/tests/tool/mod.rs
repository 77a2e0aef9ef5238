//! A tool as its users run it: a process in a fresh directory, its output and its exit code.
#![allow(dead_code, reason = "no test needs all of it")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::{env, fs};

use mmstats::{Mapped, MmStats};
use serde_json::Value;
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

    /// Where `mmstats` is run.
    pub(crate) fn of_mmstats() -> Self {
        Self::new(&[env!("CARGO_BIN_EXE_mmstats")])
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

    /// What it prints, if nothing is wrong.
    pub(crate) fn out(&self, arguments: &[&str]) -> String {
        let outcome = self.run(arguments);
        assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
        outcome.out
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.out(&[arguments, &["--format", "json"]].concat())).unwrap()
    }

    pub(crate) fn copy(&self, from: &str, to: &str) {
        fs::copy(self.path(from), self.path(to)).unwrap();
    }

    pub(crate) fn create<S: MmStats>(&self, name: &str) -> Mapped<S> {
        S::builder().directory(self.root()).file(name).create().unwrap()
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

/// The label, type code and value of a field.
type Field1<'a> = (&'a str, &'a str, &'a [u8]);

/// A file as the original writes it, with fields that have one buffer: constants.
pub(crate) fn version_1(constants: &[Field1<'_>]) -> Vec<u8> {
    version_1_with(constants, &[])
}

/// A file as the original writes it, with constants, and with fields that have two buffers because
/// they may change.
pub(crate) fn version_1_with(constants: &[Field1<'_>], variables: &[Field1<'_>]) -> Vec<u8> {
    let size = |text: &str| u16::try_from(text.len()).unwrap().to_le_bytes();
    let mut file = vec![1];
    let constants = constants.iter().map(|field| (field, 255u8, 1));
    for ((label, code, value), buffer, buffers) in
        constants.chain(variables.iter().map(|field| (field, 0, 2)))
    {
        file.extend(size(label));
        file.extend(label.as_bytes());
        file.extend(size(code));
        file.extend(code.as_bytes());
        file.push(buffer);
        (0..buffers).for_each(|_| file.extend(*value));
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

/// Returns a prefix that runs a command as another user than root; `None` if this is not root.
pub(crate) fn as_nobody() -> Option<[&'static str; 4]> {
    let wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let tried = Command::new(wrapper[0]).args(&wrapper[1..]).arg("true").output();
    tried.is_ok_and(|tried| tried.status.success()).then_some(wrapper)
}

/// A tool that goes on printing; killed when dropped.
pub(crate) struct Running {
    process: Child,
    lines: BufReader<ChildStdout>,
}

impl Running {
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        Self { process, lines }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "it ended: {}", self.err());
        line
    }

    pub(crate) fn json(&mut self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }

    fn err(&mut self) -> String {
        let mut err = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        err
    }

    /// How it ends once nobody reads any more, or after something else was done to it, and what it
    /// says then.
    pub(crate) fn end(self) -> (ExitStatus, String) {
        let Self { process, lines } = self;
        drop(lines);
        let output = process.wait_with_output().unwrap();
        (output.status, String::from_utf8(output.stderr).unwrap())
    }
}

/// A file as the original writes it, with the counter `done` of process `pid`.
pub(crate) struct Version1 {
    file: fs::File,
    done_at: u64,
}

impl Version1 {
    /// Writes the file; one that exists is overwritten in place, and stays mapped where it is.
    pub(crate) fn create(path: &Path, pid: u64, created: f64, done: u64) -> Self {
        /// Marks a constant; a counter has two buffers, of which the one to read is not this one.
        const UNBUFFERED: u8 = 255;
        let field = |label: &str, code: &str, buffer: u8, value: &[u8]| {
            let size = |text: &str| u16::try_from(text.len()).unwrap().to_le_bytes();
            let (label_size, code_size) = (size(label), size(code));
            [&label_size, label.as_bytes(), &code_size, code.as_bytes(), &[buffer], value].concat()
        };
        let bytes = [
            vec![1],
            field("sys.pid", "Q", UNBUFFERED, &pid.to_le_bytes()),
            field("sys.created", "d", UNBUFFERED, &created.to_le_bytes()),
            field("done", "Q", 0, &[[0; 8], done.to_le_bytes()].concat()),
            vec![0, 0],
        ]
        .concat();
        let mut options = fs::File::options();
        let file = options.write(true).create(true).truncate(false).open(path).unwrap();
        file.write_all_at(&bytes, 0).unwrap();
        Self { file, done_at: bytes.len() as u64 - 10 }
    }

    pub(crate) fn set_done(&self, done: u64) {
        self.file.write_all_at(&done.to_le_bytes(), self.done_at).unwrap();
    }
}
