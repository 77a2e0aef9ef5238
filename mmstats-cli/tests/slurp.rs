//! `slurpstats`, as its users run it: a process in a directory, its output and its exit code.

use std::fmt::Write;
use std::io::Read;
use std::mem::offset_of;
use std::os::unix::fs::{FileExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, fs, process, thread};

use mmstats::__private_0_1::format::header::{VITALS_OFFSET, VitalsBytes};
use mmstats::__private_0_1::format::{FieldRecord, Header};
use mmstats::{
    Average, Constant, ConstantText, Counter, Gauge, Histogram, Mapped, MmStats, MovingAverage,
    Progress, Text, Timer, UpDown,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// One of each.
#[derive(MmStats)]
struct Job {
    done: Counter,
    in_flight: UpDown,
    #[mmstats(unit = "bytes")]
    size: Gauge<u64>,
    ratio: Gauge<f64>,
    ready: Gauge<bool>,
    user: Text<64>,
    tries: Average,
    load: MovingAverage<4>,
    otherdb_timer: Timer,
    idle_timer: Timer,
    #[mmstats(initial = 8)]
    threads: Constant<u32>,
    #[mmstats(initial = "1.4.2")]
    release: ConstantText<16>,
}

#[derive(MmStats)]
struct Small {
    done: Counter,
    step: Timer,
}

/// A fresh directory, and what `slurpstats` says in it.
struct Dir(TempDir);

impl Dir {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_slurpstats"));
        command.args(arguments).current_dir(self.0.path());
        for variable in ["MMSTATS_GLOB", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command.env_remove(variable);
        }
        command.env("MMSTATS_PATH", self.0.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(&mut self.command(arguments))
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let outcome = self.run(&[&["--format", "json"], arguments].concat());
        assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
        serde_json::from_str(&outcome.out).unwrap()
    }

    fn create<S: MmStats>(&self, name: &str) -> Mapped<S> {
        S::builder().directory(self.0.path()).file(name).create().unwrap()
    }

    /// A file of the original library.
    fn fixture(&self, name: &str) {
        fs::copy(fixtures().join(name), self.path(name)).unwrap();
    }

    /// What a program leaves that used one of each field and ended.
    fn job(&self) {
        let job = self.create::<Job>("job.mmstats");
        job.done.add(1_234_567);
        job.in_flight.sub(3);
        job.size.set(4096);
        job.ratio.set(0.1);
        job.ready.set(true);
        job.user.set("小林 さくら\u{1b}[2J");
        (1..=3).for_each(|tries| job.tries.add(f64::from(tries * tries)));
        job.load.add(0.5);
        for ms in [1, 2, 2, 3, 40] {
            job.otherdb_timer.record(Duration::from_millis(ms));
        }
    }
}

#[derive(Debug)]
struct Outcome {
    code: i32,
    out: String,
    err: String,
}

impl Outcome {
    fn of(command: &mut Command) -> Self {
        let output = command.stdin(Stdio::null()).output().unwrap();
        Self {
            code: output.status.code().expect("it ends by itself"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The files that were printed, in order.
    fn files(&self) -> Vec<&str> {
        self.out.lines().filter_map(|line| line.strip_prefix("==> ")).collect()
    }

    /// What was printed, but for the header and what differs from run to run.
    fn stats(&self) -> String {
        let lines = self.out.lines().filter(|line| !line.starts_with("==>"));
        let lines = lines.filter(|line| !line.starts_with("  sys."));
        lines.fold(String::new(), |all, line| all + line + "\n")
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/v1")
}

/// Overwrites a word of a file.
fn patch(path: &Path, at: usize, word: u64) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
    fs::write(path, bytes).unwrap();
}

fn word(bytes: &[u8], at: usize) -> usize {
    let word = u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    word.try_into().unwrap()
}

/// Moves a time in a file, which may be mapped, by so many seconds.
fn shift(path: &Path, at: usize, seconds: i64) {
    let file = fs::File::options().read(true).write(true).open(path).unwrap();
    let mut word = [0; 8];
    file.read_exact_at(&mut word, at as u64).unwrap();
    let ns = u64::from_le_bytes(word).checked_add_signed(seconds * 1_000_000_000).unwrap();
    file.write_all_at(&ns.to_le_bytes(), at as u64).unwrap();
}

/// Where the field with this index lies in the first lane.
fn field_at(path: &Path, index: usize) -> usize {
    let file = fs::read(path).unwrap();
    let records = word(&file, offset_of!(Header, records_offset));
    let record = records + index * size_of::<FieldRecord>();
    let lane = word(&file, offset_of!(Header, lanes_offset));
    lane + 64 + word(&file, record + offset_of!(FieldRecord, offset))
}

/// A field as the original stores it that has one buffer.
fn version_1_field(label: &str, code: &str, value: &[u8]) -> Vec<u8> {
    let size = |text: &str| u16::try_from(text.len()).unwrap().to_le_bytes();
    [&size(label), label.as_bytes(), &size(code), code.as_bytes(), &[255], value].concat()
}

// ---- The original's layout ----

/// A value of the `.json` beside a fixture as the original prints it.
fn printed(value: &Value) -> String {
    match value {
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::String(text) if text == "NaN" => "nan".into(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            let text = format!("{:?}", number.as_f64().unwrap());
            // At least two digits, and always a sign.
            match text.split_once('e').map(|(digits, exponent)| (digits, exponent.parse::<i32>())) {
                Some((digits, Ok(exponent))) => format!("{digits}e{exponent:+03}"),
                _ => text,
            }
        }
        other => other.to_string(),
    }
}

#[test]
fn files_of_the_original_are_printed_as_their_json_says() {
    let dir = Dir::new();
    let mut seen = 0;
    for entry in fs::read_dir(fixtures()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let stats: Vec<(String, Value)> =
            serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let file = path.with_extension("mmstats");
        let width = stats.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
        let mut expected = format!("==> {}\n", file.display());
        for (label, value) in &stats {
            writeln!(expected, "  {label:width$} {}", printed(value)).unwrap();
        }
        expected.push('\n');
        let outcome = dir.run(&[file.to_str().unwrap()]);
        assert_eq!(outcome.out, expected);
        assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
        seen += 1;
    }
    assert!(seen > 5);
}

#[test]
fn the_layout_is_that_of_the_original() {
    let dir = Dir::new();
    dir.fixture("script.mmstats");
    let outcome = dir.run(&["script.mmstats", "--format", "plain"]);
    assert_eq!(outcome.out, include_str!("golden/script.plain.txt"));
}

#[test]
fn each_field_has_one_plain_value() {
    let dir = Dir::new();
    dir.job();
    let outcome = dir.run(&["job.mmstats"]);
    assert_eq!(outcome.stats(), include_str!("golden/job.plain.txt"));
}

#[test]
fn a_histogram_is_shown_in_its_unit() {
    #[derive(MmStats)]
    struct Web {
        /// The size of an answer.
        #[mmstats(unit = "bytes")]
        answer: Histogram,
        rows: Histogram<7>,
        empty: Histogram,
    }
    let dir = Dir::new();
    let web = dir.create::<Web>("web.mmstats");
    for (bytes, times) in [(200, 90), (1_500, 9), (2_000_000, 1)] {
        web.answer.record_n(bytes, times);
    }
    web.rows.record(10);
    web.rows.record(20);
    drop(web);
    let stats = |arguments: &[&str]| dir.run(&[arguments, &["web.mmstats"]].concat()).stats();
    assert_eq!(stats(&[]), "  answer      20315.0\n  rows        15.0\n  empty       0.0\n\n");
    assert_eq!(
        stats(&["--format", "pretty"]),
        "  answer       20 k bytes  p50 204 bytes  p99 1504 bytes  max 2.0 M bytes  count 100\n  \
         rows         15  p50 10  p99 20  max 20  count 2\n  empty        count 0\n\n"
    );
    let file = &dir.json(&["--help-texts", "web.mmstats"])[0];
    let said = &file["schema"]["answer"];
    assert_eq!(
        *said,
        json!({"kind": "Histogram", "unit": "bytes", "help": "The size of an answer."})
    );
    let answer = &file["stats"]["answer"];
    assert_eq!((&answer["count"], &answer["sum"]), (&json!(100), &json!(2_031_500.0)));
    assert_eq!((&answer["mean"], &answer["recent_mean"]), (&json!(20_315.0), &Value::Null));
    assert_eq!((&answer["min"], &answer["max"]), (&json!(200.0), &json!(2e6)));
    for (quantile, bytes) in [("p50", 200.0), ("p90", 200.0), ("p99", 1_500.0)] {
        let found = answer[quantile].as_f64().unwrap();
        assert!((found / bytes - 1.0).abs() <= 1.0 / 32.0, "{quantile}: {found}");
    }
    assert_eq!(file["stats"]["empty"]["p50"], Value::Null);
}

#[test]
fn the_facts_of_the_header_are_printed() {
    let dir = Dir::new();
    dir.create::<Small>("a.mmstats");
    let pid = format!("  sys.pid     {}\n", process::id());
    assert!(dir.run(&["a.mmstats"]).out.contains(&pid));
}

// ---- What is read ----

#[test]
fn without_arguments_the_default_places_are_read() {
    let dir = Dir::new();
    dir.fixture("script.mmstats");
    let outcome = dir.run(&[]);
    assert_eq!(outcome.files(), [dir.path("script.mmstats").to_str().unwrap()]);
    assert_eq!(outcome.code, 0);

    let nothing = Outcome::of(dir.command(&[]).env("MMSTATS_GLOB", "/nonexistent/*.mmstats"));
    assert_eq!((nothing.code, nothing.out.as_str()), (1, ""));
    assert_eq!(nothing.err, "slurpstats: nothing matches /nonexistent/*.mmstats\n");
}

#[test]
fn directories_and_patterns_are_sorted_and_files_are_not() {
    let dir = Dir::new();
    for name in ["c.mmstats", "a.mmstats", "B.mmstats", "b.other"] {
        fs::copy(fixtures().join("script.mmstats"), dir.path(name)).unwrap();
    }
    let files = |arguments: &[&str]| {
        let outcome = dir.run(arguments);
        assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
        outcome.files().join(" ")
    };
    assert_eq!(files(&["."]), "./B.mmstats ./a.mmstats ./c.mmstats");
    assert_eq!(files(&["*.mmstats"]), "B.mmstats a.mmstats c.mmstats");
    assert_eq!(files(&["[bc].*"]), "b.other c.mmstats");
    assert_eq!(files(&["c*", "*.mmstats"]), "B.mmstats a.mmstats c.mmstats");
    assert_eq!(files(&["c.mmstats", "a.mmstats", "c.mmstats"]), "c.mmstats a.mmstats");
}

#[test]
fn a_pid_stands_for_the_files_of_its_process() {
    let dir = Dir::new();
    dir.fixture("script.mmstats");
    dir.fixture("float-edges.mmstats");
    dir.create::<Small>("own.mmstats");
    let of = |pid: &str| dir.run(&[pid]).files().join(" ");
    assert_eq!(of("4280"), dir.path("script.mmstats").to_str().unwrap());
    assert_eq!(of(&process::id().to_string()), dir.path("own.mmstats").to_str().unwrap());

    let nobody = dir.run(&["4194305"]);
    assert_eq!((nobody.code, nobody.out.as_str()), (1, ""));
    assert!(nobody.err.starts_with("slurpstats: 4194305: no file of this process in /"));

    // A file of that name is a file.
    fs::copy(fixtures().join("fresh.mmstats"), dir.path("4280")).unwrap();
    assert_eq!(of("4280"), "4280");
}

#[test]
fn links_are_followed() {
    let dir = Dir::new();
    dir.fixture("script.mmstats");
    symlink("script.mmstats", dir.path("latest")).unwrap();
    assert_eq!(dir.run(&["latest"]).files(), ["latest"]);
}

#[test]
fn a_pattern_without_matches_is_reported() {
    let dir = Dir::new();
    let pattern = dir.run(&["*.none"]);
    assert_eq!((pattern.code, pattern.out.as_str()), (1, ""));
    assert_eq!(pattern.err, "slurpstats: *.none: nothing matches\n");

    let directory = dir.run(&["--format", "json", "."]);
    assert_eq!((directory.code, directory.out.as_str()), (1, "[]\n"));
    assert_eq!(directory.err, "slurpstats: .: no `*.mmstats` in this directory\n");

    dir.fixture("script.mmstats");
    let both = dir.run(&["*.none", "script.mmstats"]);
    assert_eq!((both.code, both.files()), (0, vec!["script.mmstats"]));
    assert_eq!(both.err, pattern.err);
}

#[test]
fn mmstats_slurp_is_the_same() {
    let dir = Dir::new();
    dir.fixture("script.mmstats");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mmstats"));
    let command = command.args(["slurp", "script.mmstats"]).current_dir(dir.0.path());
    assert_eq!(Outcome::of(command).out, dir.run(&["script.mmstats"]).out);
}

// ---- What cannot be read ----

#[test]
fn a_bad_file_is_a_line_and_not_the_end() {
    let dir = Dir::new();
    dir.fixture("script.mmstats");
    dir.job();
    let whole = fs::read(dir.path("job.mmstats")).unwrap();
    fs::write(dir.path("cut.mmstats"), &whole[..4097]).unwrap();
    fs::write(dir.path("empty.mmstats"), "").unwrap();
    fs::write(dir.path("foreign.mmstats"), "#!/bin/sh\n\u{1b}c").unwrap();
    fs::create_dir(dir.path("folder.mmstats")).unwrap();
    // Nobody writes to it: opening it in the ordinary way would wait forever.
    let fifo = Command::new("mkfifo").arg(dir.path("fifo.mmstats")).status();
    assert!(fifo.unwrap().success());

    let outcome = dir.run(&["."]);
    assert_eq!(outcome.code, 2);
    assert_eq!(outcome.files(), ["./job.mmstats", "./script.mmstats"]);
    let lines: Vec<&str> = outcome.err.lines().collect();
    let bad = ["cut", "empty", "fifo", "folder", "foreign"];
    assert_eq!(lines.len(), bad.len(), "{}", outcome.err);
    for (line, name) in lines.iter().zip(bad) {
        assert!(line.starts_with(&format!("slurpstats: ./{name}.mmstats: ")), "{line}");
    }

    let absent = dir.run(&["absent.mmstats", "script.mmstats"]);
    assert_eq!((absent.code, absent.files()), (2, vec!["script.mmstats"]));
    assert!(absent.err.starts_with("slurpstats: absent.mmstats: "), "{}", absent.err);
    assert_eq!(absent.err.lines().count(), 1);
}

#[test]
fn wrong_use_is_a_failure() {
    let dir = Dir::new();
    dir.fixture("script.mmstats");
    assert_eq!(dir.run(&["--frmat", "json"]).code, 2);
    assert_eq!(dir.run(&["--format", "xml"]).code, 2);
    let pattern = dir.run(&["a***", "script.mmstats"]);
    assert_eq!((pattern.code, pattern.files()), (2, vec!["script.mmstats"]));
    assert!(pattern.err.starts_with("slurpstats: a***: byte "), "{}", pattern.err);
    assert_eq!(pattern.err.lines().count(), 1);
}

#[test]
fn help_and_version_are_not_failures() {
    let dir = Dir::new();
    let help = dir.run(&["--help"]);
    assert_eq!(help.code, 0);
    assert!(help.out.contains("Exit status:\n") && help.out.contains("Examples:\n"));
    assert_eq!(
        dir.run(&["--version"]).out,
        concat!("slurpstats ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let dir = Dir::new();
    dir.fixture("many-pages.mmstats");
    // More than a pipe holds, so that it has to write after the pipe was closed.
    let arguments: Vec<String> = (0..64)
        .map(|copy| {
            let name = format!("{copy}.mmstats");
            fs::copy(dir.path("many-pages.mmstats"), dir.path(&name)).unwrap();
            name
        })
        .collect();
    for format in ["plain", "pretty", "json"] {
        let mut command = dir.command(&["--format", format]);
        command.args(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut pipe = child.stdout.take().unwrap();
        let mut start = [0; 8];
        pipe.read_exact(&mut start).unwrap();
        drop(pipe);
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    }
}

#[test]
fn a_full_disk_is_a_failure() {
    let dir = Dir::new();
    dir.fixture("script.mmstats");
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = dir.command(&["script.mmstats"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stderr.starts_with(b"slurpstats: standard output: No space left"));
}

// ---- What became of the writer ----

#[test]
fn plays_a_job() {
    let Some(directory) = mmstats_testing::role("plays_a_job") else { return };
    let stats = Small::builder().directory(directory).file("child.mmstats").create().unwrap();
    stats.done.add(3);
    let _running = stats.step.start();
    mmstats_testing::say(process::id());
    mmstats_testing::wait_for_parent();
}

#[test]
fn help_texts_are_what_the_program_documents() {
    #[derive(MmStats)]
    struct Documented {
        /// Users processed so far.
        ///
        /// Those without an address are counted, too.
        #[mmstats(unit = "users")]
        done: Counter,
    }

    let dir = Dir::new();
    let _stats = dir.create::<Documented>("a.mmstats");
    let pretty = dir.run(&["--help-texts", "--format", "pretty", "a.mmstats"]).out;
    let expected = "  done         0 users
               Users processed so far.
               Those without an address are counted, too.
";
    assert!(pretty.contains(expected), "{pretty}");
    let schema = &dir.json(&["--help-texts", "a.mmstats"])[0]["schema"];
    let help = "Users processed so far.\nThose without an address are counted, too.";
    assert_eq!(schema["done"], json!({"kind": "Counter", "unit": "users", "help": help}));
    assert_eq!(schema["sys.pid"], json!({"kind": null, "unit": null, "help": null}));
}

#[test]
fn a_killed_writer_is_dead_and_leaves_its_last_values() {
    let dir = Dir::new();
    let mut child =
        mmstats_testing::Child::spawn(&mut mmstats_testing::again("plays_a_job", dir.0.path()));
    let pid: u32 = child.hear().parse().unwrap();
    let live = &dir.json(&["child.mmstats"])[0];
    assert_eq!((&live["state"], &live["pid"]), (&json!("live"), &json!(pid)));
    assert_eq!(live["stats"]["step"]["running"], 1);
    assert!(live["stats"]["step"]["running_for"].is_f64());

    child.kill();
    let dead = &dir.json(&["child.mmstats"])[0];
    assert_eq!((&dead["state"], &dead["stats"]["done"]), (&json!("dead"), &json!(3)));
    assert_eq!(dead["stats"]["step"]["running"], 1);
    let pretty = dir.run(&["--format", "pretty", "child.mmstats"]).out;
    let header = pretty.lines().next().unwrap();
    assert!(header.starts_with("==> child.mmstats  dead, "), "{header}");
    let seen = header.rsplit_once(", last seen alive ").map(|(_, seen)| seen.ends_with(" ago"));
    assert_eq!(seen, Some(true), "{header}");
    let age = dead["last_seen"].as_f64().unwrap() - dead["created"].as_f64().unwrap();
    assert!((0.0..1000.0).contains(&age) && dead["ended"].is_null());
    assert!(pretty.contains("count 0  running: 1 when it died, started "), "{pretty}");

    // A copy, made a minute later: its writer did not modify it.
    shift(&dir.path("child.mmstats"), offset_of!(Header, created_realtime_ns), -60);
    let copy = &dir.json(&["child.mmstats"])[0];
    let age = copy["last_seen"].as_f64().unwrap() - copy["created"].as_f64().unwrap();
    assert!((0.0..50.0).contains(&age), "{copy}");
}

#[test]
fn the_state_is_that_of_the_writer() {
    let dir = Dir::new();
    let stats = dir.create::<Small>("a.mmstats");
    let found = || dir.json(&["a.mmstats"])[0]["state"].clone();
    assert_eq!(found(), "live");
    drop(stats);
    assert_eq!(found(), "closed");

    let stats = dir.create::<Small>("a.mmstats");
    thread::spawn(move || {
        let _stats = stats;
        panic!("as it should");
    })
    .join()
    .unwrap_err();
    assert_eq!(found(), "panicked");
}

// ---- JSON ----

#[test]
fn json_has_every_field() {
    let dir = Dir::new();
    dir.job();
    let files = dir.json(&["job.mmstats"]);
    let file = &files[0];
    assert_eq!(files.as_array().unwrap().len(), 1);
    assert_eq!(file["path"], "job.mmstats");
    assert_eq!((&file["version"], &file["state"]), (&json!(2), &json!("closed")));
    assert_eq!(file["pid"], process::id());
    let [created, ended] = ["created", "ended"].map(|key| file[key].as_f64().unwrap());
    assert!(created > 1.7e9 && ended >= created && file["last_seen"].as_f64().unwrap() >= created);
    assert!(file["command"].is_string());
    assert!(file.get("torn").is_none() && file.get("lanes").is_none());

    let stats = &file["stats"];
    assert_eq!(stats["sys.pid"], process::id());
    assert_eq!(stats["done"], 1_234_567);
    assert_eq!(stats["in_flight"], -3);
    assert_eq!(stats["ratio"], 0.1);
    assert_eq!(stats["ready"], true);
    assert_eq!(stats["user"], "小林 さくら\u{1b}[2J");
    assert_eq!(stats["threads"], 8);
    assert_eq!(stats["release"], "1.4.2");
    assert_eq!(
        stats["tries"],
        json!({"count": 3, "sum": 14.0, "mean": 14.0 / 3.0, "recent_mean": null, "min": null,
               "max": null, "last": null, "p50": null, "p90": null, "p99": null})
    );
    assert_eq!(stats["load"]["recent_mean"], 0.5);
    let timer = &stats["otherdb_timer"];
    assert_eq!((&timer["count"], &timer["sum"]), (&json!(5), &json!(0.048)));
    assert_eq!((&timer["mean"], &timer["recent_mean"]), (&json!(0.0096), &json!(0.0096)));
    assert_eq!((&timer["min"], &timer["max"]), (&json!(0.001), &json!(0.04)));
    assert_eq!((&timer["last"], &timer["p99"]), (&json!(0.04), &json!(0.04)));
    assert!((timer["p50"].as_f64().unwrap() / 0.002 - 1.0).abs() < 1.0 / 32.0);
    assert!(timer.get("running").is_none());
}

#[test]
fn json_keeps_what_json_has_no_numbers_for() {
    let dir = Dir::new();
    let job = dir.create::<Job>("job.mmstats");
    job.done.add(u64::MAX);
    job.in_flight.add(i64::MIN);
    // Sums can become infinite; a sample that is not finite is refused.
    for sample in [f64::MAX, f64::NAN, f64::MAX] {
        job.tries.add(sample);
    }
    for sample in [f64::MIN, f64::MIN] {
        job.load.add(sample);
    }
    job.ratio.set(f64::NAN);
    let stats = &dir.json(&["."])[0]["stats"];
    assert_eq!(stats["done"].as_u64(), Some(u64::MAX));
    assert_eq!(stats["in_flight"].as_i64(), Some(i64::MIN));
    assert_eq!((&stats["tries"]["mean"], &stats["tries"]["refused"]), (&json!("inf"), &json!(1)));
    assert_eq!(
        (&stats["load"]["recent_mean"], stats["load"].get("refused")),
        (&json!("-inf"), None)
    );
    assert_eq!(stats["ratio"], "NaN");
}

#[test]
fn json_of_a_version_1_file() {
    let dir = Dir::new();
    dir.fixture("script.mmstats");
    dir.fixture("float-edges.mmstats");
    let files = dir.json(&["script.mmstats", "float-edges.mmstats"]);
    assert_eq!((&files[0]["version"], &files[0]["pid"]), (&json!(1), &json!(4280)));
    assert_eq!(files[0]["created"], 1_795_423_068.126_968);
    assert_eq!(files[0]["command"], Value::Null);
    assert_eq!((&files[1]["state"], &files[1]["pid"]), (&json!("unknown"), &Value::Null));
    assert_eq!(
        files[1]["stats"],
        json!({"zero": -0.0, "nan": "NaN", "inf": "inf", "ninf": "-inf"})
    );
}

// ---- Progress and life ----

#[derive(MmStats)]
struct Import {
    #[mmstats(initial = 200)]
    total: Constant<u64>,
    #[mmstats(initial = 20)]
    done_before: Constant<u64>,
    done: Counter,
}

#[test]
fn the_progress_of_each_job_is_shown_with_its_rates() {
    #[derive(MmStats)]
    struct Nested {
        #[mmstats(initial = 18_446_744_073_709_551_615)]
        pages: Progress,
        rows: Progress,
        unknown: Progress,
    }
    let dir = Dir::new();
    let nested = dir.create::<Nested>("a.mmstats");
    nested.pages.set_done_before(9_223_372_036_854_775_809);
    nested.pages.add(7);
    for _ in nested.rows.over(0..4).take(3) {}
    nested.unknown.add(5);
    let json = &dir.json(&["a.mmstats"])[0];
    // With all digits.
    let progress = &json["progress"];
    assert_eq!(progress["done"], 9_223_372_036_854_775_816_u64);
    assert_eq!(progress["total"], u64::MAX);
    let pages = &json["stats"]["pages"];
    assert_eq!((&pages["done"], &pages["total"]), (&json!(7), &json!(u64::MAX)));
    assert_eq!(pages["done_before"], 9_223_372_036_854_775_809_u64);
    let unknown = &json["stats"]["unknown"];
    assert_eq!((&unknown["done"], &unknown["left"]), (&json!(5), &Value::Null));
    drop(nested);
    let pretty = dir.run(&["--format", "pretty", "a.mmstats"]).out;
    let bar = "███████████████░░░░░░░░░░░░░░░";
    let all = "9223372036854775816 of 18446744073709551615";
    assert!(pretty.contains(&format!("\n    50 %  {bar}  {all}\n")), "{pretty}");
    assert!(pretty.contains("  2 of 4  █████░░░░░  50 %"), "{pretty}");
    let plain = dir.run(&["--format", "plain", "a.mmstats"]).out;
    assert!(plain.lines().any(|line| line.split_whitespace().eq(["unknown", "5"])), "{plain}");
}

#[test]
fn progress_is_shown_with_the_time_left() {
    let dir = Dir::new();
    let import = dir.create::<Import>("a.mmstats");
    import.done.add(30);
    // It began 60 seconds ago: 30 in a minute, and 150 more in five.
    shift(&dir.path("a.mmstats"), offset_of!(Header, created_realtime_ns), -60);
    let pretty = dir.run(&["--format", "pretty", "a.mmstats"]).out;
    let bar = "███████░░░░░░░░░░░░░░░░░░░░░░░";
    let line = format!("\n    25 %  {bar}  50 of 200  5 min 30 s left\n");
    assert!(pretty.contains(&line), "{pretty}");
    let progress = &dir.json(&["a.mmstats"])[0]["progress"];
    assert_eq!(*progress, json!({"done": 50, "total": 200, "left": 330.0}));
    // The total was an estimate.
    import.done.add(151);
    let more = &dir.json(&["a.mmstats"])[0]["progress"];
    assert_eq!(*more, json!({"done": 201, "total": 200, "left": null}));
    import.done.reset();
    import.done.add(30);
    drop(import);
    let ended = &dir.json(&["a.mmstats"])[0]["progress"];
    assert_eq!(*ended, json!({"done": 50, "total": 200, "left": null}));
    let pretty = dir.run(&["--format", "pretty", "a.mmstats"]).out;
    assert!(pretty.contains("  50 of 200\n"), "{pretty}");
}

#[test]
fn a_closed_file_shows_when_it_ended_and_how_long_it_ran() {
    let dir = Dir::new();
    drop(dir.create::<Small>("a.mmstats"));
    let path = dir.path("a.mmstats");
    // 2400 seconds of life, and since then 180 seconds.
    shift(&path, offset_of!(Header, created_realtime_ns), -2580);
    shift(&path, VITALS_OFFSET + offset_of!(VitalsBytes, anchor_boottime_ns), 2400);
    let pretty = dir.run(&["--format", "pretty", "a.mmstats"]).out;
    let header = pretty.lines().next().unwrap();
    assert!(header.starts_with("==> a.mmstats  closed 3 min "), "{header}");
    assert!(header.ends_with(", ran 40 min"), "{header}");
    let file = &dir.json(&["a.mmstats"])[0];
    let ran = file["ended"].as_f64().unwrap() - file["created"].as_f64().unwrap();
    assert!((2399.0..2401.0).contains(&ran), "{ran}");
}

// ---- Lanes ----

#[test]
fn lanes_are_shown_on_request() {
    let dir = Dir::new();
    let stats = dir.create::<Small>("a.mmstats");
    stats.done.add(2);
    let theirs = stats.clone();
    thread::spawn(move || theirs.done.add(40)).join().unwrap();
    let lanes = &dir.json(&["--lanes", "a.mmstats"])[0]["lanes"];
    let done: Vec<_> =
        lanes.as_array().unwrap().iter().map(|lane| &lane["stats"]["done"]).collect();
    assert_eq!(done, [2, 40]);
    assert_eq!((&lanes[0]["claimed"], &lanes[1]["claimed"]), (&json!(true), &json!(false)));

    let tid = lanes[1]["tid"].as_u64().unwrap();
    let merged = "  done        42\n  step        0.0\n";
    let lane = format!("  lane {tid}\n    done 40\n    step 0.0\n\n");
    let plain = dir.run(&["--lanes", "a.mmstats"]).out;
    assert!(plain.contains(merged) && plain.ends_with(&lane), "{plain}");
    let pretty = dir.run(&["--lanes", "--format", "pretty", "a.mmstats"]).out;
    assert!(
        pretty.contains(&format!("  lane {tid}, whose thread ended\n    done  40\n")),
        "{pretty}"
    );
}

#[test]
fn torn_values_and_lost_lanes_are_shown() {
    let dir = Dir::new();
    drop(dir.create::<Small>("a.mmstats"));
    let path = dir.path("a.mmstats");
    patch(&path, field_at(&path, 1), 7); // odd: its writer died in the middle
    patch(&path, VITALS_OFFSET + offset_of!(VitalsBytes, lanes_lost), 3);
    let file = &dir.json(&["a.mmstats"])[0];
    assert_eq!((&file["torn"], &file["lanes_lost"]), (&json!(["step"]), &json!(3)));
    let pretty = dir.run(&["--format", "pretty", "a.mmstats"]).out;
    assert!(pretty.contains("\n  step         count 0  (torn)\n"), "{pretty}");
    let missing = "  3 threads are missing: the file could not be extended\n";
    assert!(pretty.contains(missing), "{pretty}");
    // One line more; all others are as ever.
    let plain = dir.run(&["a.mmstats"]).out;
    patch(&path, VITALS_OFFSET + offset_of!(VitalsBytes, lanes_lost), 0);
    let header = "==> a.mmstats\n";
    assert_eq!(plain, dir.run(&["a.mmstats"]).out.replace(header, &(header.to_owned() + missing)));
}

// ---- For people ----

#[test]
fn pretty_has_units_and_percentiles() {
    let dir = Dir::new();
    dir.job();
    let outcome = dir.run(&["--format", "pretty", "job.mmstats"]);
    assert_eq!(outcome.stats(), include_str!("golden/job.pretty.txt"));
    let header = outcome.out.lines().next().unwrap();
    assert!(header.starts_with("==> job.mmstats  closed "), "{header}");
    assert!(header.contains(" ago, slurp-"), "{header}");
    assert!(header.contains(&format!(", pid {}, ran ", process::id())), "{header}");
}

#[test]
fn colour_is_as_wanted() {
    let dir = Dir::new();
    drop(dir.create::<Small>("a.mmstats"));
    let pretty = |color| dir.run(&["a.mmstats", "--format", "pretty", "--color", color]).out;
    assert!(pretty("always").starts_with("==> \u{1b}[1ma.mmstats\u{1b}[0m  \u{1b}[34mclosed "));
    assert!(!pretty("never").contains('\u{1b}'));
    assert!(!pretty("auto").contains('\u{1b}'));
    let plain = dir.run(&["a.mmstats", "--color", "always"]).out;
    assert!(!plain.contains('\u{1b}'));
}

#[test]
fn a_live_file_on_a_disk_has_a_hint() {
    let hint = "on a disk: the kernel may stall its writer";
    for place in [env!("CARGO_TARGET_TMPDIR"), "/dev/shm"] {
        let Ok(place) = tempfile::tempdir_in(place) else { continue };
        let dir = Dir(place);
        let magic = Command::new("stat").args(["-f", "-c", "%t"]).arg(dir.0.path()).output();
        let in_memory = magic.unwrap().stdout == b"1021994\n";
        let stats = dir.create::<Small>("a.mmstats");
        let live = dir.run(&["a.mmstats", "--format", "pretty"]).out;
        assert_eq!(live.contains(hint), !in_memory, "{live}");
        drop(stats);
        let closed = dir.run(&["a.mmstats", "--format", "pretty"]).out;
        assert!(!closed.contains(hint), "{closed}");
    }
}

#[test]
fn foreign_text_cannot_reach_the_terminal() {
    let dir = Dir::new();
    let name = "\u{1b}]0;x\u{7}\n.mmstats";
    let label = "la\u{9b}2J\u{202e}bel";
    let file = [&[1][..], &version_1_field(label, "12s", b"a\x1b[31m\r\nb\x00\x00\x00")].concat();
    fs::write(dir.path(name), &file).unwrap();
    for format in ["plain", "pretty", "json"] {
        let outcome = dir.run(&["--format", format, name]);
        assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
        let harmful = |char: char| char != '\n' && char.is_control() || char == '\u{202e}';
        assert!(!outcome.out.contains(harmful), "{}", outcome.out);
    }
    let plain = dir.run(&[name]).out;
    let label_shown = "la\\u{9b}2J\\u{202e}bel";
    assert_eq!(
        plain,
        format!("==> \\u{{1b}}]0;x\\u{{7}}\\n.mmstats\n  {label_shown} a\\u{{1b}}[31m\\r\\nb\n\n")
    );
    let json = &dir.json(&[name])[0];
    assert_eq!((&json["path"], &json["stats"][label]), (&json!(name), &json!("a\u{1b}[31m\r\nb")));

    fs::write(dir.path(name), "bad").unwrap();
    let err = dir.run(&[name]).err;
    assert!(err.starts_with("slurpstats: \\u{1b}]0;x\\u{7}\\n.mmstats: "), "{err}");
}

#[test]
fn the_default_place_of_the_original_is_read() {
    let dir = Dir::new();
    dir.fixture("script.mmstats");
    fs::write(dir.path("foreign.mmstats"), "something else").unwrap();
    fs::create_dir(dir.path("directory.mmstats")).unwrap();
    let mut command = dir.command(&[]);
    command.env_remove("MMSTATS_PATH").env("TMPDIR", dir.0.path());
    let outcome = Outcome::of(&mut command);
    let script = format!("==> {}\n", dir.path("script.mmstats").display());
    assert!(outcome.out.contains(&script), "{}", outcome.out);
    assert!(!outcome.err.contains("foreign"), "{}", outcome.err);
    // A file that is named has to be a statistics file.
    assert_eq!(dir.run(&["foreign.mmstats"]).code, 2);
}

#[test]
fn a_file_without_a_name_is_read_through_its_process() {
    let stats = Small::builder().unnamed().create().unwrap();
    let path = stats.path().unwrap().to_str().unwrap();
    let dir = Dir::new();
    let outcome = dir.run(&[path]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    assert!(outcome.out.starts_with(&format!("==> {path}\n")), "{}", outcome.out);
    let pretty = dir.run(&["--format", "pretty", path]).out;
    assert!(pretty.starts_with(&format!("==> {path}  live, ")), "{pretty}");
    assert!(!pretty.contains("on a disk"), "{pretty}");
    // Nobody can truncate it, and there is nothing to remove.
    let cut = fs::File::options().write(true).open(path).unwrap().set_len(0);
    assert_eq!(cut.unwrap_err().kind(), std::io::ErrorKind::PermissionDenied);
    stats.remove().unwrap();
    assert_eq!(dir.run(&[path]).code, 0);
}

#[test]
fn huge_numbers_are_short() {
    #[derive(MmStats)]
    struct Extremes {
        double: Gauge<f64>,
        float: Gauge<f32>,
        mean: Average,
    }
    let dir = Dir::new();
    let extremes = dir.create::<Extremes>("a.mmstats");
    extremes.double.set(f64::MAX);
    extremes.float.set(f32::MAX);
    extremes.mean.add(f64::MAX);
    for format in ["plain", "pretty"] {
        let outcome = dir.run(&["--format", format, "a.mmstats"]);
        let longest = outcome.out.lines().map(|line| line.chars().count()).max();
        assert!(longest < Some(100), "{}", outcome.out);
    }
}
