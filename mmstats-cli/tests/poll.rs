//! `pollstats`, while writers count, end and restart.

mod tool;

use std::ffi::OsStr;
use std::fs;
use std::mem::{self, offset_of};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{self, Command};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mmstats::__private_0_1::format::header::{VITALS_OFFSET, VitalsBytes};
use mmstats::{
    Average, Constant, Counter, Gauge, Histogram, Mapped, MmStats, Progress, Text, Timer, UpDown,
};
use serde_json::{Value, json};

use tool::{Dir, Outcome, Running, Version1, version_1};

#[derive(MmStats)]
struct Job {
    done: Counter,
    in_flight: UpDown,
    size: Gauge<u64>,
    #[mmstats(merge = "max")]
    longest: Gauge<u64>,
    user: Text<64>,
    tries: Average,
    otherdb_timer: Timer,
}

/// So short that no test has to wait, and none depends on it.
const DELAY: &str = "0.02";

impl Dir {
    fn poll(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(&mut self.pollstats(arguments))
    }

    fn pollstats(&self, arguments: &[&str]) -> Command {
        self.program(&[&[env!("CARGO_BIN_EXE_pollstats")], arguments].concat())
    }

    /// Lines of JSON, of which the first was read.
    fn polling(&self, arguments: &[&str]) -> (Running, Value) {
        let arguments = [&["-d", DELAY, "--format", "json"], arguments].concat();
        let mut running = Running::spawn(&mut self.pollstats(&arguments));
        let first = running.json();
        (running, first)
    }
}

impl Running {
    /// The lines up to one that is as wanted.
    fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut lines = Vec::new();
        for _ in 0..10_000 {
            lines.push(self.json());
            if lines.last().is_some_and(&wanted) {
                return lines;
            }
        }
        panic!("it does not come: {:?}", lines.last());
    }

    /// The lines up to one that has the wanted total of `done`.
    fn until_done(&mut self, total: u64) -> Vec<Value> {
        self.until(|line| line["fields"]["done"]["total"] == total)
    }
}

/// What was counted in all lines together, of which none is negative.
fn counted(lines: &[Value]) -> u64 {
    let changes = lines.iter().map(|line| &line["fields"]["done"]["change"]);
    changes.map(|change| if change.is_null() { 0 } else { change.as_u64().expect("no less") }).sum()
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

/// After all that a test does, so that no look is later, however slow the machine is.
fn soon() -> f64 {
    now() + 1000.0
}

// ---- The original's layout ----

#[test]
fn changes_are_printed_and_nothing_else() {
    #[derive(MmStats)]
    struct Shared {
        number: Gauge<i64>,
        letters: Text<3>,
        count: Counter,
    }
    let dir = Dir::of_mmstats();
    let shared = dir.create::<Shared>("a.mmstats");
    let arguments = ["--changes", "-c", "5", "number,letters,count", "."];
    let (mut poll, first) = dir.polling(&arguments);
    let shown = |line: &Value| {
        let fields = &line["fields"];
        json!([fields["number"]["value"], fields["letters"]["value"], fields["count"]["total"]])
    };
    assert_eq!(shown(&first), json!([0, "", 0]));
    shared.number.set(7);
    assert_eq!(shown(&poll.json()), json!([7, "", 0]));
    shared.letters.set("abc");
    assert_eq!(shown(&poll.json()), json!([7, "abc", 0]));
    // The same again is a change of what is counted.
    for count in [5, 10] {
        shared.count.add(5);
        let line = poll.json();
        assert_eq!(shown(&line), json!([7, "abc", count]));
        assert_eq!(line["fields"]["count"]["change"], 5);
    }
    assert!(poll.end().0.success(), "after five lines");
}

#[test]
fn a_job_has_a_bar() {
    #[derive(MmStats)]
    struct Import {
        #[mmstats(initial = 200)]
        users: Progress,
    }
    let dir = Dir::of_mmstats();
    let import = dir.create::<Import>("a.mmstats");
    import.users.set_done_before(20);
    import.users.add(80);
    drop(import);
    let outcome = dir.poll(&["-c", "2", "-d", DELAY, "-n", "0", "users", "."]);
    let lines: Vec<&str> = outcome.out.lines().map(str::trim).collect();
    assert_eq!(lines[0], "80 █████░░░░░ 50 %");
    assert!(lines[1].starts_with("0 ") && lines[1].ends_with("█████░░░░░ 50 %"), "{lines:?}");
    let outcome = dir.poll(&["-c", "1", "--format", "json", "users", "."]);
    let line: Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(line["progress"], json!({"done": 100, "total": 200, "left": null}));
    assert_eq!(line["fields"]["users"]["total"], 80);
}

#[test]
fn the_layout_is_that_of_the_original() {
    let dir = Dir::of_mmstats();
    dir.fixture("script.mmstats");
    let outcome = dir.poll(&["-c", "3", "-d", "0.01", "done,missing_email,user", "script.mmstats"]);
    let header = "        done        |   missing_email    |        user        \n";
    let first = "                125 |                 12 |                rob \n";
    let next = "            0 (0/s) |            0 (0/s) |                rob \n";
    assert_eq!(outcome.out, [header, first, next, next].concat());
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
}

#[test]
fn the_header_comes_again() {
    let dir = Dir::of_mmstats();
    dir.fixture("script.mmstats");
    let headers = |lines: &str| {
        let out = dir.poll(&["-c", "5", "-d", "0.01", "-n", lines, "done", "."]).out;
        out.lines().map(|line| if line.contains("done") { 'h' } else { '.' }).collect::<String>()
    };
    assert_eq!(headers("2"), "h..h..h.");
    assert_eq!(headers("20"), "h.....");
    assert_eq!(headers("0"), ".....");
}

#[test]
fn a_prefix_is_put_before_fields_and_left_out_of_the_header() {
    let dir = Dir::of_mmstats();
    dir.fixture("prefixed.mmstats");
    let out = dir.poll(&["-c", "1", "-p", "web.stats.", "all.counter,si", "."]).out;
    let header = "    all.counter     |         si         \n";
    assert_eq!(out, [header, "             130787 |                 -8 \n"].concat());
}

#[test]
fn there_is_colour_on_request_only() {
    let dir = Dir::of_mmstats();
    dir.fixture("script.mmstats");
    assert!(!dir.poll(&["-c", "1", "done", "."]).out.contains('\u{1b}'));
    let out = dir.poll(&["-c", "1", "--color", "always", "done", "."]).out;
    let header = "\u{1b}[1m        done        \u{1b}[0m\n";
    assert_eq!(out, [header, "\u{1b}[33m                125\u{1b}[0m \n"].concat());
}

#[test]
fn mmstats_poll_is_the_same() {
    let dir = Dir::of_mmstats();
    dir.fixture("script.mmstats");
    let arguments = ["--count", "1", "done", "script.mmstats"];
    assert_eq!(dir.out(&[&["poll"], &arguments[..]].concat()), dir.poll(&arguments).out);
}

// ---- What changes ----

#[test]
fn files_of_all_versions_are_summed() {
    let dir = Dir::of_mmstats();
    dir.fixture("script.mmstats");
    let jobs = ["a.mmstats", "b.mmstats"].map(|name| dir.create::<Job>(name));
    jobs[0].done.add(1000);
    jobs[1].done.add(200);
    let file = Version1::create(&dir.path("c.mmstats"), 4_194_305, now(), 30_000);
    let (mut poll, first) = dir.polling(&["done", "."]);
    assert_eq!((&first["files"], &first["interval"]), (&json!(4), &Value::Null));
    let done = &first["fields"]["done"];
    assert_eq!(*done, json!({"total": 31_325, "change": null, "rate": null}));

    jobs[0].done.add(3);
    jobs[1].done.add(40);
    file.set_done(30_500);
    let lines = poll.until_done(31_868);
    assert_eq!(counted(&lines), 543);
    let last = lines.last().unwrap();
    let (change, rate) = (&last["fields"]["done"]["change"], &last["fields"]["done"]["rate"]);
    let expected = change.as_f64().unwrap() / last["interval"].as_f64().unwrap();
    assert!((rate.as_f64().unwrap() / expected - 1.0).abs() < 1e-9);
    assert!(last["time"].as_f64().unwrap() > 1.7e9);
}

/// Puts what one file of each kind says into one line.
fn write(jobs: &[Mapped<Job>; 2]) {
    for (job, sign) in jobs.iter().zip([1, -1]) {
        job.in_flight.add(sign * 2 + 3);
        job.size.set(10);
        job.longest.set((20 + sign).cast_unsigned());
        job.tries.add(2.0);
        for ms in [1, 2, 2, 3, 40] {
            job.otherdb_timer.record(Duration::from_millis(ms));
        }
    }
    jobs[0].user.set("rob");
    jobs[1].user.set("liz");
    jobs[0].done.inc(); // the last one: all others are there with it
}

#[test]
fn timers_gauges_and_texts_tell_what_they_can() {
    let dir = Dir::of_mmstats();
    let jobs = ["a.mmstats", "b.mmstats"].map(|name| dir.create::<Job>(name));
    for job in &jobs {
        job.otherdb_timer.record(Duration::from_secs(100));
    }
    let fields = "done,in_flight,size,longest,user,tries,otherdb_timer";
    let (mut poll, first) = dir.polling(&[fields, "."]);
    let timer = &first["fields"]["otherdb_timer"];
    assert_eq!((&timer["total"], &timer["change"]), (&json!(2), &Value::Null));
    assert_eq!(timer["samples"]["max"], 100.0);

    write(&jobs);
    let lines = poll.until_done(1);
    let fields = &lines.last().unwrap()["fields"];
    assert_eq!(
        (&fields["in_flight"]["total"], &fields["size"]),
        (&json!(6), &json!({"value": 20}))
    );
    assert_eq!((&fields["longest"], &fields["tries"]["total"]), (&json!({"value": 21}), &json!(2)));
    assert!(["rob", "liz"].contains(&fields["user"]["value"].as_str().unwrap()));
    let came = |line: &&Value| line["fields"]["otherdb_timer"]["change"] != 0;
    let (mut count, mut sum) = (0, 0.0);
    for line in lines.iter().filter(came) {
        let samples = &line["fields"]["otherdb_timer"]["samples"];
        count += samples["count"].as_u64().unwrap();
        sum += samples["sum"].as_f64().unwrap();
        // What took 100 seconds was before.
        assert!(samples["max"].as_f64().unwrap() < 0.05);
        assert!(samples["p99"].as_f64().unwrap() < 0.05);
    }
    assert_eq!((count, (sum * 1000.0).round()), (10, 96.0));

    let out = dir.poll(&["-c", "1", "otherdb_timer,tries,longest", "."]).out;
    let row = "      12 × 17 s p99 1 min 40 s |              2 × 2 |                 21 \n";
    assert!(out.ends_with(row), "{out}");
}

#[test]
fn histograms_of_several_files_are_merged_and_each_line_has_its_interval() {
    #[derive(MmStats)]
    struct Web {
        #[mmstats(unit = "bytes")]
        answer: Histogram,
        done: Counter,
    }
    let dir = Dir::of_mmstats();
    let webs = ["a.mmstats", "b.mmstats"].map(|name| dir.create::<Web>(name));
    for web in &webs {
        web.answer.record_n(1_000_000, 50);
    }
    let (mut poll, first) = dir.polling(&["answer,done", "."]);
    let answer = &first["fields"]["answer"];
    assert_eq!((&answer["total"], &answer["change"]), (&json!(100), &Value::Null));
    assert_eq!((&answer["samples"]["max"], &answer["samples"]["p50"]), (&json!(1e6), &json!(1e6)));

    webs[0].answer.record_n(100, 20);
    webs[1].answer.record_n(200, 10);
    webs[0].done.inc(); // the last one: all others are there with it
    let lines = poll.until_done(1);
    let (mut count, mut sum) = (0, 0.0);
    for line in lines.iter().filter(|line| line["fields"]["answer"]["change"] != 0) {
        let samples = &line["fields"]["answer"]["samples"];
        count += samples["count"].as_u64().unwrap();
        sum += samples["sum"].as_f64().unwrap();
        // What has a million bytes was before.
        assert!(samples["p99"].as_f64().unwrap() < 210.0, "{line}");
    }
    assert_eq!((count, sum), (30, 4_000.0));
    assert_eq!(lines.last().unwrap()["fields"]["answer"]["total"], 130);

    let out = dir.poll(&["-c", "1", "answer", "."]).out;
    assert_eq!(out.lines().last(), Some("          130 × 769 k p99 999 k "), "{out}");
}

#[test]
fn of_a_gauge_only_the_living_have_a_say() {
    let dir = Dir::of_mmstats();
    let jobs = ["a.mmstats", "b.mmstats"].map(|name| dir.create::<Job>(name));
    jobs.iter().zip([3, 40]).for_each(|(job, size)| job.size.set(size));
    let size = |expected: &str| {
        let out = dir.poll(&["-c", "1", "-n", "0", "size", "."]).out;
        assert_eq!(out.trim(), expected);
    };
    size("43");
    let [a, b] = jobs;
    drop(a);
    size("40");
    drop(b);
    size("43");
}

#[test]
fn gauges_of_live_files_are_added() {
    #[derive(MmStats)]
    struct Load {
        queue: Gauge<u64>,
        ratio: Gauge<f64>,
    }
    let dir = Dir::of_mmstats();
    let loads = ["a.mmstats", "b.mmstats"].map(|name| dir.create::<Load>(name));
    for (load, (queue, ratio)) in loads.iter().zip([(3, 0.5), (4, 0.25)]) {
        load.queue.set(queue);
        load.ratio.set(ratio);
    }
    let out = dir.poll(&["-c", "1", "-n", "0", "queue,ratio", "."]).out;
    assert_eq!(out, "                  7 |               0.75 \n");
}

#[test]
fn a_constant_of_version_1_is_not_added() {
    let dir = Dir::of_mmstats();
    for name in ["a.mmstats", "b.mmstats"] {
        let file = version_1(&[
            ("sys.created", "d", &1.5e9_f64.to_le_bytes()),
            ("port", "I", &8080_u32.to_le_bytes()),
        ]);
        fs::write(dir.path(name), file).unwrap();
    }
    let out = dir.poll(&["-c", "1", "-n", "0", "port,sys.created", "."]).out;
    assert_eq!(out, "               8080 |              1.5 G \n");
    let (_poll, first) = dir.polling(&["port", "."]);
    assert_eq!(first["fields"]["port"], json!({"value": 8080}));
}

#[test]
fn sums_of_version_1_do_not_overflow() {
    let dir = Dir::of_mmstats();
    for name in ["a.mmstats", "b.mmstats"] {
        Version1::create(&dir.path(name), 4_194_305, now(), u64::MAX);
    }
    let out = dir.poll(&["-c", "1", "-n", "0", "done", "."]).out;
    assert_eq!(out.trim(), "36893488147419103230");
}

#[test]
fn a_single_file_shows_its_progress_and_lost_threads() {
    #[derive(MmStats)]
    struct Import {
        #[mmstats(initial = 200)]
        total: Constant<u64>,
        done: Counter,
    }
    let dir = Dir::of_mmstats();
    let import = dir.create::<Import>("a.mmstats");
    import.done.add(50);
    drop(import);
    let lost = VITALS_OFFSET + offset_of!(VitalsBytes, lanes_lost);
    dir.patch("a.mmstats", lost, &3_u64.to_le_bytes());
    let outcome = dir.poll(&["-c", "2", "-d", DELAY, "--format", "json", "done", "."]);
    assert_eq!(outcome.code, 0);
    let missing = "./a.mmstats: 3 threads are missing: the file could not be extended\n";
    assert_eq!(outcome.err, format!("pollstats: {missing}"));
    let line: Value = serde_json::from_str(outcome.out.lines().next().unwrap()).unwrap();
    assert_eq!(line["progress"], json!({"done": 50, "total": 200, "left": null}));
    assert_eq!(line["lanes_lost"], 3);
}

#[test]
fn a_file_by_two_names_is_one() {
    let dir = Dir::of_mmstats();
    dir.create::<Job>("a.mmstats").done.add(5);
    symlink("a.mmstats", dir.path("link.mmstats")).unwrap();
    fs::hard_link(dir.path("a.mmstats"), dir.path("hard.mmstats")).unwrap();
    let (_poll, first) = dir.polling(&["done", ".", "link.mmstats"]);
    assert_eq!((&first["files"], &first["fields"]["done"]["total"]), (&json!(1), &json!(5)));
}

// ---- Files come, go and are replaced ----

#[test]
fn plays_a_worker() {
    let Some(directory) = mmstats_testing::role("plays_a_worker") else { return };
    let job = Job::builder().directory(directory).file("worker.mmstats").create().unwrap();
    job.done.add(100);
    mmstats_testing::say("counted");
    mmstats_testing::wait_for_parent();
    job.done.add(11);
}

#[test]
fn a_killed_and_restarted_writer_is_no_negative_count() {
    let dir = Dir::of_mmstats();
    let worker = || {
        let mut command = mmstats_testing::again("plays_a_worker", dir.path("").as_path());
        let mut child = mmstats_testing::Child::spawn(&mut command);
        child.hear();
        child
    };
    let mut child = worker();
    let (mut poll, first) = dir.polling(&["done", "*.mmstats"]);
    assert_eq!(first["fields"]["done"]["total"], 100);
    child.kill();
    let child = worker();
    let restarted = poll.until(|line| line["fields"]["done"]["change"] != 0);
    assert_eq!(counted(&restarted), 100);
    assert_eq!(restarted.last().unwrap()["fields"]["done"]["total"], 100);

    // What a writer counts until it ends is not lost, though another has its name by then.
    child.end_well();
    let _child = worker();
    let other = dir.create::<Job>("other.mmstats");
    other.done.add(1000);
    assert_eq!(counted(&poll.until_done(1100)), 11 + 100 + 1000);
    let (_, err) = poll.end();
    let ends: Vec<_> = err.lines().map(|line| line.rsplit(' ').next().unwrap()).collect();
    assert!(err.contains("worker.mmstats: its writer died\n"), "{err}");
    assert_eq!(ends, ["died", "ended"]);
}

#[test]
fn what_was_counted_until_a_file_was_removed_is_not_lost() {
    let dir = Dir::of_mmstats();
    let stays = dir.create::<Job>("stays.mmstats");
    let goes = dir.create::<Job>("goes.mmstats");
    stays.done.add(1);
    goes.done.add(20);
    let (mut poll, first) = dir.polling(&["done", "stays.mmstats", "goes.mmstats"]);
    assert_eq!(first["fields"]["done"]["total"], 21);
    goes.done.add(300);
    goes.remove().unwrap();
    goes.done.add(4000); // of no interest to anyone
    drop(goes);
    stays.done.add(1);
    let lines = poll.until_done(2);
    assert!([301, 4301].contains(&counted(&lines)));
    assert_eq!(lines.last().unwrap()["files"], 1);
    // It was named, and it went away: that is no failure.
    let (status, err) = poll.end();
    assert_eq!(status.code(), Some(0));
    // It may have been looked at before it ended, or after.
    assert!(err.is_empty() || err.ends_with("goes.mmstats: its writer ended\n"), "{err}");
}

#[test]
fn a_checkpoint_that_is_replaced_is_the_same_writers() {
    let dir = Dir::of_mmstats();
    let [live, kept] = ["live", "kept"].map(|name| dir.path(name));
    for place in [&live, &kept] {
        fs::create_dir(place).unwrap();
    }
    let builder = Job::builder().directory(live).checkpoint_to(kept).file("job.mmstats");
    let job = builder.create().unwrap();
    let (mut poll, first) = dir.polling(&["done", "kept/*.mmstats"]);
    assert_eq!(first["fields"]["done"]["total"], 0);
    for round in 1..=3 {
        job.done.add(10);
        job.flush().unwrap();
        assert_eq!(counted(&poll.until_done(10 * round)), 10);
    }
    let (_, err) = poll.end();
    assert_eq!(err, "", "it lives");
    let outcome = Outcome::of(&mut dir.command(&["slurp", "--format", "pretty", "kept"]));
    assert!(outcome.out.contains("a checkpoint: the values of "), "{}", outcome.out);
    assert!(outcome.out.contains("live"), "{}", outcome.out);
}

#[test]
fn a_new_file_counts_in_full_and_an_old_one_only_from_now_on() {
    let dir = Dir::of_mmstats();
    let job = dir.create::<Job>("a.mmstats");
    job.done.add(1);
    let elsewhere = Dir::of_mmstats();
    let old = Version1::create(&elsewhere.path("old"), 4_194_305, now() - 1000.0, 5000);
    let (mut poll, _) = dir.polling(&["done", "."]);
    dir.create::<Job>("b.mmstats").done.add(20);
    assert_eq!(counted(&poll.until_done(21)), 20);

    fs::copy(elsewhere.path("old"), dir.path("new")).unwrap();
    fs::rename(dir.path("new"), dir.path("old.mmstats")).unwrap();
    drop(old);
    assert_eq!(counted(&poll.until_done(5021)), 0);

    // Written over in place, as the original does it.
    let file = Version1::create(&dir.path("c.mmstats"), 4_194_306, soon(), 100_000);
    assert_eq!(counted(&poll.until_done(105_021)), 100_000);
    file.set_done(100_007);
    assert_eq!(counted(&poll.until_done(105_028)), 7);
    Version1::create(&dir.path("next"), 4_194_307, soon(), 9);
    fs::rename(dir.path("next"), dir.path("c.mmstats")).unwrap();
    assert_eq!(counted(&poll.until_done(5030)), 9);
}

/// Makes a file of another thread of a version 1 program, which is this process: it maps the file,
/// and repeats the first thread's time of creation.
fn map_version_1(dir: &Dir, name: &str, created: f64, done: u64) -> Version1 {
    let elsewhere = Dir::of_mmstats();
    mem::forget(elsewhere.create::<Job>("hidden.mmstats"));
    let hidden = elsewhere.path("hidden.mmstats");
    let file = Version1::create(&hidden, process::id().into(), created, done);
    fs::rename(hidden, dir.path(name)).unwrap();
    file
}

#[test]
fn files_of_new_threads_of_a_version_1_program_are_new() {
    let dir = Dir::of_mmstats();
    // As early as it may be: it must not be before the process started, give or take a second.
    let created = now() - 0.9;
    let _first = map_version_1(&dir, "1.mmstats", created, 100);
    let (mut poll, first) = dir.polling(&["done", "."]);
    assert_eq!(first["fields"]["done"]["total"], 100);
    // From now on, `sys.created` is older than a new file may be.
    poll.until(|line| line["time"].as_f64().unwrap() > created + 1.1);
    let second = map_version_1(&dir, "2.mmstats", created, 20);
    assert_eq!(counted(&poll.until_done(120)), 20);
    second.set_done(25);
    assert_eq!(counted(&poll.until_done(125)), 5);
}

#[test]
fn while_there_is_no_file_there_is_no_value() {
    let dir = Dir::of_mmstats();
    let job = dir.create::<Job>("a.mmstats");
    let (mut poll, _) = dir.polling(&["done", "*.mmstats"]);
    job.remove().unwrap();
    let none = poll.until(|line| line["files"] == 0 && line["fields"]["done"].is_null());
    assert!(!none.is_empty());
    drop(job);
    dir.create::<Job>("b.mmstats").done.add(2);
    assert_eq!(counted(&poll.until_done(2)), 2);
    let (status, err) = poll.end();
    assert_eq!((status.code(), err.as_str()), (Some(0), "pollstats: *.mmstats: nothing matches\n"));
}

#[test]
fn a_saved_copy_is_where_it_begins() {
    let dir = Dir::of_mmstats();
    let job = dir.create::<Job>("a.mmstats");
    job.done.add(1000);
    dir.copy("a.mmstats", "before");
    job.done.add(5);
    let (mut poll, first) = dir.polling(&["--since", "before", "done", "a.mmstats"]);
    assert_eq!(first["fields"]["done"]["total"], 5);
    job.done.add(1);
    assert_eq!(counted(&poll.until_done(6)), 1);

    let absent = dir.poll(&["--since", "absent", "done", "a.mmstats"]);
    assert_eq!((absent.code, absent.out.as_str()), (2, ""));
}

#[test]
fn more_files_than_can_be_open_are_read_all_the_same() {
    let dir = Dir::of_mmstats();
    let job = dir.create::<Job>("job.mmstats");
    job.done.add(1000);
    for index in 0..100 {
        Version1::create(&dir.path(&format!("{index}.mmstats")), 4_194_305, now(), 1);
    }
    let poll = dir.pollstats(&["-d", DELAY, "--format", "json", "done", "."]);
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -n 70; exec \"$0\" \"$@\""]).arg(poll.get_program());
    limited.args(poll.get_args()).current_dir(dir.path(""));
    let mut poll = Running::spawn(&mut limited);
    let first = poll.json();
    assert_eq!((&first["files"], &first["fields"]["done"]["total"]), (&json!(101), &json!(1100)));
    job.done.add(23);
    let lines = poll.until_done(1123);
    assert_eq!(counted(&lines), 23);
    let (status, err) = poll.end();
    assert_eq!((status.code(), err.as_str()), (Some(0), ""));
}

// ---- Which files ----

#[test]
fn a_name_that_is_no_text_harms_nobody() {
    let dir = Dir::of_mmstats();
    for name in [&b"jobs"[..], b"jobs\xff"] {
        fs::create_dir(dir.root().join(OsStr::from_bytes(name))).unwrap();
    }
    let job = Job::builder().directory(dir.path("jobs")).file("job.mmstats").create().unwrap();
    job.done.add(7);
    let strange = dir.path("jobs").join(OsStr::from_bytes(b"job\xff.mmstats"));
    fs::copy(dir.path("jobs/job.mmstats"), strange).unwrap();
    for pattern in ["jobs/*.mmstats", "*/job*.mmstats", "jobs*"] {
        let mut command = dir.pollstats(&["-c", "1", "--format", "json", "done"]);
        let outcome = Outcome::of(command.env("MMSTATS_GLOB", pattern));
        assert_eq!((outcome.code, outcome.err.as_str()), (0, ""), "{pattern}");
        assert!(outcome.out.contains("\"files\":2"), "{}", outcome.out);
    }
}

#[test]
fn filters_choose_files() {
    let dir = Dir::of_mmstats();
    let jobs = ["a.mmstats", "b.mmstats"].map(|name| dir.create::<Job>(name));
    jobs[0].done.add(1);
    jobs[0].user.set("rob");
    jobs[1].done.add(20);
    jobs[1].user.set("liz");
    dir.fixture("script.mmstats"); // done 125, user rob, and missing_email
    dir.fixture("fresh.mmstats");
    let done = |filters: &[&str]| {
        let arguments = [&["-c", "1", "-n", "0", "done", "."], filters].concat();
        dir.poll(&arguments).out.trim().to_owned()
    };
    assert_eq!(done(&[]), "146");
    assert_eq!(done(&["-f", "user=rob"]), "126");
    assert_eq!(done(&["-f", "missing"]), "125");
    assert_eq!(done(&["-f", "user=liz", "-f", "missing_email=12"]), "145");
    assert_eq!(done(&["-f", "done=20"]), "20");
    let none = dir.poll(&["done", ".", "-f", "user=ro"]);
    assert_eq!((none.code, none.out.as_str()), (2, ""));
    assert_eq!(none.err, "pollstats: none of 4 files passes a filter\n");
}

#[test]
fn the_options_of_the_original_are_accepted() {
    let dir = Dir::of_mmstats();
    for (name, user, done) in [("a", "rob", 1), ("b", "liz", 2), ("c", "tom", 4)] {
        let job = dir.create::<Job>(&format!("{name}.mmstats"));
        job.user.set(user);
        job.done.add(done);
    }
    let words = "-v -vv --cou 2 --del 0.01 --head 0 done . -f user=rob user=liz";
    let outcome = dir.poll(&words.split(' ').collect::<Vec<_>>());
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    assert_eq!(outcome.out.split_whitespace().next(), Some("3"), "{}", outcome.out);
}

#[test]
fn mmstats_poll_has_the_options_of_all_tools() {
    let dir = Dir::of_mmstats();
    drop(dir.create::<Job>("a.mmstats"));
    for interval in ["-d", "--interval"] {
        for count in ["-n", "--count"] {
            let arguments = ["poll", interval, "10ms", count, "2", "--headers", "0", "done", "."];
            assert_eq!(dir.out(&arguments).lines().count(), 2);
        }
    }
    assert_eq!(dir.run(&["poll", "-d", "1x", "done", "."]).code, 2);
}

#[test]
fn an_unknown_field_has_near_matches() {
    let dir = Dir::of_mmstats();
    dir.create::<Job>("a.mmstats");
    let outcome = dir.poll(&["done,otherdb_time,user", "."]);
    assert_eq!((outcome.code, outcome.out.as_str()), (2, ""));
    assert_eq!(
        outcome.err,
        "pollstats: no file has a field `otherdb_time`: did you mean `otherdb_timer`?\n"
    );
    dir.fixture("prefixed.mmstats");
    let prefixed = dir.poll(&["timer", "prefixed.mmstats"]);
    assert!(prefixed.err.ends_with(": did you mean `web.stats.timer`?\n"), "{}", prefixed.err);
}

#[test]
fn a_bad_file_is_reported_once_and_others_are_still_read() {
    let dir = Dir::of_mmstats();
    dir.create::<Job>("a.mmstats").done.add(3);
    fs::write(dir.path("bad\u{1b}[2J.mmstats"), "#!").unwrap();
    let outcome = dir.poll(&["-c", "3", "-d", "0.01", "-n", "0", "done", "."]);
    assert_eq!((outcome.code, outcome.out.lines().count()), (2, 3));
    assert_eq!(outcome.err.lines().count(), 1, "{}", outcome.err);
    assert!(outcome.err.starts_with("pollstats: ./bad\\u{1b}[2J.mmstats: "), "{}", outcome.err);
}

#[test]
fn with_nothing_to_begin_with_it_does_not_begin() {
    let dir = Dir::of_mmstats();
    let nothing = dir.poll(&["done", "*.mmstats"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (1, ""));
    assert_eq!(nothing.err, "pollstats: *.mmstats: nothing matches\n");
    let absent = dir.poll(&["done", "absent.mmstats"]);
    assert_eq!((absent.code, absent.out.as_str()), (2, ""));
    assert!(absent.err.starts_with("pollstats: absent.mmstats: "), "{}", absent.err);
}

#[test]
fn wrong_use_is_a_failure() {
    let dir = Dir::of_mmstats();
    dir.fixture("script.mmstats");
    for wrong in [&["-d", "0", "done"][..], &["-d=-1", "done"], &["-c", "0", "done"], &[","], &[]] {
        let outcome = dir.poll(wrong);
        assert_eq!((outcome.code, outcome.out.as_str()), (2, ""), "{wrong:?}");
    }
}

// ---- How it ends ----

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let dir = Dir::of_mmstats();
    dir.fixture("script.mmstats");
    for format in ["plain", "json"] {
        let arguments = ["-d", DELAY, "--format", format, "done", "."];
        let mut poll = Running::spawn(&mut dir.pollstats(&arguments));
        poll.line();
        let (status, err) = poll.end();
        assert_eq!((status.code(), err.as_str()), (Some(0), ""));
    }
}

#[test]
fn an_interrupt_ends_it_quietly() {
    const SIGINT: i32 = 2;
    let dir = Dir::of_mmstats();
    dir.fixture("script.mmstats");
    // A background process of a script ignores the signal, and its children inherit that.
    let words = ["env", "--default-signal=INT", env!("CARGO_BIN_EXE_pollstats")];
    let arguments = ["-d", "1000", "done", "."];
    let mut poll = Running::spawn(&mut dir.program(&[&words[..], &arguments].concat()));
    assert_eq!(poll.line(), "        done        \n");
    assert_eq!(poll.line(), "                125 \n");
    let pid = poll.pid().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let (status, err) = poll.end();
    // As for every program that does nothing about it; a shell calls it 130.
    assert_eq!((status.signal(), err.as_str()), (Some(SIGINT), ""));
}

#[test]
fn a_file_that_is_emptied_and_rewritten_is_another() {
    let dir = Dir::of_mmstats();
    let job = dir.create::<Job>("job.mmstats");
    job.done.add(1);
    Version1::create(&dir.path("a.mmstats"), 4_194_305, now(), 500);
    let (mut poll, first) = dir.polling(&["done", "."]);
    assert_eq!(first["fields"]["done"]["total"], 501);
    // As the original does when it starts: for a moment there is nothing in it.
    fs::write(dir.path("a.mmstats"), "").unwrap();
    assert_eq!(counted(&poll.until_done(1)), 0);
    Version1::create(&dir.path("a.mmstats"), 4_194_306, soon(), 30);
    assert_eq!(counted(&poll.until_done(31)), 30);
}
