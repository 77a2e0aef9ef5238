//! A real terminal: runs programs, presses keys and reads the screen.

use std::path::Path;
use std::process::{self, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long to wait before a test fails.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A terminal with a shell in it, in a fresh directory.
#[derive(Debug)]
pub struct Terminal {
    directory: TempDir,
    socket: String,
}

impl Terminal {
    /// Opens a terminal; without `tmux` reports that the test is skipped and returns `None`.
    pub fn open(test: &str) -> Option<Self> {
        let found = Command::new("tmux").arg("-V").stdout(Stdio::null()).status();
        if !found.is_ok_and(|status| status.success()) {
            crate::skipped(test, "`tmux` is not installed");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let socket = format!("mmstats-{test}-{}", process::id());
        let terminal = Self { directory, socket };
        let mut shell = terminal.tmux(&["new-session", "-d", "-x", "100", "-y", "24"]);
        // A shell without a prompt of its own.
        shell.arg("env PS1='shell> ' sh").current_dir(terminal.path());
        assert!(shell.status().unwrap().success());
        // Text that is typed before the prompt would appear above it.
        terminal.wait_for("shell>");
        Some(terminal)
    }

    /// Returns the directory of the shell.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    fn tmux(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.args(["-f", "/dev/null", "-L", &self.socket]).args(arguments);
        for variable in ["TMUX", "MMSTATS_GLOB", "MMSTATS_PATH", "NO_COLOR"] {
            command.env_remove(variable);
        }
        // A locale in which `tmux` knows the width of bars.
        command.env("LC_ALL", "C.UTF-8").env("TERM", "xterm-256color");
        command
    }

    /// Runs a command of `tmux` and returns its output.
    pub fn output(&self, arguments: &[&str]) -> String {
        let output = self.tmux(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "tmux {arguments:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn screen(&self) -> String {
        self.output(&["capture-pane", "-p"])
    }

    /// Waits until the screen is as expected, and returns it.
    pub fn wait(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
        let begin = Instant::now();
        loop {
            let screen = self.screen();
            if is_there(&screen) {
                return screen;
            }
            assert!(begin.elapsed() < PATIENCE, "{what} never came:\n{screen}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the screen contains this text, and returns it.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Presses keys, given by their names in `tmux`.
    pub fn press(&self, keys: &[&str]) {
        self.output(&[&["send-keys"], keys].concat());
    }

    /// Types a line into the shell.
    pub fn type_line(&self, line: &str) {
        self.press(&["-l", line]);
        self.press(&["Enter"]);
    }

    /// Waits for the prompt of the shell, and asserts the status of the program that ended.
    pub fn wait_for_end(&self, status: u8) {
        self.wait("a prompt", |screen| screen.trim_end().ends_with("\nshell>"));
        // Typed differently from how it will be printed.
        self.type_line("echo 'ended with' $?");
        self.wait_for(&format!("ended with {status}"));
    }

    /// Asserts that the main screen is shown, with a cursor and with echo.
    pub fn assert_restored(&self) {
        let flags = self.output(&["display-message", "-p", "#{alternate_on} #{cursor_flag}"]);
        assert_eq!(flags, "0 1\n");
        // In raw mode, nothing would be echoed.
        self.type_line("echo still a ''shell");
        self.wait("an echo", |screen| {
            screen.contains("echo still a ''shell") && screen.contains("\nstill a shell")
        });
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.tmux(&["kill-server"]).status();
    }
}
