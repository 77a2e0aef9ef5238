//! `mmstats check`: its status, its line and its performance data, and how other programs parse them.

mod tool;

use std::fmt::Write;
use std::fs;
use std::mem::offset_of;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{self, Command};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use mmstats::__private_0_1::format::header::{VITALS_OFFSET, VitalsBytes};
use mmstats::{
    Average, Constant, Counter, Gauge, Histogram, MmStats, MovingAverage, Text, Timer, UpDown,
};
use mmstats_testing::{Child, again};
use tool::{Dir, Outcome, version_1, version_1_with};

#[derive(MmStats)]
struct Job {
    done: Counter,
    in_flight: UpDown,
    #[mmstats(unit = "bytes")]
    size: Gauge<u64>,
    #[mmstats(unit = "percent", merge = "max")]
    full: Gauge<f64>,
    ratio: Gauge<f64>,
    user: Text<16>,
    tries: Average,
    load: MovingAverage<4>,
    step: Timer,
    #[mmstats(initial = 8)]
    threads: Constant<u32>,
}

fn dir() -> Dir {
    Dir::new(&[env!("CARGO_BIN_EXE_mmstats"), "check"])
}

/// Returns the exit code and the output; nothing may be on standard error.
fn said(outcome: Outcome) -> (i32, String) {
    assert_eq!(outcome.err, "");
    (outcome.code, outcome.out)
}

fn check(dir: &Dir, arguments: &str) -> (i32, String) {
    let (code, out) = said(dir.run(&arguments.split_whitespace().collect::<Vec<_>>()));
    (code, out.split_inclusive('\n').map(timeless).collect())
}

/// Replaces the durations of a writer's life: `closed T ago, ran T`.
fn timeless(line: &str) -> String {
    const BEFORE: [&str; 7] = ["closed", "panicked", "alive", "ran", "live,", "written", "T"];
    let mut words: Vec<String> = Vec::new();
    for word in line.split(' ') {
        let unit = word.trim_end_matches([',', ':', '\n']);
        match &mut words[..] {
            [.., before, number]
                if ["ns", "µs", "ms", "s", "min", "h"].contains(&unit)
                    && BEFORE.contains(&before.as_str())
                    && number.parse::<f64>().is_ok() =>
            {
                *number = format!("T{}", &word[unit.len()..]);
                if before == "T" {
                    words.remove(words.len() - 2);
                }
            }
            _ => words.push(word.into()),
        }
    }
    words.join(" ")
}

fn is(code: i32, line: &str) -> (i32, String) {
    (code, format!("{line}\n"))
}

// ---- Values ----

#[test]
fn a_value_is_compared_with_ranges() {
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    job.done.add(8_123);
    let of = |ranges: &str| check(&dir, &format!("a.mmstats --field done {ranges}"));
    assert_eq!(of(""), is(0, "MMSTATS OK - done = 8123 | done=8123c"));
    assert_eq!(of("-w 10000 -c 20000"), is(0, "MMSTATS OK - done = 8123 | done=8123c;10000;20000"));
    assert_eq!(
        of("--warning 100 --critical 20000"),
        is(1, "MMSTATS WARNING - done = 8123 (outside 0:100) | done=8123c;100;20000")
    );
    assert_eq!(
        of("--critical @8000:9000"),
        is(2, "MMSTATS CRITICAL - done = 8123 (inside 8000:9000) | done=8123c;;@8000:9000")
    );
    assert_eq!(
        of("--warning ~:10 --critical 9000:"),
        is(2, "MMSTATS CRITICAL - done = 8123 (outside 9000:) | done=8123c;~:10;9000:")
    );
    assert_eq!(of("--warning -5:-1").0, 1);
}

#[test]
fn quantiles_of_a_histogram_are_compared_in_its_unit() {
    #[derive(MmStats)]
    struct Web {
        #[mmstats(unit = "bytes")]
        answer: Histogram,
    }
    let dir = dir();
    let web = dir.create::<Web>("a.mmstats");
    let of = |what: &str| check(&dir, &format!("a.mmstats --field answer {what}"));
    let none = "MMSTATS OK - answer p99: no samples yet | answer_p99=U";
    assert_eq!(of("--quantile 0.99"), is(0, none));
    web.answer.record_n(200, 90);
    web.answer.record_n(4_096, 10);
    assert_eq!(of(""), is(0, "MMSTATS OK - answer = 589.6 bytes | answer=589.6B"));
    assert_eq!(
        of("--quantile 0.99 -w 5000"),
        is(0, "MMSTATS OK - answer p99 = 4096 bytes | answer_p99=4096B;5000")
    );
    assert_eq!(
        of("--quantile 0.99 -w 1000 -c 4000"),
        is(
            2,
            "MMSTATS CRITICAL - answer p99 = 4096 bytes (outside 0:4000) | \
             answer_p99=4096B;1000;4000"
        )
    );
    assert_eq!(
        of("--quantile 1 -w 1000"),
        is(
            1,
            "MMSTATS WARNING - answer p100 = 4096 bytes (outside 0:1000) | answer_p100=4096B;1000"
        )
    );
    assert_eq!(of("--mean").0, 0);
    let line =
        "MMSTATS UNKNOWN - answer = 589.6 bytes, answer measures no durations | answer=589.6B";
    assert_eq!(of("--running 5"), is(3, line));
}

#[test]
fn each_kind_has_a_value_and_a_unit() {
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    let of = |what: &str| check(&dir, &format!("a.mmstats --field {what}"));
    let ok = |line: &str| is(0, &format!("MMSTATS OK - {line}"));
    assert_eq!(of("step"), ok("step: no samples yet | step=U"));
    assert_eq!(of("step --quantile 0.5"), ok("step p50: no samples yet | step_p50=U"));
    assert_eq!(of("tries"), ok("tries: no samples yet | tries=U"));
    job.done.add(u64::MAX);
    job.in_flight.sub(3);
    job.size.set(4096);
    job.full.set(12.5);
    job.ratio.set(f64::INFINITY);
    job.user.set("x");
    (1..=3).for_each(|tries| job.tries.add(f64::from(tries * tries)));
    job.load.add(0.5);
    for ms in [1, 2, 2, 3, 40] {
        job.step.record(Duration::from_millis(ms));
    }
    let max = u64::MAX;
    assert_eq!(of("done"), ok(&format!("done = {max} | done={max}c")));
    assert_eq!(of("in_flight"), ok("in_flight = -3 | in_flight=-3"));
    assert_eq!(of("size"), ok("size = 4096 bytes | size=4096B"));
    assert_eq!(of("full"), ok("full = 12.5 percent | full=12.5%"));
    assert_eq!(of("ratio"), ok("ratio = inf | ratio=U"));
    assert_eq!(of("ratio -w 10").0, 1);
    assert_eq!(of("tries"), ok("tries = 4.666667 | tries=4.666667"));
    assert_eq!(of("tries --mean"), ok("tries mean = 4.666667 | tries_mean=4.666667"));
    assert_eq!(of("load"), ok("load = 0.5 | load=0.5"));
    assert_eq!(of("threads"), ok("threads = 8 | threads=8"));
    assert_eq!(of("step"), ok("step = 0.0096 s | step=0.0096s"));
    assert_eq!(of("step --mean"), ok("step mean = 0.0096 s | step_mean=0.0096s"));
    assert_eq!(of("step --quantile 0.99"), ok("step p99 = 0.04 s | step_p99=0.04s"));
    assert_eq!(
        of("step --quantile 0.999 -w 0.02"),
        is(1, "MMSTATS WARNING - step p99.9 = 0.04 s (outside 0:0.02) | step_p99.9=0.04s;0.02")
    );
    let unknown = |why: &str| is(3, &format!("MMSTATS UNKNOWN - {why}"));
    assert_eq!(of("user"), unknown("user is a text"));
    assert_eq!(of("done --mean"), unknown("done has no mean"));
    assert_eq!(of("done --quantile 1"), unknown("done has no quantiles"));
    job.ratio.set(f64::NAN);
    assert_eq!(of("ratio -w 1:"), is(3, "MMSTATS UNKNOWN - ratio is not a number | ratio=U;1:"));
}

#[test]
fn several_files_are_merged_by_policy() {
    let dir = dir();
    let jobs = [dir.create::<Job>("a.mmstats"), dir.create::<Job>("b.mmstats")];
    for (job, number) in jobs.iter().zip([3u8, 5]) {
        job.done.add(number.into());
        job.in_flight.sub(i64::from(number));
        job.full.set(number.into());
        job.size.set(number.into());
        (0..number).for_each(|_| job.step.record(Duration::from_millis(number.into())));
    }
    let of = |what: &str| check(&dir, &format!(". --field {what}")).1;
    let ok = |line: &str| format!("MMSTATS OK - {line}\n");
    assert_eq!(of("done"), ok("done = 8 | done=8c"));
    assert_eq!(of("done --merge max"), ok("done max = 5 | done_max=5c"));
    assert_eq!(of("in_flight"), ok("in_flight = -8 | in_flight=-8"));
    assert_eq!(of("full"), ok("full = 5 percent | full=5%"));
    assert_eq!(of("full --merge mean"), ok("full mean = 4 percent | full_mean=4%"));
    assert_eq!(of("size"), ok("size = 8 bytes | size=8B"));
    assert_eq!(of("size --merge sum"), ok("size sum = 8 bytes | size_sum=8B"));
    assert_eq!(of("size --merge min"), ok("size min = 3 bytes | size_min=3B"));
    for merge in ["", " --merge max"] {
        let mean = of(&format!("step --mean{merge}"));
        assert_eq!(mean, ok("step mean = 0.00425 s | step_mean=0.00425s"));
    }
    // The latest is that of the file that was written last.
    let at = SystemTime::now() + Duration::from_mins(1);
    fs::File::open(dir.path("a.mmstats")).unwrap().set_modified(at).unwrap();
    assert_eq!(of("size --merge latest"), ok("size latest = 3 bytes | size_latest=3B"));
}

#[test]
fn gauges_are_added_as_pollstats_adds_them() {
    let dir = dir();
    let jobs = [dir.create::<Job>("a.mmstats"), dir.create::<Job>("b.mmstats")];
    for (job, size, ratio) in [(&jobs[0], 3, 0.5), (&jobs[1], 4, 0.25)] {
        job.size.set(size);
        job.ratio.set(ratio);
    }
    let ok = |line: &str| is(0, &format!("MMSTATS OK - {line}"));
    assert_eq!(check(&dir, ". --field size"), ok("size = 7 bytes | size=7B"));
    assert_eq!(check(&dir, ". --field ratio"), ok("ratio = 0.75 | ratio=0.75"));
    let pollstats = [env!("CARGO_BIN_EXE_pollstats"), "-n", "0", "-c", "1", "size,ratio", "."];
    let (_, polled) = said(Outcome::of(&mut dir.program(&pollstats)));
    assert_eq!(polled.split_whitespace().collect::<Vec<_>>(), ["7", "|", "0.75"]);
}

#[test]
fn a_file_with_two_names_counts_once() {
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    job.done.add(3);
    symlink("a.mmstats", dir.path("b.mmstats")).unwrap();
    fs::hard_link(dir.path("a.mmstats"), dir.path("c.mmstats")).unwrap();
    assert_eq!(check(&dir, ". --field done"), is(0, "MMSTATS OK - done = 3 | done=3c"));
    assert_eq!(check(&dir, "."), is(0, "MMSTATS OK - 1 live | live=1;;;0;1"));
}

// ---- Rates ----

#[test]
fn plays_a_job_that_counts() {
    let Some(directory) = mmstats_testing::role("plays_a_job_that_counts") else { return };
    let job = Job::builder().directory(directory).file("job.mmstats").create().unwrap();
    job.done.inc();
    mmstats_testing::say(process::id());
    std::thread::spawn(|| {
        mmstats_testing::wait_for_parent();
        process::exit(0);
    });
    loop {
        job.done.inc();
    }
}

#[test]
fn a_rate_needs_two_looks() {
    let dir = dir();
    let _idle = dir.create::<Job>("idle.mmstats");
    assert_eq!(
        check(&dir, "idle.mmstats --field done --rate -d 0.01 --warning 1: --critical 10:20"),
        is(2, "MMSTATS CRITICAL - done rate = 0/s (outside 10:20) | done_rate=0;1:;10:20")
    );
    let mut busy = Child::spawn(&mut again("plays_a_job_that_counts", dir.root()));
    busy.hear();
    // It counts all the time, but perhaps on the processor that this runs on.
    let counted = (0..100).any(|_| check(&dir, ". --field done --rate -d 0.01 -c @0:0").0 == 0);
    assert!(counted);
    assert!(check(&dir, ". --field size --rate -d 0.01").1.contains("size rate = 0 bytes/s |"));
    assert_eq!(check(&dir, ". --field done --rate -d 0").0, 3);
    assert_eq!(
        check(&dir, "idle.mmstats --field threads --rate -d 0.01"),
        is(3, "MMSTATS UNKNOWN - threads has no rate")
    );
}

#[test]
fn a_service_that_became_slow_is_noticed() {
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    for _ in 0..100_000 {
        job.step.record(Duration::from_millis(1));
        job.tries.add(1.0);
    }
    let of = |what: &str| check(&dir, &format!("a.mmstats --field {what} -c 0.5"));
    assert_eq!(of("step --quantile 0.99").0, 0);
    let (code, line) = of("step --quantile 0.99 --rate -d 0.01");
    assert_eq!(code, 0);
    assert!(line.starts_with("MMSTATS OK - step p99: no samples in "), "{line}");
    assert!(line.ends_with(" | step_p99=U;;0.5\n"), "{line}");
    assert_eq!(of("done --mean --rate -d 0.01").1, "MMSTATS UNKNOWN - done has no mean\n");

    let done = AtomicBool::new(false);
    let slow_down = || {
        // So few that they do not show among all samples.
        for _ in 0..500 {
            job.step.record(Duration::from_secs(2));
            if done.load(Relaxed) {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    let [p99, mean] = std::thread::scope(|threads| {
        threads.spawn(slow_down);
        let checked = ["--quantile 0.99", "--mean"].map(|measure| {
            let what = format!("step {measure} --rate -d 0.05");
            // The thread may have to wait for a processor.
            (0..20).map(|_| of(&what)).find(|(code, _)| *code != 0)
        });
        done.store(true, Relaxed);
        checked.map(|found| found.expect("it becomes slow"))
    });
    let critical = "MMSTATS CRITICAL - step mean = 2 s (outside 0:0.5) | step_mean=2s;;0.5";
    assert_eq!(mean, is(2, critical));
    // As exact as the buckets.
    assert_eq!(p99.0, 2);
    let start = ["step p99 = 1.9", "step p99 = 2"].map(|p99| format!("MMSTATS CRITICAL - {p99}"));
    assert!(start.iter().any(|start| p99.1.starts_with(start)), "{}", p99.1);
    assert_eq!(of("step --quantile 0.99").0, 0);
    assert_eq!(of("step --mean").0, 0);
}

// ---- What is running ----

#[test]
fn what_has_been_running_for_too_long_is_found() {
    let dir = dir();
    let backup = dir.create::<Job>("backup.mmstats");
    let idle = dir.create::<Job>("idle.mmstats");
    let of = |what: &str| check(&dir, &format!(". --field {what}"));
    assert_eq!(
        of("step --running 0"),
        is(0, "MMSTATS OK - step: no samples yet, nothing running | step=U step_running=0s;;0;0")
    );
    // It hangs in its first call.
    let hanging = backup.step.start();
    let (code, line) = of("step --running 1h");
    assert_eq!(code, 0);
    assert!(line.starts_with("MMSTATS OK - step: no samples yet, running for "), "{line}");
    assert!(line.ends_with("s;;3600;0\n"), "{line}");
    let (code, line) = of("step --running 0");
    assert_eq!(code, 2);
    assert!(line.contains("s: ./backup.mmstats | step=U step_running=0.0"), "{line}");
    // Those of others that ended in time do not hide it.
    (0..100).for_each(|_| idle.step.record(Duration::from_millis(1)));
    assert_eq!(of("step --running 0 -c 1").0, 2);
    drop(hanging);
    assert_eq!(of("step --running 0").0, 0);
    assert_eq!(
        of("done --running 5m"),
        is(3, "MMSTATS UNKNOWN - done = 0, done measures no durations | done=0c")
    );
}

// ---- Writers ----

#[test]
fn the_writers_have_to_live() {
    let dir = dir();
    let live = dir.create::<Job>("live.mmstats");
    assert_eq!(check(&dir, "live.mmstats"), is(0, "MMSTATS OK - 1 live | live=1;;;0;1"));
    drop(dir.create::<Job>("closed.mmstats"));
    assert_eq!(
        check(&dir, "."),
        is(1, "MMSTATS WARNING - 1 live, 1 closed T ago, ran T: ./closed.mmstats | live=1;;;0;2")
    );
    assert_eq!(check(&dir, ". --live --allow-closed").0, 0);

    let mut job = Child::spawn(&mut again("plays_a_job_that_counts", dir.root()));
    job.hear();
    job.kill();
    assert_eq!(
        check(&dir, "job.mmstats live.mmstats --live"),
        is(
            2,
            "MMSTATS CRITICAL - 1 live, 1 dead, last seen alive T ago: job.mmstats | live=1;;;0;2"
        )
    );
    assert_eq!(check(&dir, "job.mmstats live.mmstats --live --allow-dead").0, 0);
    let stats = dir.create::<Job>("panicked.mmstats");
    std::thread::spawn(move || {
        let _stats = stats;
        panic!("as it should");
    })
    .join()
    .unwrap_err();
    assert_eq!(
        check(&dir, "panicked.mmstats --allow-closed"),
        is(
            2,
            "MMSTATS CRITICAL - 0 live, 1 panicked T ago, ran T: panicked.mmstats | live=0;;;0;1"
        )
    );
    // It is also reported where it is no failure: a value may be frozen.
    assert_eq!(
        check(&dir, "closed.mmstats live.mmstats --field in_flight"),
        is(0, "MMSTATS OK - in_flight = 0, 1 closed T ago, ran T: closed.mmstats | in_flight=0")
    );
    let (code, verbose) = check(&dir, ". --verbose --field done");
    let lines: Vec<&str> = verbose.lines().collect();
    assert_eq!((code, lines.len()), (0, 5));
    assert!(lines[0].contains(" | done="));
    assert_eq!(lines[1], "./closed.mmstats: closed T ago, ran T, done = 0");
    assert!(
        lines[2].starts_with("./job.mmstats: dead, last seen alive T ago, done = "),
        "{verbose}"
    );
    assert_eq!(lines[3], "./live.mmstats: live, T old, last written T ago, done = 0");
    drop(live);
}

#[test]
fn what_dead_writers_left_is_unknown_unless_it_is_a_count() {
    let dir = dir();
    let mut job = Child::spawn(&mut again("plays_a_job_that_counts", dir.root()));
    job.hear();
    job.kill();
    let of = |what: &str| check(&dir, &format!("job.mmstats --field {what}"));
    let dead = "1 dead, last seen alive T ago: job.mmstats";
    let unknown = |name: &str, data: &str| {
        is(3, &format!("MMSTATS UNKNOWN - {name}: its writer is dead, {dead} | {data}=U"))
    };
    assert_eq!(of("step"), unknown("step", "step"));
    assert_eq!(of("step --quantile 0.5 --running 1h").0, 3);
    assert_eq!(of("size"), unknown("size", "size"));
    assert_eq!(of("in_flight"), unknown("in_flight", "in_flight"));
    let allowed = of("size --allow-dead");
    assert_eq!(allowed, is(0, &format!("MMSTATS OK - size = 0 bytes, {dead} | size=0B")));
    assert_eq!((of("done -c 1:").0, of("threads").0), (0, 0));
    assert_eq!(of("step --rate -d 0.01 -c 1:").0, 2);

    // A writer that closed its file left what it meant to.
    drop(dir.create::<Job>("closed.mmstats"));
    assert_eq!(check(&dir, "closed.mmstats --field size").0, 0);
    assert_eq!(
        check(&dir, ". --field size").1.split(',').next(),
        Some("MMSTATS UNKNOWN - size: none of its 2 writers is live")
    );
    let live = dir.create::<Job>("live.mmstats");
    live.size.set(7);
    assert_eq!(check(&dir, ". --field size -c 7:7").0, 0);
}

#[test]
fn missing_threads_are_reported() {
    let dir = dir();
    drop(dir.create::<Job>("a.mmstats"));
    let lost = VITALS_OFFSET + offset_of!(VitalsBytes, lanes_lost);
    dir.patch("a.mmstats", lost, &1u64.to_le_bytes());
    let (code, out) = check(&dir, "a.mmstats --field done");
    let detail = "a.mmstats: 1 thread is missing: the file could not be extended";
    assert_eq!((code, out.lines().nth(1)), (0, Some(detail)));
}

#[test]
fn many_files_are_not_all_named() {
    let dir = dir();
    for name in ["a", "b", "c", "d", "e"] {
        drop(dir.create::<Job>(&format!("{name}.mmstats")));
    }
    assert_eq!(
        check(&dir, "."),
        is(
            1,
            "MMSTATS WARNING - 0 live, 5 closed: ./a.mmstats ./b.mmstats ./c.mmstats \
               and 2 more | live=0;;;0;5"
        )
    );
}

#[test]
fn a_file_is_stale_that_was_not_written_for_long() {
    let dir = dir();
    drop(dir.create::<Job>("a.mmstats"));
    let (code, line) = check(&dir, "a.mmstats --stale 1h");
    assert_eq!(code, 0);
    assert!(line.starts_with("MMSTATS OK - last written T ago, "), "{line}");
    assert!(line.contains(" | age=") && line.ends_with("s;;3600;0\n"), "{line}");

    let at = SystemTime::now() - Duration::from_hours(2);
    let ns = at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
    let flushed = VITALS_OFFSET + offset_of!(VitalsBytes, flushed_realtime_ns);
    dir.patch("a.mmstats", flushed, &u64::try_from(ns).unwrap().to_le_bytes());
    fs::File::open(dir.path("a.mmstats")).unwrap().set_modified(at).unwrap();
    let (code, line) = check(&dir, "a.mmstats --stale 1h");
    assert_eq!(code, 2);
    let start = "MMSTATS CRITICAL - not written for 2 h: a.mmstats, 1 closed T ago, ran T: a.mmstats | age=";
    assert!(line.starts_with(start), "{line}");
    assert_eq!(check(&dir, "a.mmstats --stale 1h --allow-closed").0, 0);

    // A recorded duration is a sign of life, though the file system does not see it.
    let job = dir.create::<Job>("b.mmstats");
    fs::File::open(dir.path("b.mmstats")).unwrap().set_modified(at).unwrap();
    job.step.record(Duration::from_millis(1));
    assert_eq!(check(&dir, "b.mmstats --stale 1h").0, 0);
}

// ---- What is not there, or not readable ----

#[test]
fn what_is_missing_is_as_bad_as_wanted() {
    let dir = dir();
    assert_eq!(check(&dir, "a.mmstats"), is(3, "MMSTATS UNKNOWN - a.mmstats is missing"));
    assert_eq!(
        check(&dir, "a.mmstats --missing critical"),
        is(2, "MMSTATS CRITICAL - a.mmstats is missing")
    );
    assert_eq!(
        check(&dir, "a.mmstats --field done --rate -d 0.01"),
        is(3, "MMSTATS UNKNOWN - a.mmstats is missing")
    );
    assert_eq!(check(&dir, "a.mmstats --missing warning").0, 1);
    assert_eq!(check(&dir, "a.mmstats --missing ok").0, 0);
    assert_eq!(check(&dir, "*.none"), is(3, "MMSTATS UNKNOWN - *.none: nothing matches"));
    let (code, line) = check(&dir, "");
    assert_eq!(code, 3);
    assert!(line.starts_with("MMSTATS UNKNOWN - nothing matches /"), "{line}");

    let _live = dir.create::<Job>("b.mmstats");
    assert_eq!(
        check(&dir, "b.mmstats --field dnoe"),
        is(3, "MMSTATS UNKNOWN - no field dnoe in b.mmstats")
    );
    assert_eq!(check(&dir, "b.mmstats --field dnoe --missing critical").0, 2);
    assert_eq!(
        check(&dir, "b.mmstats a.mmstats --missing critical"),
        is(2, "MMSTATS CRITICAL - a.mmstats is missing, 1 live | live=1;;;0;1")
    );
}

#[test]
fn what_cannot_be_read_is_unknown_and_not_the_end() {
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    job.done.add(3);
    fs::write(dir.path("b.mmstats"), "bad").unwrap();
    let (code, line) = check(&dir, ". --field done");
    assert_eq!(code, 3);
    assert!(line.starts_with("MMSTATS UNKNOWN - ./b.mmstats: byte 0: expected "), "{line}");
    assert!(line.ends_with(", done = 3 | done=3c\n"), "{line}");
    assert_eq!(check(&dir, ". --field done --critical 2").0, 2);
}

#[test]
fn wrong_use_is_unknown() {
    let dir = dir();
    for wrong in [
        "--frobnicate",
        "a.mmstats --field",
        "--warning 5",
        "--field a --warning 20:10",
        "--field a --warning abc",
        "--field a --quantile 99",
        "--field a --mean --quantile 0.5",
        "--running 5m",
        "--field a --running soon",
        "--missing perhaps",
        "--help",
        "--version",
    ] {
        let (code, out) = check(&dir, wrong);
        assert_eq!(code, 3, "{wrong}: {out}");
        let is_help = wrong == "--help" || wrong == "--version";
        assert_eq!(out.starts_with("MMSTATS UNKNOWN - "), !is_help, "{out}");
    }
    assert!(check(&dir, "--help").1.contains("Exit status, "));
}

// ---- Files of the original ----

#[test]
fn files_of_version_1_are_checked() {
    let dir = dir();
    let pid = process::id().to_le_bytes();
    for (name, done, mean) in [("a.mmstats", 3u64, 0.5f64), ("b.mmstats", 5, 1.5)] {
        let constants = [("org.sys.pid", "I", &pid[..])];
        let fields =
            [("org.done", "Q", &done.to_le_bytes()[..]), ("org.mean", "d", &mean.to_le_bytes())];
        fs::write(dir.path(name), version_1_with(&constants, &fields)).unwrap();
    }
    let ok = |line: &str| is(0, &format!("MMSTATS OK - {line}"));
    assert_eq!(check(&dir, "."), ok("2 live | live=2;;;0;2"));
    assert_eq!(check(&dir, ". --field org.done"), ok("org.done = 8 | org.done=8"));
    assert_eq!(check(&dir, ". --field org.mean"), ok("org.mean = 1 | org.mean=1"));
    assert_eq!(
        check(&dir, ". --field org.mean --merge max --warning 1"),
        is(1, "MMSTATS WARNING - org.mean max = 1.5 (outside 0:1) | org.mean_max=1.5;1")
    );
    assert_eq!(
        check(&dir, ". --field org.done --rate -d 0.01"),
        ok("org.done rate = 0/s | org.done_rate=0")
    );

    // Version 2 distinguishes counts from gauges.
    let job = dir.create::<Job>("c.mmstats");
    job.done.add(40);
    for name in ["b.mmstats", "d.mmstats"] {
        let fields = [("done", "Q", &1u64.to_le_bytes()[..])];
        let file = version_1_with(&[("sys.pid", "I", &pid[..])], &fields);
        fs::write(dir.path(name), file).unwrap();
    }
    assert_eq!(check(&dir, ". --field done"), ok("done = 42 | done=42c"));
    assert_eq!(check(&dir, "c.mmstats b.mmstats --field done"), ok("done = 41 | done=41c"));

    dir.fixture("float-edges.mmstats"); // does not identify its writer
    assert_eq!(
        check(&dir, "float-edges.mmstats --live"),
        is(3, "MMSTATS UNKNOWN - 0 live, 1 unknown: float-edges.mmstats | live=0;;;0;1")
    );
}

#[test]
fn constants_of_version_1_are_never_added_and_counts_do_not_overflow() {
    let dir = dir();
    let pid = process::id().to_le_bytes();
    for name in ["a.mmstats", "b.mmstats"] {
        let constants = [
            ("sys.pid", "I", &pid[..]),
            ("port", "I", &8080u32.to_le_bytes()),
            ("floor", "q", &(-5i64).to_le_bytes()),
            ("limit", "Q", &100u64.to_le_bytes()),
            ("share", "f", &0.5f32.to_le_bytes()),
            ("scale", "d", &1.5f64.to_le_bytes()),
        ];
        let fields = [("done", "Q", &u64::MAX.to_le_bytes()[..])];
        fs::write(dir.path(name), version_1_with(&constants, &fields)).unwrap();
    }
    let of = |key: &str| check(&dir, &format!(". --field {key}")).1;
    let constants =
        [("port", "8080"), ("floor", "-5"), ("limit", "100"), ("share", "0.5"), ("scale", "1.5")];
    for (key, value) in constants {
        assert_eq!(of(key), format!("MMSTATS OK - {key} = {value} | {key}={value}\n"));
    }
    let sum = 2 * u128::from(u64::MAX);
    assert_eq!(of("done"), format!("MMSTATS OK - done = {sum} | done={sum}\n"));
    assert_eq!(check(&dir, ". --field limit --rate -d 0.01").0, 3);
}

#[test]
fn foreign_text_is_harmless() {
    let dir = dir();
    let label = "a 'b'=|\u{1b}[2J\n";
    let file = version_1(&[(label, "Q", &[7, 0, 0, 0, 0, 0, 0, 0])]);
    fs::write(dir.path("x|y\n.mmstats"), file).unwrap();
    let (code, out) = said(dir.run(&["x|y\n.mmstats", "--field", label, "--verbose"]));
    assert_eq!(code, 0);
    let [line, detail] = out.lines().collect::<Vec<_>>()[..] else { panic!("{out}") };
    assert_eq!(
        line,
        "MMSTATS OK - a 'b'=\\u{7c}\\u{1b}[2J\\n = 7, 1 unknown: x\\u{7c}y\\n.mmstats \
         | 'a _b__\\u{7c}\\u{1b}[2J\\n'=7"
    );
    assert!(detail.starts_with("x\\u{7c}y\\n.mmstats: unknown, "), "{detail}");
}

// ---- How others read it ----

/// Runs a Perl program with `Monitoring::Plugin`; `None` if that is not installed.
fn perl(test: &str, program: &str, arguments: &[&str]) -> Option<String> {
    let with = "-MMonitoring::Plugin";
    let installed = Command::new("perl").args([with, "-e1"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        mmstats_testing::skipped(test, "Monitoring::Plugin is not installed");
        return None;
    }
    let mut command = Command::new("perl");
    command.args([with, "-MMonitoring::Plugin::Performance", "-MMonitoring::Plugin::Range"]);
    command.args(["-we", program]).args(arguments);
    Some(Outcome::of(&mut command)).map(|outcome| {
        assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
        outcome.out
    })
}

#[test]
fn monitoring_plugin_reads_the_performance_data() {
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    job.done.add(8_123);
    job.step.record(Duration::from_millis(40));
    let checks = [
        ". --field done --warning 100:9000 --critical ~:20000 --live",
        ". --field step --quantile 0.99 -w 0.2 --stale 1d",
    ];
    let data = checks.map(|arguments| {
        let (code, line) = check(&dir, arguments);
        assert_eq!(code, 0);
        line.trim_end().split_once(" | ").unwrap().1.to_owned()
    });
    let program = "no warnings 'uninitialized';
        for my $p (map { Monitoring::Plugin::Performance->parse_perfstring($_) } @ARGV) {
            print join(' ', $p->label, $p->label eq 'age' ? '' : $p->value, map { qq([$_]) }
                $p->uom, $p->warning, $p->critical, $p->min, $p->max), qq(\\n);
        }";
    let test = "monitoring_plugin_reads_the_performance_data";
    let Some(read) = perl(test, program, &[&data[0], &data[1]]) else { return };
    assert_eq!(
        read,
        "done 8123 [c] [100:9000] [~:20000] [] []\n\
         live 1 [] [] [] [0] [1]\n\
         step_p99 0.04 [s] [0.2] [] [] []\n\
         age  [s] [] [86400] [0] []\n"
    );
}

#[test]
fn monitoring_plugin_alarms_at_the_same_values() {
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    let ranges = ["10", "10:", "~:10", "10:20", "@10:20", "@10", "-5:5", "0.5:9.5", "@~:0", "~:"];
    let program = "for my $value (-6, 0, 5, 10, 15, 20, 21) { for my $range (@ARGV) {
        my $parsed = Monitoring::Plugin::Range->parse_range_string($range);
        print qq($value $range ), $parsed->check_range($value) ? 1 : 0, qq(\\n);
    } }";
    let test = "monitoring_plugin_alarms_at_the_same_values";
    let Some(theirs) = perl(test, program, &ranges) else { return };
    let mut ours = String::new();
    for value in [-6, 0, 5, 10, 15, 20, 21] {
        job.in_flight.add(value - job.in_flight.local());
        for range in ranges {
            let (code, _) = said(dir.run(&["a.mmstats", "--field", "in_flight", "-w", range]));
            writeln!(ours, "{value} {range} {code}").unwrap();
        }
    }
    assert_eq!(ours, theirs);
}

#[test]
fn a_plugin_that_runs_plugins_understands_it() {
    let test = "a_plugin_that_runs_plugins_understands_it";
    let negate = "/usr/lib/nagios/plugins/negate";
    if !Path::new(negate).exists() {
        return mmstats_testing::skipped(test, "monitoring-plugins-basic is not installed");
    }
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    job.done.add(3);
    let negated = |arguments: &[&str]| {
        let outcome = Outcome::of(&mut dir.wrapped(&[negate, "--substitute"], arguments));
        said(outcome)
    };
    assert_eq!(
        negated(&["a.mmstats", "--field", "done", "-c", "2"]),
        is(0, "MMSTATS OK - done = 3 (outside 0:2) | done=3c;;2")
    );
    assert_eq!(
        negated(&["a.mmstats", "--field", "done"]),
        is(2, "MMSTATS CRITICAL - done = 3 | done=3c")
    );
    assert_eq!(negated(&["b.mmstats"]).0, 3);
}
