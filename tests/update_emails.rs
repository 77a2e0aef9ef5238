//! The example's statistics agree with its databases, however it ended.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use mmstats::{Reader, Snapshot, State, Value};
use rusqlite::Connection;
use rustix::process::{Pid, Signal};
use tempfile::TempDir;

/// More users than any disk can take during a test.
const ENDLESS: &str = "200000";

#[test]
fn a_finished_run_counts_the_rows() {
    let job = Job::new();
    let run = job.run_to_end(&["--users", "200"]);

    assert_eq!(run.output.status.code(), Some(0));
    assert_eq!(run.state, State::Closed);
    assert_eq!(run.counts, Counts { total: 200, done_before: 0, done: 200, missing_email: 28 });
    assert_eq!(run.timed, 200);
    assert_eq!(job.rows(), (200, 28));
    assert_eq!(job.differences(), 0);

    let printed = String::from_utf8(run.output.stdout).unwrap();
    let path = run.path.display();
    assert!(printed.contains(&format!(" slurpstats -- {path}\n")), "{printed}");
    assert!(printed.contains("Finished: the target has 200 of 200 users."), "{printed}");
    assert!(printed.contains("added 200, of whom 28 have no e-mail address"), "{printed}");
}

#[test]
fn a_killed_run_counts_the_rows_but_for_one() {
    let job = Job::new();
    let mut running = job.start(&["--users", ENDLESS]);
    running.wait_until_done(20);
    running.signal(Signal::KILL);
    running.wait();

    let (state, counts) = read(&running.path);
    assert_eq!(state, State::Dead);
    let (rows, missing) = job.rows();
    assert!(counts.done >= 20, "{counts:?}");
    // One more row, if it was killed between the commit of that row and the count.
    assert!((counts.done..=counts.done + 1).contains(&rows), "{counts:?}, {rows} rows");
    let missing_counted = counts.missing_email..=counts.missing_email + 1;
    assert!(missing_counted.contains(&missing), "{counts:?}, {missing} rows");

    // A later run continues with the next user. (There are fewer of them, so that it ends soon.)
    job.leave_in_source(rows + 30);
    let run = job.run_to_end(&[]);
    assert_eq!(run.output.status.code(), Some(0));
    assert_eq!(run.state, State::Closed);
    let Counts { total, done_before, done, missing_email } = run.counts;
    assert_eq!((total, done_before, done), (rows + 30, rows, 30));
    assert_eq!(job.rows(), (rows + 30, missing + missing_email));
    assert_eq!(job.differences(), 0);
}

#[test]
fn a_signal_ends_a_run_in_order() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let job = Job::new();
        let mut running = job.start(&["--users", ENDLESS]);
        running.wait_until_done(20);
        running.signal(signal);
        let status = running.wait();

        assert_eq!(status.code(), Some(code));
        let (state, counts) = read(&running.path);
        assert_eq!(state, State::Closed);
        assert_eq!(job.rows(), (counts.done, counts.missing_email));
        let printed = running.printed();
        let said = format!("Stopped: the target has {} of {ENDLESS} users.", counts.done);
        assert!(printed.contains(&said), "{printed}");
    }
}

#[test]
fn restart_empties_the_target() {
    let job = Job::new();
    job.run_to_end(&["--users", "30"]);

    let again = job.run_to_end(&[]);
    assert_eq!(again.counts, Counts { total: 30, done_before: 30, done: 0, missing_email: 0 });

    let restarted = job.run_to_end(&["--restart"]);
    assert_eq!(restarted.counts, Counts { total: 30, done_before: 0, done: 30, missing_email: 4 });
    assert_eq!(job.rows(), (30, 4));
}

#[test]
fn a_second_run_beside_the_first_is_refused() {
    let job = Job::new();
    let mut first = job.start(&["--users", ENDLESS]);
    first.wait_until_done(1);

    let second = job.command(&[]).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("another run is at work here"), "{said}");
    assert!(first.is_running());
}

#[test]
fn a_wrong_command_line_is_explained() {
    let job = Job::new();
    for (arguments, code, expected) in [
        (&["--help"][..], 0, "--restart"),
        (&["--bogus"], 2, "unknown option `--bogus`"),
        (&["--users"], 2, "--users needs a number"),
        (&["--users", "many"], 2, "--users needs a number"),
        (&["--dir"], 2, "--dir needs a directory"),
        (&["--dir", "/nonexistent"], 1, "/nonexistent: No such file or directory"),
    ] {
        let output = job.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        let said = if code == 0 { output.stdout } else { output.stderr };
        let said = String::from_utf8(said).unwrap();
        assert!(said.contains(expected), "{said}");
    }
    assert_eq!(fs::read_dir(job.dir()).unwrap().count(), 0);
}

#[test]
fn the_source_keeps_its_users() {
    let job = Job::new();
    job.run_to_end(&["--users", "10"]);
    let output = job.command(&["--users", "9"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(job.run_to_end(&["--users", "10"]).counts.total, 10);
    assert_eq!(job.run_to_end(&["--users", "12"]).counts.total, 12, "users can be added");
    assert_eq!(job.run_to_end(&[]).counts.total, 12);
}

/// The example, with its own directory.
struct Job {
    dir: TempDir,
}

/// A run that ended, and the counts in its file.
struct Run {
    output: Output,
    path: PathBuf,
    state: State,
    counts: Counts,
    timed: u64,
}

/// A run that is killed when dropped.
struct Running {
    child: Child,
    path: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Counts {
    total: u64,
    done_before: u64,
    done: u64,
    missing_email: u64,
}

impl Job {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn dir(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&*EXAMPLE);
        // The last `--dir` takes precedence.
        command.arg("--dir").arg(self.dir()).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn start(&self, arguments: &[&str]) -> Running {
        let child = self.command(arguments).spawn().unwrap();
        let path = self.stats_of(&child);
        Running { child, path }
    }

    fn run_to_end(&self, arguments: &[&str]) -> Run {
        let child = self.command(arguments).spawn().unwrap();
        let path = self.stats_of(&child);
        let output = child.wait_with_output().unwrap();
        let snapshot = Reader::open(&path).unwrap().snapshot().unwrap();
        Run {
            output,
            state: snapshot.state(),
            counts: Counts::of(&snapshot),
            timed: match snapshot.get("otherdb_timer") {
                Some(Value::Timer(timing)) => timing.count(),
                other => panic!("otherdb_timer: {other:?}"),
            },
            path,
        }
    }

    fn stats_of(&self, child: &Child) -> PathBuf {
        self.dir().join(format!("update-emails-{}.mmstats", child.id()))
    }

    fn database(&self, name: &str) -> Connection {
        Connection::open(self.dir().join(name)).unwrap()
    }

    /// Returns the number of users in the target, and how many of them have no e-mail address.
    fn rows(&self) -> (u64, u64) {
        let sql = "SELECT count(*), count(*) - count(email) FROM users";
        let rows: (u32, u32) = self
            .database("update-emails-target.sqlite")
            .query_row(sql, (), |row| row.try_into())
            .unwrap();
        (rows.0.into(), rows.1.into())
    }

    /// Returns the number of users that are in only one of the databases, or differ between them.
    fn differences(&self) -> u32 {
        let database = self.database("update-emails-source.sqlite");
        let target = self.dir().join("update-emails-target.sqlite");
        database.execute("ATTACH ?1 AS target", [target.to_str().unwrap()]).unwrap();
        let sql = "SELECT count(*) FROM (
            SELECT * FROM (SELECT * FROM main.users EXCEPT SELECT * FROM target.users)
            UNION ALL
            SELECT * FROM (SELECT * FROM target.users EXCEPT SELECT * FROM main.users))";
        database.query_row(sql, (), |row| row.get(0)).unwrap()
    }

    fn leave_in_source(&self, users: u64) {
        let users = u32::try_from(users).unwrap();
        let database = self.database("update-emails-source.sqlite");
        database.execute("DELETE FROM users WHERE id > ?1", [users]).unwrap();
    }
}

impl Running {
    /// Reads its statistics until it has done this many users.
    fn wait_until_done(&mut self, wanted: u64) {
        for _ in 0..60_000 {
            let snapshot = Reader::open(&self.path).and_then(|reader| reader.snapshot());
            if snapshot.is_ok_and(|snapshot| Counts::of(&snapshot).done >= wanted) {
                return;
            }
            assert!(self.is_running(), "it ended early");
            thread::sleep(Duration::from_millis(1));
        }
        panic!("it has not done {wanted} yet");
    }

    fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    fn printed(&mut self) -> String {
        std::io::read_to_string(self.child.stdout.take().unwrap()).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Counts {
    fn of(snapshot: &Snapshot) -> Self {
        let users = snapshot.get("users").and_then(|value| value.as_work());
        let users = users.unwrap_or_else(|| panic!("no users: {snapshot}"));
        Self {
            total: users.total().unwrap(),
            done_before: users.done_before(),
            done: users.done(),
            missing_email: snapshot.get("missing_email").unwrap().as_u64().unwrap(),
        }
    }
}

fn read(path: &Path) -> (State, Counts) {
    let snapshot = Reader::open(path).unwrap().snapshot().unwrap();
    (snapshot.state(), Counts::of(&snapshot))
}

/// The path of the example. `cargo test` has built it beside this test; `cargo test --test`
/// may not have.
static EXAMPLE: LazyLock<PathBuf> = LazyLock::new(|| {
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap().join("examples/update_emails");
    let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/update_emails.rs");
    if changed(&built).is_some_and(|built| Some(built) >= changed(&source)) {
        return built;
    }
    build_example()
});

fn build_example() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--example", "update_emails", "--message-format=json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success());
    let messages = String::from_utf8(output.stdout).unwrap();
    messages
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|message| message["target"]["name"] == "update_emails")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("cargo says where the example is")
}
