//! A real terminal, in which programs are run, keys are pressed, and the screen is looked at.
#![allow(dead_code, reason = "no test needs all of it")]

use std::io::{self, Write};
use std::path::Path;
use std::process::{self, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// What nothing takes as long as, on any machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A terminal with a shell in it, and a directory with statistics.
pub(crate) struct Terminal {
    directory: TempDir,
    socket: String,
}

impl Terminal {
    /// `None`, with a word of it, where there is no `tmux`.
    pub(crate) fn open(test: &str) -> Option<Self> {
        let found = Command::new("tmux").arg("-V").stdout(Stdio::null()).status();
        if !found.is_ok_and(|status| status.success()) {
            // Past the harness, which would keep it to itself.
            let line = format!("skipped: {test}: there is no `tmux`");
            writeln!(io::stderr(), "{line}").expect("somebody reads it");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let socket = format!("mmstats-{test}-{}", process::id());
        let terminal = Self { directory, socket };
        let mut shell = terminal.tmux(&["new-session", "-d", "-x", "100", "-y", "24"]);
        // A shell that says nothing of its own.
        shell.arg("env PS1='shell> ' sh").current_dir(terminal.path());
        assert!(shell.status().unwrap().success());
        // What is typed before it would stand above it.
        terminal.wait_for("shell>");
        Some(terminal)
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    fn tmux(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.args(["-f", "/dev/null", "-L", &self.socket]).args(arguments);
        for variable in ["TMUX", "MMSTATS_GLOB", "MMSTATS_PATH", "NO_COLOR"] {
            command.env_remove(variable);
        }
        // A locale in which `tmux` takes bars for what they are.
        command.env("LC_ALL", "C.UTF-8").env("TERM", "xterm-256color");
        command
    }

    pub(crate) fn output(&self, arguments: &[&str]) -> String {
        let output = self.tmux(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "tmux {arguments:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn screen(&self) -> String {
        self.output(&["capture-pane", "-p"])
    }

    /// Waits until the screen is as expected.
    pub(crate) fn wait(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
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

    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Keys by their names in `tmux`.
    pub(crate) fn press(&self, keys: &[&str]) {
        self.output(&[&["send-keys"], keys].concat());
    }

    /// Types a line into the shell.
    pub(crate) fn type_line(&self, line: &str) {
        self.press(&["-l", line]);
        self.press(&["Enter"]);
    }

    /// Waits until the shell has the terminal again, and what ran in it ended with this status.
    pub(crate) fn wait_for_end(&self, status: u8) {
        self.wait("a prompt", |screen| screen.trim_end().ends_with("\nshell>"));
        // Not typed as it will be printed.
        self.type_line("echo 'ended with' $?");
        self.wait_for(&format!("ended with {status}"));
    }

    /// Whether the main screen is shown, with a cursor.
    pub(crate) fn assert_restored(&self) {
        let flags = self.output(&["display-message", "-p", "#{alternate_on} #{cursor_flag}"]);
        assert_eq!(flags, "0 1\n");
        // And whether what is typed is seen again, which raw mode leaves to programs.
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
