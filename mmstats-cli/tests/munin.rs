//! `mmstats munin`: its answers, and that Munin's node runs it.

mod tool;

use std::fs;
use std::mem::offset_of;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{self, Command};
use std::time::Duration;

use mmstats::__private_0_1::format::header::{VITALS_OFFSET, VitalsBytes};
use mmstats::{Average, Constant, Counter, Gauge, Histogram, MmStats, Reader, Text, Timer, UpDown};
use tool::{Dir, Outcome, free_pid, version_1_with};

#[derive(MmStats)]
struct Job {
    /// Users processed
    /// so far, # 1 and on.
    done: Counter,
    in_flight: UpDown,
    #[mmstats(unit = "bytes")]
    size: Gauge<u64>,
    #[mmstats(name = "2xx.rate")]
    rate: Gauge<f64>,
    user: Text<16>,
    tries: Average,
    /// Time in the other database.
    step: Timer,
    #[mmstats(initial = 8)]
    threads: Constant<u32>,
}

fn dir() -> Dir {
    Dir::new(&[env!("CARGO_BIN_EXE_mmstats"), "munin"])
}

/// Asks the plugin, with these settings.
fn ask(dir: &Dir, request: &[&str], settings: &[(&str, &str)]) -> Outcome {
    Outcome::of(dir.command(request).envs(settings.iter().copied()))
}

fn said(outcome: Outcome) -> String {
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    outcome.out
}

fn fill(job: &Job) {
    job.done.add(8_123);
    job.in_flight.sub(3);
    job.size.set(4096);
    job.rate.set(0.25);
    for ms in [1, 2, 2, 3, 40] {
        job.step.record(Duration::from_millis(ms));
    }
}

const CONFIG: &str = "\
graph_title mmstats
graph_category mmstats
graph_args --base 1000
graph_vlabel value, or rate per ${graph_period}
done.label done
done.info Users processed so far, _ 1 and on.
done.type DERIVE
done.min 0
in_flight.label in_flight
in_flight.type GAUGE
size.label size (bytes)
size.type GAUGE
_2xx_rate.label 2xx.rate
_2xx_rate.type GAUGE
tries.label tries
tries.type GAUGE
step_mean.label step mean
step_mean.info Mean of the latest samples. Time in the other database.
step_mean.type GAUGE
step_p99.label step p99
step_p99.info Of all samples. Time in the other database.
step_p99.type GAUGE
";

const VALUES: &str = "\
done.value 8123
in_flight.value -3
size.value 4096
_2xx_rate.value 0.25
tries.value U
step_mean.value 0.0096
step_p99.value 0.04
";

#[test]
fn quantiles_of_a_histogram_are_drawn_in_its_unit() {
    #[derive(MmStats)]
    struct Web {
        #[mmstats(unit = "bytes")]
        answer: Histogram,
    }
    let dir = dir();
    let web = dir.create::<Web>("a.mmstats");
    web.answer.record_n(200, 90);
    web.answer.record_n(4_096, 10);
    let of = |request: &[&str]| said(ask(&dir, request, &[("fields", "answer")]));
    assert_eq!(of(&[]), "answer_mean.value 589.6\nanswer_p99.value 4096\n");
    let config = of(&["config"]);
    for line in
        ["graph_args --base 1024", "graph_vlabel bytes", "answer_p99.label answer p99 (bytes)"]
    {
        assert!(config.lines().any(|found| found == line), "{config}");
    }
}

#[test]
fn it_answers_as_a_plugin_does() {
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    fill(&job);
    assert_eq!(said(dir.run(&["config"])), CONFIG);
    assert_eq!(said(dir.run(&[])), VALUES);
    assert_eq!(said(dir.run(&["fetch"])), VALUES);
    assert_eq!(said(dir.run(&[""])), VALUES);
    assert_eq!(said(dir.run(&["autoconf"])), "yes\n");
    assert_eq!(
        said(ask(&dir, &["autoconf"], &[("files", "none")])),
        "no (there are no statistics files)\n"
    );
    assert_eq!(dir.run(&["frobnicate"]).code, 2);
}

#[test]
fn settings_are_in_the_environment() {
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    fill(&job);
    let of = |request: &[&str], settings: &[(&str, &str)]| said(ask(&dir, request, settings));
    let settings = [
        ("files", "a.mmstats"),
        ("fields", "done"),
        ("title", "Users\nmoved"),
        ("vlabel", "users per ${graph_period}"),
        ("category", "jobs"),
        ("args", "--base 1000 -l 0"),
        ("info", "How far it is."),
        ("done_warning", "1:"),
    ];
    assert_eq!(
        of(&["config"], &settings),
        "graph_title Users moved\n\
         graph_category jobs\n\
         graph_args --base 1000 -l 0\n\
         graph_vlabel users per ${graph_period}\n\
         graph_info How far it is.\n\
         done.label done\n\
         done.info Users processed so far, _ 1 and on.\n\
         done.type DERIVE\n\
         done.min 0\n\
         done.warning 1:\n"
    );
    assert_eq!(of(&[], &settings), "done.value 8123\n");
    assert_eq!(
        of(&[], &[("fields", "thr* user sys.pid")]),
        format!("sys_pid.value {}\nthreads.value 8\n", process::id())
    );
    assert_eq!(
        of(&[], &[("fields", "step"), ("quantiles", "0.999 1")]),
        "step_mean.value 0.0096\nstep_p99_9.value 0.04\nstep_p100.value 0.04\n"
    );
    let vlabel = |fields: &str| {
        let config = of(&["config"], &[("fields", fields)]);
        let line = config.lines().find_map(|line| line.strip_prefix("graph_vlabel "));
        line.unwrap().to_owned()
    };
    assert_eq!(vlabel("done"), "per ${graph_period}");
    assert_eq!(vlabel("step"), "seconds");
    assert_eq!(vlabel("size"), "bytes");
    assert_eq!(vlabel("size in_flight"), "value");
    assert!(of(&["config"], &[("fields", "size")]).contains("graph_args --base 1024\n"));

    let wrong = ask(&dir, &[], &[("fields", "done a***"), ("quantiles", "99"), ("merge", "x")]);
    assert_eq!((wrong.code, wrong.out.as_str()), (0, "done.value 8123\n"));
    assert_eq!(wrong.err.lines().count(), 3, "{}", wrong.err);
}

#[test]
fn counts_are_of_all_files_and_the_rest_of_those_that_live() {
    let dir = dir();
    let jobs = ["a", "b", "c"].map(|name| dir.create::<Job>(&format!("{name}.mmstats")));
    for (job, number) in jobs.iter().zip([3u32, 5, 70]) {
        job.done.add(number.into());
        job.in_flight.add(number.into());
        job.size.set(number.into());
    }
    let [a, b, c] = jobs;
    let settings = [("fields", "done in_flight size"), ("merge", "sum")];
    let of = || said(ask(&dir, &[], &settings));
    assert_eq!(of(), "done.value 78\nin_flight.value 78\nsize.value 78\n");
    drop(c);
    assert_eq!(of(), "done.value 78\nin_flight.value 8\nsize.value 8\n");
    drop((a, b));
    assert_eq!(of(), "done.value 78\nin_flight.value U\nsize.value U\n");
}

#[test]
fn gauges_of_several_writers_are_added_and_other_policies_named() {
    let dir = dir();
    let jobs = ["a", "b"].map(|name| dir.create::<Job>(&format!("{name}.mmstats")));
    for (job, size, rate) in [(&jobs[0], 3, 0.5), (&jobs[1], 4, 0.25)] {
        job.size.set(size);
        job.rate.set(rate);
    }
    let of = |request: &str, merge: &str| {
        said(ask(&dir, &[request], &[("fields", "size 2xx*"), ("merge", merge)]))
    };
    assert_eq!(of("fetch", ""), "size.value 7\n_2xx_rate.value 0.75\n");
    assert_eq!(of("fetch", "max"), "size.value 4\n_2xx_rate.value 0.5\n");
    assert!(of("config", "").contains("\nsize.label size (bytes)\n"));
    assert!(of("config", "max").contains("\nsize.label size max (bytes)\n"));
}

#[test]
fn missing_threads_are_noted() {
    let dir = dir();
    drop(dir.create::<Job>("a.mmstats"));
    let lost = VITALS_OFFSET + offset_of!(VitalsBytes, lanes_lost);
    dir.patch("a.mmstats", lost, &3u64.to_le_bytes());
    let outcome = ask(&dir, &[], &[("fields", "done")]);
    assert_eq!((outcome.code, outcome.out.as_str()), (0, "done.value 0\n"));
    let note = "a.mmstats: 3 threads are missing: the file could not be extended\n";
    assert!(outcome.err.ends_with(note), "{}", outcome.err);
}

#[test]
fn files_of_version_1_are_shown() {
    let dir = dir();
    for (name, pid, done) in [("a.mmstats", process::id(), 3u64), ("b.mmstats", free_pid(), 5)] {
        let constants = [("org.sys.pid", "I", &pid.to_le_bytes()[..])];
        let fields = [
            ("org.done", "Q", &done.to_le_bytes()[..]),
            ("org done", "Q", &done.to_le_bytes()),
            ("org.mean", "d", &0.5f64.to_le_bytes()),
        ];
        fs::write(dir.path(name), version_1_with(&constants, &fields)).unwrap();
    }
    let settings = [("counters", "*done"), ("fields", "org*")];
    let config = said(ask(&dir, &["config"], &settings));
    let values = said(ask(&dir, &[], &settings));
    let [pid, done, done_too, mean] = values.lines().collect::<Vec<_>>()[..] else { panic!() };
    assert_eq!(pid, format!("org_sys_pid.value {}", process::id()));
    assert_eq!(mean, "org_mean.value 0.5");
    // Two labels of which the same name could be made.
    for line in [done, done_too] {
        let (name, value) = line.split_once('.').unwrap();
        assert_eq!((name.len(), value), ("org_done_01234567".len(), "value 8"));
        assert!(config.contains(&format!("\n{name}.type DERIVE\n{name}.min 0\n")), "{config}");
    }
    assert_ne!(done, done_too);
    // The files do not tell counts from gauges: by default there are no counts.
    assert!(!said(ask(&dir, &["config"], &[])).contains("DERIVE"));
}

#[test]
fn constants_of_version_1_are_not_drawn_and_never_added() {
    let dir = dir();
    let pid = process::id().to_le_bytes();
    for name in ["a.mmstats", "b.mmstats"] {
        let constants = [
            ("sys.pid", "I", &pid[..]),
            ("port", "I", &8080u32.to_le_bytes()),
            ("limit", "Q", &100u64.to_le_bytes()),
            ("scale", "d", &1.5f64.to_le_bytes()),
        ];
        let fields = [("done", "Q", &3u64.to_le_bytes()[..])];
        fs::write(dir.path(name), version_1_with(&constants, &fields)).unwrap();
    }
    assert_eq!(said(dir.run(&[])), "done.value 6\n");
    let settings = [("fields", "port limit scale"), ("counters", "*")];
    let values = "port.value 8080\nlimit.value 100\nscale.value 1.5\n";
    assert_eq!(said(ask(&dir, &[], &settings)), values);
}

#[test]
fn the_present_is_that_of_live_files_of_version_1() {
    let dir = dir();
    for (name, pid, size) in [("a.mmstats", process::id(), 3u64), ("b.mmstats", free_pid(), 5)] {
        let constants = [("sys.pid", "I", &pid.to_le_bytes()[..])];
        let fields = [("size", "Q", &size.to_le_bytes()[..])];
        fs::write(dir.path(name), version_1_with(&constants, &fields)).unwrap();
    }
    assert_eq!(said(dir.run(&[])), "size.value 3\n");
    assert_eq!(said(ask(&dir, &[], &[("counters", "size")])), "size.value 8\n");
    assert_eq!(said(ask(&dir, &[], &[("files", "b.mmstats")])), "size.value U\n");
}

#[test]
fn a_bad_file_is_a_line_and_not_the_end() {
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    job.done.add(3);
    fs::write(dir.path("b.mmstats"), "bad").unwrap();
    let outcome = ask(&dir, &[], &[("fields", "done")]);
    assert_eq!((outcome.code, outcome.out.as_str()), (0, "done.value 3\n"));
    assert!(outcome.err.contains("b.mmstats: byte 0: "), "{}", outcome.err);
    assert_eq!(ask(&dir, &[], &[("files", "b.mmstats")]).code, 2);
    assert_eq!(ask(&dir, &[], &[("files", "*.none")]).code, 1);
}

#[test]
fn a_mistyped_field_is_reported() {
    let dir = dir();
    let _job = dir.create::<Job>("a.mmstats");
    for request in ["config", "fetch"] {
        let outcome = ask(&dir, &[request], &[("fields", "done dnoe"), ("counters", "x*")]);
        let mistyped = "fields: no file has a field `dnoe`: did you mean `done`?\n";
        assert!(outcome.err.contains(mistyped), "{}", outcome.err);
        assert!(outcome.err.contains("counters: no file has a field `x*`: "), "{}", outcome.err);
        assert_eq!(outcome.code, 0);
    }
}

#[test]
fn foreign_text_is_harmless() {
    let dir = dir();
    let label = "a\n.label #\u{1b}[2J\\";
    let file = version_1_with(&[], &[(label, "Q", &[7, 0, 0, 0, 0, 0, 0, 0])]);
    fs::write(dir.path("a.mmstats"), file).unwrap();
    let config = said(dir.run(&["config"]));
    assert!(
        config.ends_with(
            "\na__label____2J_.label a .label _/u{1b}[2J/\na__label____2J_.type GAUGE\n"
        ),
        "{config}"
    );
    assert_eq!(said(dir.run(&[])), "a__label____2J_.value 7\n");
}

#[test]
fn a_link_shows_the_program_whose_name_it_has() {
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    job.done.add(3);
    let command = Reader::open(dir.path("a.mmstats")).unwrap().snapshot().unwrap();
    let command = command.writer().command().unwrap();
    let name: String = command.replace(|char: char| !char.is_ascii_alphanumeric(), "_");
    assert_eq!(said(dir.run(&["suggest"])), format!("{name}\n"));
    let pid = process::id();
    let constants = [("sys.pid", "I", &pid.to_le_bytes()[..])];
    let fields = [("old", "Q", &[7, 0, 0, 0, 0, 0, 0, 0][..])];
    fs::write(dir.path("web-1-2.mmstats"), version_1_with(&constants, &fields)).unwrap();
    let ask = |plugin: &str, request: &str| {
        let link = dir.path(plugin);
        symlink(env!("CARGO_BIN_EXE_mmstats"), &link).unwrap();
        let program = [link.to_str().unwrap(), request];
        let outcome = said(Outcome::of(&mut dir.program(&program)));
        fs::remove_file(link).unwrap();
        outcome
    };
    let own = ask(&format!("mmstats_{name}"), "fetch");
    assert!(own.starts_with("done.value 3\n") && !own.contains("old.value"), "{own}");
    assert_eq!(ask("mmstats_web", "fetch"), "old.value 7\n");
    let config = ask("mmstats_web", "config");
    assert!(config.starts_with("graph_title mmstats: web\n"), "{config}");
}

#[test]
fn help_has_a_stanza() {
    let help = said(dir().run(&["--help"]));
    assert!(help.contains("[mmstats_web]\n") && help.contains("Exit status:\n"), "{help}");
}

// ---- The real thing ----

#[test]
fn munin_node_runs_it() {
    let test = "munin_node_runs_it";
    let munin_run = Path::new("/usr/sbin/munin-run");
    if !munin_run.exists() {
        return mmstats_testing::skipped(test, "munin-node is not installed");
    }
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    fill(&job);
    let plugins = dir.path("plugins");
    fs::create_dir(&plugins).unwrap();
    symlink(env!("CARGO_BIN_EXE_mmstats"), plugins.join("mmstats_users")).unwrap();
    fs::write(dir.path("node.conf"), "log_level 4\nhost *\nport 4949\n").unwrap();
    let user = Command::new("id").arg("-un").output().unwrap().stdout;
    let user = String::from_utf8(user).unwrap();
    let stanza = format!(
        "[mmstats_*]\nuser {user}\nenv.files {}\nenv.fields done step\nenv.title Users\n",
        dir.path("*.mmstats").display()
    );
    fs::write(dir.path("stanza"), stanza).unwrap();
    let run = |request: &[&str]| {
        let mut command = Command::new(munin_run);
        command.arg("--config").arg(dir.path("node.conf"));
        command.arg("--servicedir").arg(&plugins);
        command.arg("--sconffile").arg(dir.path("stanza"));
        command.arg("--ignore-systemd-properties").arg("mmstats_users").args(request);
        // Who is not root is warned.
        let out = said(Outcome::of(&mut command));
        out.lines()
            .filter(|line| !line.starts_with('#'))
            .fold(String::new(), |all, line| all + line + "\n")
    };
    let config = run(&["config"]);
    assert!(config.starts_with("graph_title Users\n"), "{config}");
    assert!(config.contains("\ndone.type DERIVE\ndone.min 0\n"), "{config}");
    assert_eq!(run(&[]), "done.value 8123\nstep_mean.value 0.0096\nstep_p99.value 0.04\n");
    assert_eq!(run(&["autoconf"]), "yes\n");
}
