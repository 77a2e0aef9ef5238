//! `cleanstats`: what it removes, what it keeps, and what it reports.

mod tool;

use std::fs::{self, File, Permissions};
use std::mem::offset_of;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mmstats::__private_0_1::format::Header;
use mmstats::__private_0_1::format::header::{VITALS_OFFSET, VitalsBytes};
use mmstats::{Claim, Counter, MmStats, Reader, State};
use mmstats_testing::{Child, again};
use tool::{Dir, Outcome, free_pid, version_1};

#[derive(MmStats)]
struct Job {
    done: Counter,
}

fn dir() -> Dir {
    Dir::new(&[env!("CARGO_BIN_EXE_cleanstats")])
}

/// A file of version 1, of a process with this pid, created and modified so long ago.
fn create_version_1(dir: &Dir, name: &str, pid: u32, age: Duration) {
    let at = SystemTime::now() - age;
    let created = at.duration_since(UNIX_EPOCH).unwrap().as_secs_f64().to_le_bytes();
    let pid = pid.to_le_bytes();
    let fields = [("org.sys.pid", "I", &pid[..]), ("org.sys.created", "d", &created[..])];
    fs::write(dir.path(name), version_1(&fields)).unwrap();
    File::options().write(true).open(dir.path(name)).unwrap().set_modified(at).unwrap();
}

/// Creates a file whose writer closed it so long ago.
fn create_closed(dir: &Dir, name: &str, age: Duration) {
    drop(dir.create::<Job>(name));
    let at = SystemTime::now() - age;
    let ns = u64::try_from(at.duration_since(UNIX_EPOCH).unwrap().as_nanos()).unwrap();
    let flushed = VITALS_OFFSET + offset_of!(VitalsBytes, flushed_realtime_ns);
    for at in [offset_of!(Header, created_realtime_ns), flushed] {
        dir.patch(name, at, &ns.to_le_bytes());
    }
    File::options().write(true).open(dir.path(name)).unwrap().set_modified(at).unwrap();
}

const HOUR: Duration = Duration::from_hours(1);

/// Cuts off how long writers ran, which no test knows.
fn without_runs(out: &str) -> String {
    let cut = |line: &str| match line.split_once(", ran ") {
        Some((start, run)) => {
            format!("{start}{}\n", run.find(':').map_or("", |reason| &run[reason..]))
        }
        None => format!("{line}\n"),
    };
    out.lines().map(cut).collect()
}

// ---- Whose writer is gone ----

#[test]
fn plays_a_job() {
    let Some(directory) = mmstats_testing::role("plays_a_job") else { return };
    let stats = Job::builder().directory(directory).file("job-{PID}.mmstats").create().unwrap();
    stats.done.inc();
    mmstats_testing::say(process::id());
    mmstats_testing::wait_for_parent();
}

#[test]
fn plays_a_job_that_aborts() {
    let Some(directory) = mmstats_testing::role("plays_a_job_that_aborts") else { return };
    let _stats = Job::builder().directory(directory).file("job.mmstats").create().unwrap();
    mmstats_testing::say(process::id());
    mmstats_testing::wait_for_parent();
    process::abort();
}

#[test]
fn files_of_killed_writers_go_and_those_of_live_ones_stay() {
    let dir = dir();
    let mut jobs = [(), ()].map(|()| Child::spawn(&mut again("plays_a_job", dir.root())));
    let [dead, living] = jobs.each_mut().map(Child::hear);
    let both = dir.run(&["."]);
    assert_eq!((both.code, both.out.as_str()), (0, "Removed 0  -  2 alive\n"));

    jobs[0].kill();
    let name = format!("job-{dead}.mmstats");
    let outcome = dir.run(&["."]);
    let (told, last) = outcome.out.split_once('\n').unwrap();
    assert!(
        told.starts_with(&format!("removed ./{name}: dead, PID {dead}, last seen alive ")),
        "{told}"
    );
    assert_eq!((outcome.code, last), (0, "Removed 1  -  1 alive\n"));
    assert_eq!(mmstats_testing::names(dir.root()), [format!("job-{living}.mmstats")]);

    let verbose = dir.run(&["--verbose"]);
    let path = dir.path(&format!("job-{living}.mmstats"));
    let told = format!("kept {}: live, PID {living}\n", path.display());
    assert_eq!(verbose.out, told + "Removed 0  -  1 alive\n");
}

#[test]
fn the_end_of_the_writer_is_reported() {
    let dir = dir();
    drop(dir.create::<Job>("closed.mmstats"));
    let stats = dir.create::<Job>("panicked.mmstats");
    std::thread::spawn(move || {
        let _stats = stats;
        panic!("as it should");
    })
    .join()
    .unwrap_err();
    let outcome = dir.run(&["closed.mmstats", "panicked.mmstats"]);
    let pid = process::id();
    let [closed, panicked, last] = outcome.out.lines().collect::<Vec<_>>()[..] else { panic!() };
    for (line, name) in [(closed, "closed"), (panicked, "panicked")] {
        assert!(line.starts_with(&format!("removed {name}.mmstats: {name} ")), "{line}");
        assert!(line.contains(&format!(" ago, PID {pid}, ran ")), "{line}");
    }
    assert_eq!(last, "Removed 2  -  0 alive");
    assert_eq!(mmstats_testing::names(dir.root()), [""; 0]);
}

#[test]
fn a_pid_that_another_program_has_by_now_is_no_writer() {
    let dir = dir();
    let mut job = Child::spawn(&mut again("plays_a_job", dir.root()));
    let name = format!("job-{}.mmstats", job.hear());
    job.kill();
    // As if another had been given the pid of the dead one: this runs for longer than a clock tick.
    dir.patch(&name, offset_of!(Header, pid), &1u32.to_le_bytes());
    let outcome = dir.run(&["."]);
    assert!(outcome.out.ends_with("\nRemoved 1  -  0 alive\n"), "{}", outcome.out);
    assert!(!dir.exists(&name));
}

#[test]
fn a_writer_that_lost_its_lock_is_still_known() {
    let dir = dir();
    let stats = dir.create::<Job>("a.mmstats");
    // The same file, as if its writer had closed all handles behind the library's back.
    fs::copy(dir.path("a.mmstats"), dir.path("b.mmstats")).unwrap();
    let outcome = dir.run(&["."]);
    let line = format!("kept ./b.mmstats: unknown, but PID {} exists\n", process::id());
    assert_eq!(outcome.out, line + "Removed 0  -  2 alive\n");
    drop(stats);
}

#[test]
fn a_file_that_says_closed_and_is_held_stays() {
    let dir = dir();
    let stats = dir.create::<Job>("a.mmstats");
    stats.close();
    let outcome = dir.run(&["."]);
    let line = format!("kept ./a.mmstats: closed, but PID {} exists\n", process::id());
    assert_eq!(outcome.out, line + "Removed 0  -  1 alive\n");
}

#[test]
fn a_writer_in_another_pid_namespace_is_seen() {
    let test = "a_writer_in_another_pid_namespace_is_seen";
    let Some(unshare) = mmstats_testing::own_pid_namespace(test) else { return };
    let dir = dir();
    let mut command = mmstats_testing::wrapped(&unshare, "plays_a_job_that_aborts", dir.root());
    let mut job = Child::spawn(&mut command);
    assert_eq!(job.hear(), "1"); // which on the outside is `init`
    assert_eq!(dir.run(&["."]).out, "Removed 0  -  1 alive\n");
    job.end();
    let outcome = dir.run(&["."]);
    assert!(outcome.out.starts_with("removed ./job.mmstats: dead, PID 1, "), "{}", outcome.out);
    assert!(!dir.exists("job.mmstats"));
}

#[test]
fn files_of_version_1_go_by_pid() {
    if mmstats_testing::skipped_in_container("files_of_version_1_go_by_pid") {
        return;
    }
    let dir = dir();
    let free = free_pid();
    create_version_1(&dir, "dead.mmstats", free, Duration::ZERO);
    create_version_1(&dir, "live.mmstats", process::id(), Duration::ZERO);
    // Whoever has the pid now was started long after the file was created.
    create_version_1(&dir, "reused.mmstats", process::id(), 24 * HOUR);
    fs::write(dir.path("nobody.mmstats"), version_1(&[("a", "I", &[0; 4])])).unwrap();
    create_version_1(&dir, "starting.mmstats", 0, Duration::ZERO);
    let outcome = dir.run(&["."]);
    let lines: Vec<&str> = outcome.out.lines().collect();
    assert_eq!(
        lines,
        [
            "kept ./nobody.mmstats: unknown whether its writer is gone",
            &format!("kept ./reused.mmstats: dead, but PID {} exists", process::id()),
            "kept ./starting.mmstats: unknown whether its writer is gone",
            lines[3],
            "Removed 1  -  1 alive",
        ]
    );
    let line = format!("removed ./dead.mmstats: dead, PID {free}, last seen alive ");
    assert!(lines[3].starts_with(&line), "{}", lines[3]);
    assert_eq!(outcome.code, 0);
    assert!(!dir.exists("dead.mmstats") && dir.exists("live.mmstats"));
}

#[test]
fn files_of_the_original_are_cleaned() {
    if mmstats_testing::skipped_in_container("files_of_the_original_are_cleaned") {
        return;
    }
    let dir = dir();
    dir.fixture("script.mmstats"); // of pid 4280
    dir.fixture("prefixed.mmstats");
    let pids = ["script", "prefixed"].map(|name| {
        let path = dir.path(&format!("{name}.mmstats"));
        Reader::open(path).unwrap().snapshot().unwrap().writer().pid().unwrap()
    });
    if pids.iter().any(|pid| fs::exists(format!("/proc/{pid}")).unwrap()) {
        return mmstats_testing::skipped(
            "files_of_the_original_are_cleaned",
            "their pids are in use",
        );
    }
    let outcome = dir.run(&["."]);
    for (name, pid) in ["script", "prefixed"].iter().zip(pids) {
        let line = format!("removed ./{name}.mmstats: dead, PID {pid}, last seen alive ");
        assert!(outcome.out.contains(&line), "{}", outcome.out);
    }
    assert!(outcome.out.ends_with("\nRemoved 2  -  0 alive\n"));
}

// ---- Other users ----

#[test]
fn what_is_alive_for_others_is_alive() {
    let test = "what_is_alive_for_others_is_alive";
    let Some(nobody) = tool::as_nobody() else {
        return mmstats_testing::skipped(test, "only root can become somebody else");
    };
    let dir = dir();
    fs::set_permissions(dir.root(), Permissions::from_mode(0o777)).unwrap();
    let mut words = mmstats_testing::wrapped(&nobody, "plays_a_job", dir.root());
    words.current_dir(dir.root());
    let started = words.output().is_ok_and(|ended| ended.status.success());
    if !started {
        return mmstats_testing::skipped(test, "others cannot run what is in the target directory");
    }
    dir.run(&["."]);

    // Root cleans what is nobody's.
    let mut job = Child::spawn(&mut mmstats_testing::wrapped(&nobody, "plays_a_job", dir.root()));
    let name = format!("job-{}.mmstats", job.hear());
    assert_eq!(dir.run(&["."]).out, "Removed 0  -  1 alive\n");
    job.kill();
    assert!(dir.run(&["."]).out.ends_with("\nRemoved 1  -  0 alive\n"));
    assert!(!dir.exists(&name));

    // Nobody cleans what is root's.
    let mut job = Child::spawn(&mut again("plays_a_job", dir.root()));
    let name = format!("job-{}.mmstats", job.hear());
    create_version_1(&dir, "old.mmstats", process::id(), Duration::ZERO);
    let as_nobody = |arguments: &[&str]| Outcome::of(&mut dir.wrapped(&nobody, arguments));
    assert_eq!(as_nobody(&["."]).out, "Removed 0  -  2 alive\n");
    job.kill();
    fs::set_permissions(dir.root(), Permissions::from_mode(0o1777)).unwrap();
    let named = as_nobody(&[&name]);
    assert_eq!((named.code, named.out.as_str()), (2, "Removed 0  -  0 alive\n"));
    let why = "cannot remove it: Operation not permitted (os error 1)";
    assert_eq!(named.err, format!("cleanstats: {name}: {why}\n"));
    // In the places of all users this is not reported.
    let places = as_nobody(&[]);
    assert_eq!((places.code, places.err.as_str()), (0, ""));
    assert!(places.out.contains(why), "{}", places.out);
    fs::set_permissions(dir.path(&name), Permissions::from_mode(0o600)).unwrap();
    let hidden = as_nobody(&[]);
    assert_eq!((hidden.code, hidden.out.as_str()), (0, "Removed 0  -  1 alive\n"));
    // A place that the environment names has to be readable.
    fs::set_permissions(dir.root(), Permissions::from_mode(0o711)).unwrap();
    let unreadable = as_nobody(&[]);
    assert_eq!(unreadable.code, 2, "{}", unreadable.out);
    assert!(unreadable.err.contains("cannot list it: Permission denied"), "{}", unreadable.err);
}

// ---- Races ----

#[test]
fn plays_a_job_that_is_started_again_and_again() {
    let Some(directory) = mmstats_testing::role("plays_a_job_that_is_started_again_and_again")
    else {
        return;
    };
    for round in 0..300 {
        let builder = Job::builder().directory(&directory).file("job.mmstats");
        let stats = builder.create().unwrap();
        stats.done.add(round);
        let found = Reader::open(directory.join("job.mmstats")).unwrap().snapshot().unwrap();
        assert_eq!(found.state(), State::Live);
        assert_eq!(found.get("done"), Some(&mmstats::Value::Counter(round)));
    }
    mmstats_testing::say("done");
}

#[test]
fn a_file_is_never_taken_from_a_writer_that_has_just_replaced_it() {
    let dir = dir();
    let role = "plays_a_job_that_is_started_again_and_again";
    let mut job = Child::spawn(&mut again(role, dir.root()));
    std::thread::scope(|scope| {
        let done = scope.spawn(|| job.hear());
        while !done.is_finished() {
            let outcome = dir.run(&["."]);
            assert_eq!(
                outcome.err.replace("cleanstats: .: no `*.mmstats` in this directory\n", ""),
                ""
            );
        }
        assert_eq!(done.join().unwrap(), "done");
    });
    job.end_well();
}

/// A process that renames live files to a name, and does not ask for the lock of what it replaces.
#[test]
fn plays_a_renamer() {
    let Some(directory) = mmstats_testing::role("plays_a_renamer") else { return };
    let name = directory.join("job.mmstats");
    for round in 0..400 {
        // Dead: nobody holds its lock, and `cleanstats` takes it.
        drop(Job::builder().directory(&directory).file("dead.mmstats").create().unwrap());
        let _ = fs::rename(directory.join("dead.mmstats"), &name);
        let live = Job::builder().directory(&directory).file("live.mmstats").create().unwrap();
        live.done.add(round);
        fs::rename(directory.join("live.mmstats"), &name).unwrap();
        // It may be renamed aside for a moment, and then gets its name back.
        let is_named = || {
            let found = Reader::open(&name).and_then(|reader| reader.snapshot());
            found.is_ok_and(|found| found.get("done") == Some(&mmstats::Value::Counter(round)))
        };
        let patience = std::time::Instant::now() + Duration::from_secs(30);
        while !is_named() {
            if std::time::Instant::now() > patience {
                let names = mmstats_testing::names(&directory);
                return mmstats_testing::say(format!("lost in round {round}: {names:?}"));
            }
            std::thread::yield_now();
        }
    }
    mmstats_testing::say("lost none");
}

#[test]
fn a_file_that_is_renamed_to_a_dead_name_meanwhile_is_not_lost() {
    let dir = dir();
    let mut job = Child::spawn(&mut again("plays_a_renamer", dir.root()));
    let path = dir.path("job.mmstats");
    std::thread::scope(|scope| {
        let done = scope.spawn(|| job.hear());
        while !done.is_finished() {
            // What `cleanstats` does, without the start of a process.
            let claim = Reader::open(&path).and_then(|reader| reader.claim());
            if let Ok(Claim::Dead(remains)) = claim {
                let _ = remains.remove();
            }
        }
        assert_eq!(done.join().unwrap(), "lost none");
    });
    job.end_well();
}

#[test]
fn what_an_interrupted_removal_left_is_removed_or_gets_its_name_back() {
    let dir = dir();
    drop(dir.create::<Job>("dead.mmstats"));
    let _live = dir.create::<Job>("live.mmstats");
    let _other = dir.create::<Job>("taken.mmstats");
    let aside = |name: &str| format!(".{name}.0123456789abcdef.mmstats.tmp");
    for name in ["dead.mmstats", "live.mmstats", "taken.mmstats"] {
        fs::rename(dir.path(name), dir.path(&aside(name))).unwrap();
    }
    let _new = dir.create::<Job>("taken.mmstats");
    let outcome = dir.run(&["."]);
    let why = "in use, renamed by a removal that was killed: gets its name back";
    assert!(outcome.out.contains(&format!("kept ./live.mmstats: {why}\n")), "{}", outcome.out);
    let removed =
        format!("removed ./{}: left by a process that was killed\n", aside("dead.mmstats"));
    assert!(outcome.out.contains(&removed), "{}", outcome.out);
    let names = mmstats_testing::names(dir.root());
    assert_eq!(names, [&*aside("taken.mmstats"), "live.mmstats", "taken.mmstats"]);
}

// ---- What is never touched ----

#[test]
fn a_directory_that_is_a_symbolic_link_is_never_cleaned() {
    let dir = dir();
    fs::create_dir(dir.path("real")).unwrap();
    drop(dir.create::<Job>("job.mmstats"));
    fs::rename(dir.path("job.mmstats"), dir.path("real/job.mmstats")).unwrap();
    create_leftover(&dir, &format!("real/{LEFTOVER}"), b"", HOUR);
    symlink("real", dir.path("link")).unwrap();
    let before = mmstats_testing::names(dir.path("real"));
    for named in ["link", "link/", "./link//"] {
        let outcome = dir.run(&[named]);
        let why = "is a symbolic link, which is not followed: name the directory itself";
        assert_eq!(outcome.err, format!("cleanstats: {named}: {why}\n"));
        assert_eq!((outcome.code, outcome.out.as_str()), (2, "Removed 0  -  0 alive\n"));
    }
    for pattern in ["link/*.mmstats", "l*/*.mmstats", "link/job.mmstats"] {
        let outcome = dir.run(&[pattern]);
        assert!(
            outcome.err.contains("is in a symbolic link, which is not followed"),
            "{outcome:?}"
        );
        assert_eq!((outcome.code, outcome.out.as_str()), (2, "Removed 0  -  0 alive\n"));
    }
    let mut places = dir.command(&[]);
    places.env_remove("MMSTATS_PATH").env("MMSTATS_GLOB", dir.path("l*/*.mmstats"));
    let places = Outcome::of(&mut places);
    assert_eq!(
        (places.code, places.out.as_str()),
        (0, "Removed 0  -  0 alive\n"),
        "{}",
        places.err
    );
    assert_eq!(mmstats_testing::names(dir.path("real")), before);
    // A link on the way there, of this user, is another matter.
    symlink(".", dir.path("way")).unwrap();
    assert!(dir.run(&["way/real"]).out.ends_with("\nRemoved 2  -  0 alive\n"));
}

#[test]
fn links_directories_and_foreign_files_are_never_touched() {
    let dir = dir();
    drop(dir.create::<Job>("real.mmstats"));
    fs::rename(dir.path("real.mmstats"), dir.path("real")).unwrap();
    symlink("real", dir.path("link.mmstats")).unwrap();
    fs::create_dir(dir.path("folder.mmstats")).unwrap();
    fs::write(dir.path("foreign.mmstats"), "#!/bin/sh\n").unwrap();
    fs::write(dir.path("empty.mmstats"), "").unwrap();
    fs::write(dir.path("newer.mmstats"), [3; 4096]).unwrap();
    let before = mmstats_testing::names(dir.root());
    let scanned = dir.run(&["."]);
    assert_eq!((scanned.code, scanned.err.as_str()), (0, ""));
    assert_eq!(scanned.out, "Removed 0  -  0 alive\n");

    let named = dir.run(&["link.mmstats", "foreign.mmstats", "empty.mmstats", "newer.mmstats"]);
    assert_eq!((named.code, named.out.as_str()), (2, "Removed 0  -  0 alive\n"));
    let errors: Vec<&str> = named.err.lines().collect();
    assert_eq!(errors[0], "cleanstats: link.mmstats: is a symbolic link, which is not touched");
    for (line, name) in errors[1..].iter().zip(["foreign", "empty", "newer"]) {
        let start = format!("cleanstats: {name}.mmstats: byte 0: expected a statistics file");
        assert!(line.starts_with(&start), "{line}");
    }
    assert_eq!(mmstats_testing::names(dir.root()), before);

    // A directory stands for what is in it.
    fs::rename(dir.path("real"), dir.path("folder.mmstats/real.mmstats")).unwrap();
    assert!(dir.run(&["folder.mmstats"]).out.ends_with("\nRemoved 1  -  0 alive\n"));
    assert!(dir.exists("folder.mmstats"));
}

#[test]
fn a_broken_file_is_a_line_and_stays() {
    let dir = dir();
    drop(dir.create::<Job>("a.mmstats"));
    drop(dir.create::<Job>("b.mmstats"));
    let whole = fs::read(dir.path("a.mmstats")).unwrap();
    fs::write(dir.path("a.mmstats"), &whole[..4097]).unwrap();
    let outcome = dir.run(&["."]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.starts_with("cleanstats: ./a.mmstats: byte "), "{}", outcome.err);
    assert_eq!(mmstats_testing::names(dir.root()), ["a.mmstats"]);
}

// ---- What is wanted ----

#[test]
fn a_dry_run_removes_nothing() {
    let dir = dir();
    create_closed(&dir, "a.mmstats", 3 * HOUR);
    create_leftover(&dir, LEFTOVER, b"", HOUR);
    let outcome = dir.run(&["--dry-run", "."]);
    let a = format!("closed 3 h ago, PID {}", process::id());
    assert_eq!(
        without_runs(&outcome.out),
        format!(
            "would remove ./a.mmstats: {a}\n\
             would remove ./{LEFTOVER}: left by a process that was killed\n\
             Would remove 2  -  0 alive\n"
        )
    );
    assert_eq!(mmstats_testing::names(dir.root()), [LEFTOVER, "a.mmstats"]);
    assert_eq!(
        dir.run(&["."]).out,
        outcome.out.replace("would remove", "removed").replace("Would remove", "Removed")
    );
}

#[test]
fn what_is_younger_stays() {
    if mmstats_testing::skipped_in_container("what_is_younger_stays") {
        return;
    }
    let dir = dir();
    create_closed(&dir, "new.mmstats", HOUR);
    create_closed(&dir, "old.mmstats", 49 * HOUR);
    let free = free_pid();
    create_version_1(&dir, "new-1.mmstats", free, HOUR);
    create_version_1(&dir, "old-1.mmstats", free, 49 * HOUR);
    create_leftover(&dir, LEFTOVER, b"", HOUR);
    let outcome = dir.run(&["--older-than", "2d", "."]);
    let pid = process::id();
    let younger = "written less than 2 d ago";
    assert_eq!(
        without_runs(&outcome.out),
        format!(
            "kept ./new-1.mmstats: dead, PID {free}, last seen alive 1 h ago: {younger}\n\
             kept ./new.mmstats: closed 1 h ago, PID {pid}: {younger}\n\
             removed ./old-1.mmstats: dead, PID {free}, last seen alive 2 d 1 h ago\n\
             removed ./old.mmstats: closed 2 d 1 h ago, PID {pid}\n\
             Removed 2  -  0 alive\n"
        )
    );
    assert_eq!(mmstats_testing::names(dir.root()), [LEFTOVER, "new-1.mmstats", "new.mmstats"]);
    let wrong = dir.run(&["--older-than", "2y", "."]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("`15m`"), "{}", wrong.err);
}

#[test]
fn the_newest_of_each_command_stay() {
    if mmstats_testing::skipped_in_container("the_newest_of_each_command_stay") {
        return;
    }
    let dir = dir();
    let free = free_pid();
    for (hours, job) in [(1, "7"), (2, "13"), (3, "8")] {
        create_version_1(&dir, &format!("job-{job}.mmstats"), free, hours * HOUR);
        create_closed(&dir, &format!("{job}.mmstats"), hours * HOUR);
    }
    create_version_1(&dir, "other-7.mmstats", free, 9 * HOUR);
    let outcome = dir.run(&["--keep-last", "1", "."]);
    let out = without_runs(&outcome.out);
    let kept: Vec<_> = out.lines().filter_map(|line| line.strip_prefix("kept ./")).collect();
    let pid = process::id();
    let command = Reader::open(dir.path("7.mmstats")).unwrap().snapshot().unwrap();
    let command = command.writer().command().unwrap();
    assert_eq!(
        kept,
        [
            format!("7.mmstats: closed 1 h ago, PID {pid}: one of the newest 1 of {command}"),
            format!(
                "job-7.mmstats: dead, PID {free}, last seen alive 1 h ago: \
                 one of the newest 1 of job-*.mmstats"
            ),
            format!(
                "other-7.mmstats: dead, PID {free}, last seen alive 9 h ago: \
                 one of the newest 1 of other-*.mmstats"
            ),
        ]
    );
    assert!(outcome.out.ends_with("\nRemoved 4  -  0 alive\n"), "{}", outcome.out);
    assert_eq!(
        mmstats_testing::names(dir.root()),
        ["7.mmstats", "job-7.mmstats", "other-7.mmstats"]
    );
}

#[test]
fn the_default_places_are_cleaned() {
    let dir = dir();
    create_closed(&dir, "a.mmstats", HOUR);
    create_leftover(&dir, LEFTOVER, b"", HOUR);
    assert!(dir.run(&[]).out.ends_with("\nRemoved 2  -  0 alive\n"));
    let nothing = dir.run(&[]);
    assert_eq!((nothing.code, nothing.out.as_str()), (0, "Removed 0  -  0 alive\n"));
    assert!(nothing.err.starts_with("cleanstats: nothing matches "), "{}", nothing.err);
}

#[test]
fn mmstats_clean_is_the_same() {
    let dir = Dir::new(&[env!("CARGO_BIN_EXE_mmstats"), "clean"]);
    create_closed(&dir, "a.mmstats", HOUR);
    assert!(dir.run(&["."]).out.ends_with("\nRemoved 1  -  0 alive\n"));
}

#[test]
fn help_lists_the_exit_codes() {
    let help = dir().run(&["--help"]);
    assert_eq!(help.code, 0);
    assert!(help.out.contains("Exit status:\n") && help.out.contains("Examples:\n"));
}

// ---- What killed creations leave ----

const LEFTOVER: &str = ".0123456789abcdef.mmstats.tmp";

fn create_leftover(dir: &Dir, name: &str, bytes: &[u8], age: Duration) -> File {
    fs::write(dir.path(name), bytes).unwrap();
    let file = File::options().write(true).open(dir.path(name)).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
    file
}

#[test]
fn what_killed_creations_left_goes() {
    let dir = dir();
    drop(dir.create::<Job>("a.mmstats"));
    let whole = fs::read(dir.path("a.mmstats")).unwrap();
    create_leftover(&dir, ".0000000000000001.mmstats.tmp", b"", HOUR);
    create_leftover(&dir, ".0000000000000002.mmstats.tmp", &[0; 8192], HOUR);
    create_leftover(&dir, ".0000000000000003.mmstats.tmp", &whole, HOUR);
    let outcome = dir.run(&["."]);
    assert!(outcome.out.ends_with("\nRemoved 4  -  0 alive\n"), "{}", outcome.out);
    assert_eq!(mmstats_testing::names(dir.root()), [""; 0]);
}

#[test]
fn what_may_be_in_use_stays() {
    let dir = dir();
    // Perhaps being created right now.
    create_leftover(&dir, ".0000000000000001.mmstats.tmp", b"", Duration::ZERO);
    let locked = create_leftover(&dir, ".0000000000000002.mmstats.tmp", b"", HOUR);
    locked.lock().unwrap();
    // Somebody else's.
    create_leftover(&dir, ".0000000000000003.mmstats.tmp", b"#!/bin/sh", HOUR);
    create_leftover(&dir, ".000000000000000x.mmstats.tmp", b"", HOUR);
    create_leftover(&dir, ".0000000000000003.tmp", b"", HOUR);
    create_leftover(&dir, "a.mmstats.0000000000000003.tmp", b"", HOUR);
    symlink("nowhere", dir.path(".0000000000000004.mmstats.tmp")).unwrap();
    let before = mmstats_testing::names(dir.root());
    let outcome = dir.run(&["."]);
    assert_eq!((outcome.code, outcome.out.as_str()), (0, "Removed 0  -  0 alive\n"));
    assert_eq!(mmstats_testing::names(dir.root()), before);
}
