//! `mmstats top`, as its users run it: in a real terminal, which is `tmux` here.

#[path = "../../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use mmstats::{Constant, Counter, Mapped, MmStats, Text, Timer};
use rustix::process::{Pid, Signal, kill_process};
use support::{Child, again, role, say, skipped, wait_for_parent};
use tempfile::TempDir;

#[derive(MmStats)]
struct Job {
    #[mmstats(initial = 1000)]
    total: Constant<u64>,
    /// Users processed so far.
    done: Counter,
    user: Text<64>,
    step_timer: Timer,
}

const TOP: &str = env!("CARGO_BIN_EXE_mmstats");

/// What nothing takes as long as, on any machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A terminal with a shell in it, and a directory with statistics.
struct Terminal {
    directory: TempDir,
    socket: String,
}

impl Terminal {
    /// `None`, with a word of it, where there is no `tmux`.
    fn open(test: &str) -> Option<Self> {
        let found = Command::new("tmux").arg("-V").stdout(Stdio::null()).status();
        if !found.is_ok_and(|status| status.success()) {
            skipped(test, "there is no `tmux`");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let socket = format!("mmstats-{test}-{}", process::id());
        let terminal = Self { directory, socket };
        let mut shell = terminal.tmux(&["new-session", "-d", "-x", "100", "-y", "24"]);
        // A shell that says nothing of its own.
        shell.arg("env PS1='shell> ' sh").current_dir(terminal.path());
        assert!(shell.status().unwrap().success());
        Some(terminal)
    }

    fn path(&self) -> &Path {
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

    fn output(&self, arguments: &[&str]) -> String {
        let output = self.tmux(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "tmux {arguments:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn screen(&self) -> String {
        self.output(&["capture-pane", "-p"])
    }

    /// Waits until the screen is as expected.
    fn wait(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
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

    fn wait_for(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Keys by their names in `tmux`.
    fn press(&self, keys: &[&str]) {
        self.output(&[&["send-keys"], keys].concat());
    }

    /// Starts `mmstats top` of the directory in the shell.
    fn start(&self, options: &str) {
        let directory = self.path().display();
        // Its pid is the one of the shell that becomes it.
        let run = format!("echo $$ > pid; exec {TOP} top {options} {directory}");
        self.press(&[&format!("sh -c '{run}'"), "Enter"]);
        self.wait_for("mmstats top  ");
    }

    fn signal(&self, signal: Signal) {
        let pid = fs::read_to_string(self.path().join("pid")).unwrap();
        let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits until the shell has the terminal again, and what ran in it ended with this status.
    fn wait_for_end(&self, status: u8) {
        self.wait("a prompt", |screen| screen.trim_end().ends_with("\nshell>"));
        // Not typed as it will be printed.
        self.press(&["echo 'ended with' $?", "Enter"]);
        self.wait_for(&format!("ended with {status}"));
    }

    /// Whether the main screen is shown, with a cursor.
    fn assert_restored(&self) {
        let flags = self.output(&["display-message", "-p", "#{alternate_on} #{cursor_flag}"]);
        assert_eq!(flags, "0 1\n");
        // And whether what is typed is seen again, which raw mode leaves to programs.
        self.press(&["echo still a ''shell", "Enter"]);
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

fn create(directory: &Path, name: &str) -> Mapped<Job> {
    let job = Job::builder().path(directory).filename(name).create().unwrap();
    job.user.set("小林 さくら\u{1b}[2J");
    job
}

#[test]
fn it_shows_what_happens_and_obeys_keys() {
    let Some(terminal) = Terminal::open("keys") else { return };
    let job = create(terminal.path(), "job.mmstats");
    job.done.add(120);
    terminal.start("-d 0.05");
    terminal.wait_for("1 live");
    terminal.wait_for("12 %");
    terminal.wait("foreign text, harmless", |screen| screen.contains("小林 さくら\\u{1b}[2J"));
    job.done.inc();
    // It was added in one tick, which is over soon.
    terminal.wait("a bar of a history", |screen| {
        screen.lines().any(|line| line.contains("  done") && line.contains('█'))
    });
    job.step_timer.record(Duration::from_millis(2));
    terminal.wait_for("2.0 ms");

    terminal.press(&["Enter", "Down"]);
    terminal.wait_for("done: Users processed so far. – Counter");
    terminal.press(&["l"]);
    terminal.wait_for(&format!("thread {}", thread_of(&job)));
    terminal.press(&["Escape"]);
    terminal.wait_for("COMMAND");
    terminal.press(&["?"]);
    terminal.wait_for("Any key closes this.");
    terminal.press(&["x"]);
    terminal.wait_for("COMMAND");
    terminal.press(&["Space"]);
    terminal.wait_for("PAUSED");
    terminal.press(&["Space", "/"]);
    terminal.press(&["-l", "nothing at all"]);
    terminal.wait_for("No process matches the filter.");
    terminal.press(&["Escape"]);
    terminal.wait_for("COMMAND");

    // Files come, and go, and end.
    let other = create(terminal.path(), "other.mmstats");
    terminal.wait_for("2 live");
    drop(other);
    terminal.wait_for("1 closed");
    terminal.press(&["d"]);
    terminal.wait_for("1 hidden");
    fs::remove_file(terminal.path().join("other.mmstats")).unwrap();
    terminal.wait("its end", |screen| !screen.contains("1 hidden"));

    terminal.output(&["resize-window", "-x", "40", "-y", "8"]);
    terminal.wait("a narrow screen", |screen| {
        screen.lines().count() <= 8 && screen.contains("q quit") && !screen.contains("pause")
    });
    terminal.press(&["q"]);
    terminal.wait_for_end(0);
    terminal.assert_restored();
}

/// The thread that created a file.
fn thread_of(job: &Mapped<Job>) -> u32 {
    let snapshot = mmstats::Reader::open(job.path().unwrap()).unwrap().snapshot().unwrap();
    snapshot.lanes()[0].tid()
}

#[test]
fn control_c_quits() {
    let Some(terminal) = Terminal::open("control-c") else { return };
    terminal.start("");
    terminal.wait_for("No statistics files yet");
    terminal.press(&["C-c"]);
    terminal.wait_for_end(0);
    terminal.assert_restored();
}

#[test]
fn a_signal_ends_it_in_order() {
    for (signal, status) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let Some(terminal) = Terminal::open(&format!("signal-{status}")) else { return };
        let _job = create(terminal.path(), "job.mmstats");
        terminal.start("");
        terminal.wait_for("1 live");
        terminal.signal(signal);
        terminal.wait_for_end(status);
        terminal.assert_restored();
    }
}

#[test]
fn it_can_be_suspended() {
    let Some(terminal) = Terminal::open("suspend") else { return };
    let _job = create(terminal.path(), "job.mmstats");
    terminal.press(&[&format!("{TOP} top {}", terminal.path().display()), "Enter"]);
    terminal.wait_for("1 live");
    terminal.press(&["C-z"]);
    terminal.wait_for("Stopped");
    terminal.assert_restored();
    terminal.press(&["fg", "Enter"]);
    terminal.wait("the screen as it was", |screen| {
        screen.starts_with("mmstats top") && screen.contains("1 live") && screen.contains("q quit")
    });
    terminal.press(&["q"]);
    terminal.wait("the shell", |screen| !screen.contains("q quit"));
    terminal.assert_restored();
}

#[test]
fn writer() {
    let Some(directory) = role("writer") else { return };
    let job = create(&directory, "job.mmstats");
    let _running = job.step_timer.start();
    job.done.add(7);
    say("ready");
    wait_for_parent();
}

#[test]
fn a_killed_writer_is_told_from_one_that_runs_and_from_the_next() {
    let Some(terminal) = Terminal::open("killed") else { return };
    let mut writer = Child::spawn(&mut again("writer", terminal.path()));
    writer.hear();
    terminal.start("-d 0.05");
    terminal.wait_for("1 live");
    writer.kill();
    terminal.wait_for("1 dead");
    terminal.wait_for("1 at death");
    let mut next = Child::spawn(&mut again("writer", terminal.path()));
    next.hear();
    let screen = terminal.wait_for("1 live");
    assert!(!screen.contains("1 dead"), "{screen}");
    terminal.press(&["q"]);
    terminal.wait_for_end(0);
}

#[test]
fn without_a_terminal_it_says_what_to_do() {
    let output = Command::new(TOP).arg("top").stdin(Stdio::null()).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let expected =
        "mmstats: standard output is not a terminal; `mmstats slurp` prints the values once\n";
    assert_eq!(error, expected);
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    for delay in ["0", "0.01", "-1", "nan", "soon", "1e9"] {
        let delay = format!("--delay={delay}");
        let output = Command::new(TOP).args(["top", &delay]).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(error.contains("expected seconds, from 0.05 to 86400"), "{error}");
    }
}
