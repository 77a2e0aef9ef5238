//! `mmstats diff`, `--since` and `--rates`: what changed between two snapshots.

mod tool;

use std::fs::{self, File};
use std::mem::offset_of;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{iter, process, thread};

use mmstats::__private_0_1::format::Header;
use mmstats::__private_0_1::format::header::{StateWord, VITALS_OFFSET, VitalsBytes};
use mmstats::{
    Average, Constant, Counter, Gauge, Histogram, MmStats, MovingAverage, Text, Timer, UpDown,
};
use serde_json::{Value, json};

use tool::{Dir, Outcome, Version1};

#[derive(MmStats)]
struct Job {
    done: Counter,
    idle: Counter,
    in_flight: UpDown,
    #[mmstats(unit = "bytes")]
    size: Gauge<u64>,
    user: Text<64>,
    tries: Average,
    load: MovingAverage<4>,
    otherdb_timer: Timer,
    #[mmstats(initial = 8)]
    threads: Constant<u32>,
}

/// What a job does before a copy of its file is made.
fn begin(job: &Job) {
    job.done.add(10);
    job.in_flight.add(5);
    job.size.set(4096);
    job.user.set("rob");
    job.tries.add(7.0);
    job.load.add(0.5);
    job.otherdb_timer.record(Duration::from_secs(3));
}

/// What it does after that.
fn go_on(job: &Job) {
    job.done.add(12_000);
    job.in_flight.sub(2);
    job.size.set(512);
    job.user.set("小林 さくら");
    job.tries.add(1.0);
    job.tries.add(2.0);
    job.load.add(1.5);
    for ms in [1, 2, 2, 3, 40] {
        job.otherdb_timer.record(Duration::from_millis(ms));
    }
}

/// Two copies, the second ten seconds after the first.
fn copies(dir: &Dir) {
    let job = dir.create::<Job>("job.mmstats");
    begin(&job);
    dir.copy("job.mmstats", "before");
    go_on(&job);
    dir.copy("job.mmstats", "after");
    end(dir, "before", -100);
    end(dir, "after", -90);
}

/// Makes a copy one of a file whose writer ended so many seconds after its creation.
fn end(dir: &Dir, name: &str, seconds: i64) {
    let word = |at: usize| {
        let file = fs::read(dir.path(name)).unwrap();
        u64::from_le_bytes(file[at..at + 8].try_into().unwrap())
    };
    let vitals = |at| VITALS_OFFSET + at;
    let created = word(offset_of!(Header, created_boottime_ns));
    dir.patch(name, vitals(offset_of!(VitalsBytes, anchor_boottime_ns)), &created.to_le_bytes());
    dir.patch(name, vitals(offset_of!(VitalsBytes, state)), &CLOSED.to_le_bytes());
    shift(dir, name, offset_of!(Header, created_realtime_ns), seconds);
}

/// `docs/format.md` § 2.2.
const CLOSED: u64 = StateWord::Closed.code();

/// Moves a time in a file, which may be mapped, by so many seconds.
fn shift(dir: &Dir, name: &str, at: usize, seconds: i64) {
    let file = File::options().read(true).write(true).open(dir.path(name)).unwrap();
    let mut word = [0; 8];
    file.read_exact_at(&mut word, at as u64).unwrap();
    let ns = u64::from_le_bytes(word).checked_add_signed(seconds * 1_000_000_000).unwrap();
    file.write_all_at(&ns.to_le_bytes(), at as u64).unwrap();
}

fn set_time(dir: &Dir, name: &str, time: SystemTime) {
    File::options().write(true).open(dir.path(name)).unwrap().set_modified(time).unwrap();
}

/// The lines of the fields.
fn fields(out: &str) -> String {
    let lines = out.lines().filter(|line| line.starts_with("  ") && !line.starts_with("  sys."));
    lines.fold(String::new(), |all, line| all + line + "\n")
}

// ---- diff ----

#[test]
fn quantiles_of_a_histogram_are_those_between_the_copies() {
    #[derive(MmStats)]
    struct Web {
        #[mmstats(unit = "bytes")]
        answer: Histogram,
    }
    let dir = Dir::of_mmstats();
    let web = dir.create::<Web>("web.mmstats");
    web.answer.record_n(1_000_000, 100);
    fs::copy(dir.path("web.mmstats"), dir.path("before")).unwrap();
    web.answer.record_n(200, 90);
    web.answer.record_n(4_096, 10);
    let samples = &dir.json(&["diff", "before", "web.mmstats"])[0]["changes"]["answer"];
    assert_eq!((&samples["count"], &samples["sum"]), (&json!(100), &json!(58_960.0)));
    for (quantile, bytes) in [("p50", 200.0), ("p90", 200.0), ("p99", 4_096.0)] {
        let found = samples[quantile].as_f64().unwrap();
        assert!((found / bytes - 1.0).abs() <= 1.0 / 32.0, "{quantile}: {found}");
    }
    assert!((samples["max"].as_f64().unwrap() / 4_096.0 - 1.0).abs() <= 1.0 / 16.0);
}

#[test]
fn two_copies_differ_by_what_happened_between_them() {
    let dir = Dir::of_mmstats();
    copies(&dir);
    let expected = "  done          12000 1200.000/s
  in_flight     -2 -0.200/s
  size          512
  user          小林 さくら
  tries         1.5 0.200/s
  load          1.0 0.100/s
  otherdb_timer 0.0096 0.500/s
";
    assert_eq!(fields(&dir.out(&["diff", "before", "after"])), expected);

    let pretty = "    changes in 10 s
  done           +12000  (12 k)  1200/s
  in_flight      -2  -0.2/s
  size           512 bytes  was 4096
  user           小林 さくら  was rob
  tries          1.5  count 2  0.2/s
  load           1  count 1  0.1/s
  otherdb_timer  9.6 ms  p50 2.0 ms  p99 41 ms  max 42 ms  count 5  0.5/s
";
    assert_eq!(fields(&dir.out(&["diff", "before", "after", "--format", "pretty"])), pretty);

    let file = &dir.json(&["diff", "before", "after"])[0];
    assert_eq!((&file["path"], &file["interval"]), (&json!("after"), &json!(10.0)));
    assert_eq!(file["stats"]["done"], 12_010);
    let changes = &file["changes"];
    assert_eq!((&changes["done"], &changes["in_flight"]), (&json!(12_000), &json!(-2)));
    assert_eq!((&changes["idle"], &changes["size"]), (&json!(0), &json!(512)));
    assert_eq!((&changes["user"], &changes["threads"]), (&json!("小林 さくら"), &json!(8)));
    let timer = &changes["otherdb_timer"];
    assert_eq!((&timer["count"], &timer["sum"]), (&json!(5), &json!(0.048)));
    assert!((timer["p50"].as_f64().unwrap() / 0.002 - 1.0).abs() < 1.0 / 32.0);
    assert!((timer["max"].as_f64().unwrap() / 0.04 - 1.0).abs() < 1.0 / 16.0);
    assert_eq!(file["rates"]["done"], 1200.0);
    assert!(file["rates"].get("size").is_none());
}

#[test]
fn where_nothing_changed_nothing_is_printed() {
    let dir = Dir::of_mmstats();
    copies(&dir);
    assert_eq!(dir.out(&["diff", "after", "after"]), "==> after\n\n");
    let pretty = dir.out(&["diff", "after", "after", "--format", "pretty"]);
    assert!(pretty.ends_with(", ran 0 s\n    nothing changed in 0 s\n\n"), "{pretty}");
}

#[test]
fn the_later_one_may_be_the_file_itself() {
    let dir = Dir::of_mmstats();
    let job = dir.create::<Job>("job.mmstats");
    begin(&job);
    dir.copy("job.mmstats", "before");
    end(&dir, "before", -100);
    go_on(&job);
    let live = &dir.json(&["diff", "before", "job.mmstats"])[0];
    assert_eq!(live["changes"]["done"], 12_000);
    assert!(live["interval"].as_f64().unwrap() >= 100.0);

    // When it ended is known to the file, whatever became of it since.
    drop(job);
    set_time(&dir, "job.mmstats", UNIX_EPOCH);
    let closed = &dir.json(&["diff", "before", "job.mmstats"])[0];
    assert_eq!(closed["changes"]["done"], 12_000);
    let interval = closed["interval"].as_f64().unwrap();
    assert!((100.0..1000.0).contains(&interval), "{interval}");
}

#[test]
fn unrelated_files_have_no_difference() {
    let dir = Dir::of_mmstats();
    let job = dir.create::<Job>("job.mmstats");
    begin(&job);
    dir.copy("job.mmstats", "before");
    drop(job);
    let job = dir.create::<Job>("job.mmstats");
    job.done.add(4);
    let outcome = dir.run(&["diff", "before", "job.mmstats"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (2, ""));
    assert_eq!(outcome.err, "mmstats: job.mmstats: not the file that before is a copy of\n");
}

#[test]
fn swapped_files_have_no_difference() {
    let dir = Dir::of_mmstats();
    copies(&dir);
    let outcome = dir.run(&["diff", "after", "before"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (2, ""));
    let expected = "mmstats: before: is earlier than its copy: name the earlier file first\n";
    assert_eq!(outcome.err, expected);

    // Two copies that show no time, since nothing but a count changed between them.
    let job = dir.create::<Job>("other.mmstats");
    job.done.inc();
    dir.copy("other.mmstats", "one");
    job.done.inc();
    dir.copy("other.mmstats", "two");
    assert_eq!(fields(&dir.out(&["diff", "one", "two"])), "  done 1\n");
    let swapped = dir.run(&["diff", "two", "one"]);
    assert_eq!((swapped.code, swapped.out.as_str()), (2, ""));
    assert!(swapped.err.ends_with("name the earlier file first\n"), "{}", swapped.err);
}

/// A job that has run for 100 seconds, and its copy.
fn copied(dir: &Dir) -> mmstats::Mapped<Job> {
    let job = dir.create::<Job>("job.mmstats");
    shift(dir, "job.mmstats", offset_of!(Header, created_realtime_ns), -100);
    job.flush().unwrap(); // so that the file shows a time
    begin(&job);
    dir.copy("job.mmstats", "before");
    job
}

#[test]
fn a_rate_comes_from_the_times_that_files_show() {
    let dir = Dir::of_mmstats();
    let job = copied(&dir);
    // Anybody can set it, and copying does.
    set_time(&dir, "before", UNIX_EPOCH);
    go_on(&job);
    dir.copy("job.mmstats", "after");
    end(&dir, "after", 200);
    let file = &dir.json(&["diff", "before", "after"])[0];
    let interval = file["interval"].as_f64().unwrap();
    assert!((90.0..110.0).contains(&interval), "{interval}");
    let rate = file["rates"]["done"].as_f64().unwrap();
    assert!((rate * interval / 12_000.0 - 1.0).abs() < 1e-9, "{rate}");
}

#[test]
fn a_copied_copy_has_no_wrong_rate() {
    let dir = Dir::of_mmstats();
    let job = copied(&dir);
    go_on(&job);
    // It was copied 80 seconds ago, and this copy of it just now.
    shift(&dir, "before", VITALS_OFFSET + offset_of!(VitalsBytes, flushed_realtime_ns), -80);
    for command in [&["diff", "before"][..], &["slurp", "--since", "before"]] {
        let file = &dir.json(&[command, &["job.mmstats"]].concat())[0];
        assert_eq!((&file["interval"], &file["rates"]), (&Value::Null, &json!({})));
        assert_eq!(file["changes"]["done"], 12_000);
    }
    let pretty = dir.out(&["diff", "before", "job.mmstats", "--format", "pretty"]);
    assert!(pretty.contains("    changes in an unknown time\n"), "{pretty}");
}

#[test]
fn directories_are_compared_file_by_file() {
    let dir = Dir::of_mmstats();
    let jobs = ["a.mmstats", "b.mmstats"].map(|name| dir.create::<Job>(name));
    fs::create_dir(dir.path("saved")).unwrap();
    for name in ["a.mmstats", "b.mmstats"] {
        dir.copy(name, &format!("saved/{name}"));
    }
    jobs[0].done.add(1);
    jobs[1].done.add(2);
    let files = dir.json(&["diff", "saved", "."]);
    let done: Vec<&Value> =
        files.as_array().unwrap().iter().map(|file| &file["changes"]["done"]).collect();
    assert_eq!(done, [1, 2]);

    // Beside them, one that has no copy is new.
    dir.create::<Job>("c.mmstats").done.add(4);
    let outcome = dir.run(&["diff", "saved", "."]);
    assert_eq!(outcome.code, 0);
    assert_eq!(outcome.err, "mmstats: ./c.mmstats: has no copy: shown since its creation\n");
    assert!(outcome.out.contains("==> ./c.mmstats\n  sys.pid "), "{}", outcome.out);
}

#[test]
fn copies_of_version_1_are_compared() {
    let dir = Dir::of_mmstats();
    let file = Version1::create(&dir.path("a"), 4_194_305, 1.5e9, 10);
    dir.copy("a", "before");
    file.set_done(16);
    // They show no times.
    let time = UNIX_EPOCH + Duration::from_secs(1_600_000_000);
    set_time(&dir, "before", time);
    set_time(&dir, "a", time + Duration::from_secs(4));
    assert_eq!(dir.out(&["diff", "before", "a"]), "==> a\n  done 6\n\n");

    // Of another process.
    Version1::create(&dir.path("b"), 4_194_306, 1.5e9, 3);
    let other = dir.run(&["diff", "before", "b"]);
    assert_eq!((other.code, other.out.as_str()), (2, ""));
}

#[test]
fn a_copy_of_version_1_is_not_taken_for_the_file_of_its_live_process() {
    let dir = Dir::of_mmstats();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let own = u64::from(process::id());
    let file = Version1::create(&dir.path("a"), own, now - 1000.0, 10);
    dir.copy("a", "before");
    file.set_done(16);
    dir.copy("a", "after");
    assert_eq!(dir.out(&["diff", "before", "after"]), "==> after\n  done 6\n\n");
}

#[test]
fn files_that_cannot_be_compared_are_reported() {
    let dir = Dir::of_mmstats();
    copies(&dir);
    let absent = dir.run(&["diff", "absent", "after"]);
    assert_eq!((absent.code, absent.out.as_str()), (2, ""));
    assert!(absent.err.starts_with("mmstats: absent: "), "{}", absent.err);
    assert_eq!(dir.run(&["diff", "before", "absent"]).code, 2);
    assert_eq!(dir.run(&["diff", "before"]).code, 2);
    let nothing = dir.run(&["diff", "*.none", "after"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (1, ""));
}

// ---- slurp --since ----

#[test]
fn slurp_counts_since_a_copy() {
    let dir = Dir::of_mmstats();
    copies(&dir);
    let out = dir.out(&["slurp", "--since", "before", "after"]);
    assert!(
        out.contains("\n  done          12000 1200.000/s\n  idle          0 0.000/s\n"),
        "{out}"
    );
    assert!(out.contains("\n  threads       8\n"), "{out}");
    assert_eq!(dir.json(&["slurp", "--since", "before", "after"])[0]["changes"]["done"], 12_000);

    dir.create::<Job>("other.mmstats").done.add(3);
    let other = dir.run(&["slurp", "--since", "before", "other.mmstats"]);
    assert_eq!(other.code, 0);
    assert!(other.out.contains("\n  done          3\n"), "{}", other.out);
    assert!(other.err.contains(": has no copy"), "{}", other.err);

    let swapped = dir.run(&["slurp", "--since", "after", "before"]);
    assert_eq!(swapped.code, 2);
    assert!(swapped.err.contains("before: is earlier than its copy"), "{}", swapped.err);
    assert!(!swapped.out.contains("/s"), "{}", swapped.out);

    let absent = dir.run(&["slurp", "--since", "absent", "after"]);
    assert_eq!((absent.code, absent.out.as_str()), (2, ""));
}

// ---- slurp --rates ----

#[test]
fn rates_are_beside_the_values() {
    let dir = Dir::of_mmstats();
    let job = dir.create::<Job>("job.mmstats");
    begin(&job);
    dir.fixture("script.mmstats");
    let out = dir.out(&["slurp", "--rates", "-d", "20ms", "job.mmstats", "script.mmstats"]);
    assert!(out.contains("\n  done          10 0.000/s\n"), "{out}");
    assert!(out.contains("\n  size          4096\n"), "{out}");
    assert!(out.contains("\n  otherdb_timer 3.0 0.000/s\n"), "{out}");
    assert!(out.contains("\n  done               125 0.000/s\n"), "{out}");
    let file = &dir.json(&["slurp", "--rates", "-d", "20ms", "job.mmstats"])[0];
    assert!(file["interval"].as_f64().unwrap() >= 0.02);
    assert_eq!((&file["stats"]["done"], &file["changes"]["done"]), (&json!(10), &json!(0)));
    assert_eq!(file["rates"]["done"], 0.0);
}

#[test]
fn rates_of_more_files_than_can_be_open() {
    let dir = Dir::of_mmstats();
    let jobs: Vec<_> =
        (0..80).map(|index| dir.create::<Job>(&format!("{index}.mmstats"))).collect();
    let slurp = dir.command(&["slurp", "--rates", "-d", "20ms", "--format", "json", "."]);
    let mut limited = dir.program(&["sh", "-c", "ulimit -n 50; exec \"$0\" \"$@\""]);
    let outcome = Outcome::of(limited.arg(slurp.get_program()).args(slurp.get_args()));
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    let files: Vec<Value> = serde_json::from_str(&outcome.out).unwrap();
    assert!(files.iter().all(|file| file["rates"]["done"] == 0.0));
    assert_eq!(files.len(), jobs.len());
}

#[test]
fn what_is_counted_between_the_two_looks_has_a_rate() {
    let dir = Dir::of_mmstats();
    let job = dir.create::<Job>("job.mmstats");
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Relaxed) {
                job.done.inc();
                job.otherdb_timer.record(Duration::from_millis(2));
                thread::yield_now();
            }
        });
        // However busy the machine is, at some time it is so lucky.
        let busy =
            || dir.out(&["slurp", "--rates", "-d", "20ms", "job.mmstats", "--format", "pretty"]);
        let lucky = iter::repeat_with(busy).take(1000).find(|out| out.contains("/s × 2.0 ms\n"));
        over.store(true, Relaxed);
        let lucky = lucky.expect("a rate");
        assert!(!lucky.lines().any(|line| line.contains("  done  ") && line.ends_with("  0/s")));
    });
}

#[test]
fn wrong_use_is_a_failure() {
    let dir = Dir::of_mmstats();
    copies(&dir);
    for arguments in [
        "slurp --rates -d 0 after",
        "slurp --rates -d=-1 after",
        "slurp --rates -d nan after",
        "slurp --rates -d 1e300 after",
        "slurp -d 5 after",
        "slurp --rates --since=before",
        "slurp --lanes --since=before",
    ] {
        let outcome = dir.run(&arguments.split(' ').collect::<Vec<_>>());
        assert_eq!((outcome.code, outcome.out.as_str()), (2, ""), "{arguments}");
    }
}

#[test]
fn a_number_after_rates_is_no_interval() {
    let dir = Dir::of_mmstats();
    drop(dir.create::<Job>("job.mmstats"));
    let outcome = dir.run(&["slurp", "--rates", "5"]);
    assert_eq!(outcome.code, 1);
    let hint = "mmstats: to measure rates for 5 s: --rates --interval 5\n";
    assert!(outcome.err.ends_with(hint), "{}", outcome.err);
    assert_eq!(dir.run(&["slurp", "--rates=5"]).code, 2);
}
