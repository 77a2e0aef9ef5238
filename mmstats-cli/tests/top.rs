//! `mmstats top`, as its users run it: in a real terminal, which is `tmux` here.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use mmstats::{Constant, Counter, Mapped, MmStats, Text, Timer};
use mmstats_testing::tmux::{PATIENCE, Terminal};
use mmstats_testing::{Child, again, role, say, wait_for_parent};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

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

/// Starts `mmstats top` on the terminal's directory in its shell.
fn start(terminal: &Terminal, before: &str, options: &str) {
    let directory = terminal.path().display();
    // The process of this shell becomes `mmstats`.
    let run = format!("{before}echo \\$\\$ > pid; exec {TOP} top {options} {directory}");
    terminal.type_line(&format!("sh -c \"{run}\""));
    terminal.wait_for("mmstats top  ");
}

fn signal(terminal: &Terminal, signal: Signal) {
    let pid = fs::read_to_string(terminal.path().join("pid")).unwrap();
    let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

fn create(directory: &Path, name: &str) -> Mapped<Job> {
    let job = Job::builder().directory(directory).file(name).create().unwrap();
    job.user.set("小林 さくら\u{1b}[2J");
    job
}

#[test]
fn it_shows_what_happens_and_obeys_keys() {
    let Some(terminal) = Terminal::open("keys") else { return };
    let job = create(terminal.path(), "job.mmstats");
    job.done.add(120);
    start(&terminal, "", "-d 0.05");
    terminal.wait_for("1 live");
    terminal.wait_for("12 %");
    terminal.wait("foreign text, harmless", |screen| screen.contains("小林 さくら\\u{1b}[2J"));
    job.done.inc();
    // Its rate is above zero for one tick only.
    terminal.wait("a bar of a history", |screen| {
        screen.lines().any(|line| line.contains("  done") && line.contains('█'))
    });
    job.step_timer.record(Duration::from_millis(2));
    terminal.wait_for("2.0 ms");

    // Text of uncertain width leaves nothing behind.
    job.user.set("श्रीनिवास अय्यंगार राम 👩‍🚀👨‍👩‍👧");
    terminal.wait_for("राम");
    job.user.set("Zoë");
    terminal.wait("the name alone", |screen| {
        screen.lines().any(|line| line.split_whitespace().eq(["user", "Zoë"]))
    });

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

/// Returns the thread that created a file.
fn thread_of(job: &Mapped<Job>) -> u32 {
    let snapshot = mmstats::Reader::open(job.path().unwrap()).unwrap().snapshot().unwrap();
    snapshot.lanes()[0].tid()
}

#[test]
fn control_c_quits() {
    let Some(terminal) = Terminal::open("control-c") else { return };
    start(&terminal, "", "");
    terminal.wait_for("No statistics files yet");
    terminal.press(&["C-c"]);
    terminal.wait_for_end(0);
    terminal.assert_restored();
}

#[test]
fn a_signal_ends_it_in_order() {
    for (by, status) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let Some(terminal) = Terminal::open(&format!("signal-{status}")) else { return };
        let _job = create(terminal.path(), "job.mmstats");
        start(&terminal, "", "");
        terminal.wait_for("1 live");
        signal(&terminal, by);
        terminal.wait_for_end(status);
        terminal.assert_restored();
    }
}

#[test]
fn it_ends_with_its_terminal() {
    for shield in ["", "trap '' HUP; "] {
        let Some(terminal) = Terminal::open("hang-up") else { return };
        let _job = create(terminal.path(), "job.mmstats");
        start(&terminal, shield, "");
        terminal.wait_for("1 live");
        let pid = fs::read_to_string(terminal.path().join("pid")).unwrap();
        let status = Path::new("/proc").join(pid.trim()).join("status");
        terminal.output(&["kill-server"]);
        let begin = Instant::now();
        // It ended, and its parent may not have noticed.
        while fs::read_to_string(&status).is_ok_and(|status| !status.contains("State:\tZ")) {
            assert!(begin.elapsed() < PATIENCE, "it goes on: {pid}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn it_can_be_suspended() {
    let Some(terminal) = Terminal::open("suspend") else { return };
    let _job = create(terminal.path(), "job.mmstats");
    terminal.type_line(&format!("{TOP} top {}", terminal.path().display()));
    terminal.wait_for("1 live");
    terminal.press(&["C-z"]);
    terminal.wait_for("Stopped");
    terminal.assert_restored();
    terminal.type_line("fg");
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
fn a_killed_writer_is_distinguished_from_a_live_one_and_from_the_next() {
    let Some(terminal) = Terminal::open("killed") else { return };
    let mut writer = Child::spawn(&mut again("writer", terminal.path()));
    writer.hear();
    start(&terminal, "", "-d 0.05");
    terminal.wait_for("1 live");
    writer.kill();
    terminal.wait_for("1 dead");
    terminal.wait_for("1 when it died");
    let mut next = Child::spawn(&mut again("writer", terminal.path()));
    next.hear();
    let screen = terminal.wait_for("1 live");
    assert!(!screen.contains("1 dead"), "{screen}");
    terminal.press(&["q"]);
    terminal.wait_for_end(0);
}

#[test]
fn more_files_than_may_be_open_have_rates_and_survive_a_failed_listing() {
    const FILES: usize = 80;
    let Some(terminal) = Terminal::open("limit") else { return };
    let jobs: Vec<_> =
        (0..FILES).map(|job| create(terminal.path(), &format!("job-{job}.mmstats"))).collect();
    start(&terminal, "ulimit -n 50; ", "-d 0.1");
    let all = format!("{FILES} live");
    terminal.wait_for(&all);
    terminal.output(&["resize-window", "-x", "120", "-y", "200"]);
    let rates = |screen: &str| {
        assert!(!screen.contains("No statistics files"), "{screen}");
        let rows = screen.lines().filter(|line| line.contains("job-"));
        rows.filter(|row| row.contains('█') && !row.contains('–')).count()
    };
    terminal.wait("a rate of each file", |screen| {
        for job in &jobs {
            job.done.inc();
        }
        rates(screen) == FILES
    });

    // From now on, `top` can list and open nothing.
    let limit = |limit| {
        let pid = fs::read_to_string(terminal.path().join("pid")).unwrap();
        let limit = Rlimit { current: Some(limit), maximum: Some(50) };
        prlimit(Pid::from_raw(pid.trim().parse().unwrap()), Resource::Nofile, limit).unwrap();
    };
    limit(3);
    let screen = terminal.wait_for("cannot list it");
    let rows = screen.lines().filter(|line| line.contains("unreadable  ") && line.contains("job-"));
    assert_eq!(rows.count(), FILES, "{screen}");
    limit(50);
    // Nothing is counted any more, so only histories from before have bars.
    terminal.wait("the histories", |screen| screen.contains(&all) && rates(screen) == FILES);
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
        let delay = format!("--interval={delay}");
        let output = Command::new(TOP).args(["top", &delay]).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(error.contains("expected "), "{error}");
    }
}
