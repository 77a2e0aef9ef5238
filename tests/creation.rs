//! Creation: names, places, permissions, and failures.

use std::env;
use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Barrier, LazyLock, Mutex};
use std::thread;

use mmstats::{
    Builder, Constant, ConstantText, Counter, CreateError, CreateErrorKind, Detached, Follower,
    Listing, Mapped, MmStats, Reader, Scalar, Snapshot, State, UpDown, Value, Warning,
    default_globs,
};
use mmstats_testing::{Child, again, names, role, say, skipped, unshare, wait_for_parent, wrapped};
use rustix::process::{Resource, Rlimit};
use tempfile::{TempDir, tempdir, tempdir_in};

#[derive(MmStats)]
struct Stats {
    done: Counter,
    open: UpDown,
    #[mmstats(initial = 80)]
    port: Constant<u16>,
    version: ConstantText<16>,
}

fn snapshot(path: impl AsRef<Path>) -> Snapshot {
    Reader::open(path).unwrap().snapshot().unwrap()
}

fn snapshot_of(stats: &Mapped<Stats>) -> Snapshot {
    snapshot(stats.path().unwrap())
}

/// Returns a builder, and the directory that it creates in.
fn builder() -> (TempDir, Builder<Stats>) {
    let directory = tempdir().unwrap();
    let builder = Stats::builder().directory(directory.path());
    (directory, builder)
}

/// Returns why there is no file.
fn reason(stats: &Mapped<Stats>) -> &CreateError {
    match stats.detached() {
        Some(Detached::Failed(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// Returns the reason for a failed creation.
fn refusal(builder: Builder<Stats>) -> String {
    builder.create().unwrap_err().kind().to_string()
}

/// Returns the reason for a failed creation under this name, which leaves no file behind.
fn refusal_of_name(filename: &str) -> String {
    let (directory, builder) = builder();
    let refusal = refusal(builder.file(filename));
    assert_eq!(names(directory.path()), [""; 0]);
    refusal
}

// Names.

#[test]
fn placeholders_in_a_name_are_replaced() {
    let (directory, builder) = builder();
    let stats = builder.file("{CMD}-{PID}-{TID}.mmstats").create().unwrap();
    let command = env::current_exe().unwrap();
    let command = command.file_name().unwrap().to_str().unwrap();
    let tid = snapshot_of(&stats).writer().tid().unwrap();
    let expected = format!("{command}-{}-{tid}.mmstats", process::id());
    assert_eq!(names(directory.path()), [expected]);
}

#[test]
fn the_default_name_has_command_process_and_thread() {
    let directory = tempdir().unwrap();
    let mut child = Child::spawn(
        again("child_says_where_it_writes", directory.path()).env("MMSTATS_PATH", directory.path()),
    );
    let path = PathBuf::from(child.hear());
    let writer = snapshot(&path).writer().clone();
    let (command, pid, tid) = (writer.command().unwrap(), writer.pid(), writer.tid());
    let expected = format!("{command}-{}-{}.mmstats", pid.unwrap(), tid.unwrap());
    assert_eq!(path.file_name().unwrap(), expected.as_str());
    child.end_well();
}

#[test]
fn placeholders_in_a_path_are_replaced() {
    let directory = tempdir().unwrap();
    let own = directory.path().join(process::id().to_string());
    fs::create_dir(&own).unwrap();
    let stats = Stats::builder().directory(directory.path().join("{PID}"));
    let stats = stats.file("w.mmstats").create().unwrap();
    assert_eq!(stats.path(), Some(own.join("w.mmstats").as_path()));
}

#[test]
fn mistakes_in_a_template_are_named() {
    assert_eq!(
        refusal_of_name("w-{pid}.mmstats"),
        "unknown placeholder `{pid}`: expected {CMD}, {PID} or {TID}"
    );
    assert_eq!(
        refusal_of_name("w-{PID.mmstats"),
        "byte 2: unmatched brace: expected {CMD}, {PID} or {TID}"
    );
    assert_eq!(
        refusal_of_name("w-PID}.mmstats"),
        "byte 5: unmatched brace: expected {CMD}, {PID} or {TID}"
    );
    let path = Stats::builder().directory("/tmp/{HOST}").create().unwrap_err();
    let expected = "/tmp/{HOST}: unknown placeholder `{HOST}`: expected {CMD}, {PID} or {TID}";
    assert_eq!(path.to_string(), expected);
}

#[test]
fn a_name_that_leads_elsewhere_is_refused() {
    for name in ["a/b.mmstats", "../b.mmstats", "/b.mmstats", "b/", "..", "."] {
        let expected = format!("`{name}` is not a file name: set the directory with `directory`");
        assert_eq!(refusal_of_name(name), expected);
    }
    assert!(refusal_of_name("").starts_with("`` is not a file name"));
    assert!(refusal_of_name("a\0b.mmstats").contains("NUL byte"));
}

#[test]
fn a_name_that_the_tools_would_not_find_is_refused() {
    for name in ["w", "w.stats", "w.mmstats.old"] {
        let expected = format!(
            "`{name}` does not end in `.mmstats`: the tools would not find it, so add that"
        );
        assert_eq!(refusal_of_name(name), expected);
    }
}

#[test]
fn a_name_may_be_as_long_as_the_file_system_allows() {
    let (directory, builder) = builder();
    let name = format!("{}.mmstats", "n".repeat(255 - ".mmstats".len()));
    let stats = builder.file(&name).create();
    assert!(stats.is_ok(), "{}", stats.unwrap_err().kind());
    assert_eq!(names(directory.path()), [name]);
}

// The environment.

#[test]
fn child_says_where_it_writes() {
    let Some(_) = role("child_says_where_it_writes") else {
        return;
    };
    let stats = Stats::create();
    match &stats {
        Ok(stats) => say(stats.path().unwrap().display()),
        Err(error) => say(error),
    }
    say(default_globs().join(" "));
    wait_for_parent();
}

/// Returns where a child with these variables writes, and where tools look.
fn with_environment(directory: &Path, variables: &[(&str, &str)]) -> [String; 2] {
    let mut command = again("child_says_where_it_writes", directory);
    command.env("MMSTATS_PATH", directory);
    let mut child = Child::spawn(command.envs(variables.iter().copied()));
    let said = [child.hear(), child.hear()];
    child.end_well();
    said
}

#[test]
fn the_environment_gives_path_and_name() {
    let directory = tempdir().unwrap();
    let [written, looked] = with_environment(directory.path(), &[("MMSTATS_FILES", "w.mmstats")]);
    let path = directory.path().to_str().unwrap();
    assert_eq!(written, format!("{path}/w.mmstats"));
    assert_eq!(looked, format!("{path}/*.mmstats"));
}

#[test]
fn templates_in_the_environment_are_expanded() {
    let directory = tempdir().unwrap();
    let [written, _] = with_environment(directory.path(), &[("MMSTATS_FILES", "w-{PID}.mmstats")]);
    let pid = snapshot(&written).writer().pid().unwrap();
    assert!(written.ends_with(&format!("/w-{pid}.mmstats")));
}

#[test]
fn tools_look_where_a_template_leads() {
    let directory = tempdir().unwrap();
    let command = env::current_exe().unwrap();
    let command = command.file_name().unwrap().to_str().unwrap();
    fs::create_dir(directory.path().join(command)).unwrap();
    let path = directory.path().to_str().unwrap();
    let template = format!("{path}/{{CMD}}");
    let [written, looked] = with_environment(directory.path(), &[("MMSTATS_PATH", &template)]);
    assert!(written.starts_with(&format!("{path}/{command}/{command}-")), "{written}");
    assert_eq!(looked, format!("{path}/*/*.mmstats"));
}

#[test]
fn mistakes_in_the_environment_are_named() {
    let directory = tempdir().unwrap();
    let [error, _] = with_environment(directory.path(), &[("MMSTATS_FILES", "{HOST}")]);
    assert!(error.starts_with("{HOST}: unknown placeholder `{HOST}`"), "{error}");
    let [error, _] = with_environment(directory.path(), &[("MMSTATS_FILES", "a/b")]);
    assert!(error.contains("`a/b` is not a file name"), "{error}");
    assert_eq!(names(directory.path()), [""; 0]);
}

#[test]
fn the_environment_sets_where_tools_search() {
    let directory = tempdir().unwrap();
    let glob = ("MMSTATS_GLOB", "/srv/*/web-*.mmstats");
    let [_, looked] = with_environment(directory.path(), &[glob]);
    assert_eq!(looked, "/srv/*/web-*.mmstats");
}

#[test]
fn an_empty_variable_is_none() {
    let directory = tempdir().unwrap();
    let empty = [("MMSTATS_FILES", ""), ("MMSTATS_GLOB", "")];
    let [written, looked] = with_environment(directory.path(), &empty);
    assert!(written.ends_with(".mmstats"), "{written}");
    assert_eq!(looked, format!("{}/*.mmstats", directory.path().display()));
}

#[test]
fn child_prefers_what_the_program_says() {
    let Some(directory) = role("child_prefers_what_the_program_says") else {
        return;
    };
    let stats = Stats::builder().directory(&directory).file("w.mmstats");
    let stats = stats.create().unwrap();
    assert_eq!(stats.path(), Some(directory.join("w.mmstats").as_path()));
}

#[test]
fn the_program_overrides_the_environment() {
    let directory = tempdir().unwrap();
    let mut command = again("child_prefers_what_the_program_says", directory.path());
    let command = command.env("MMSTATS_PATH", "/nowhere").env("MMSTATS_FILES", "{nothing}");
    Child::spawn(command).end_well();
    assert_eq!(names(directory.path()), ["w.mmstats"]);
}

// Users.

/// Runs the command as an ordinary user; returns `None` if that is not possible here.
fn as_ordinary_user(command: &mut Command) -> Option<u32> {
    const NOBODY: u32 = 65534;
    let own = rustix::process::geteuid();
    if !own.is_root() {
        return Some(own.as_raw()).filter(|uid| *uid >= 1000);
    }
    let mut tried = Command::new(env::current_exe().unwrap());
    let tried = tried.arg("--list").uid(NOBODY).gid(NOBODY).current_dir("/");
    let may = tried.stdout(Stdio::null()).status();
    command.uid(NOBODY).gid(NOBODY).current_dir("/");
    may.is_ok_and(|status| status.success()).then_some(NOBODY)
}

/// Returns a directory where every user can create files.
fn public() -> TempDir {
    let directory = tempdir().unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o777)).unwrap();
    directory
}

// Relative paths.

#[test]
fn child_changes_its_directory() {
    let Some(directory) = role("child_changes_its_directory") else {
        return;
    };
    for name in ["start", "start/kept", "elsewhere", "gone"] {
        fs::create_dir(directory.join(name)).unwrap();
    }
    let create = |name: &str, remove: bool| {
        env::set_current_dir(directory.join("start")).unwrap();
        let builder = Stats::builder().directory(".").file(name).remove_on_drop(remove);
        let stats = builder.checkpoint_to("kept").create().unwrap();
        env::set_current_dir(directory.join("elsewhere")).unwrap();
        stats
    };
    let start = directory.join("start");
    let stats = create("a.mmstats", false);
    assert_eq!(stats.path(), Some(start.join("a.mmstats").as_path()));
    stats.done.inc();
    stats.flush().unwrap();
    let kept = start.join("kept").join("a.mmstats");
    assert_eq!(stats.checkpoint().as_deref(), Some(kept.as_path()));
    assert_eq!(snapshot(&kept).get("done"), Some(&Value::Counter(1)));
    stats.remove().unwrap();
    drop(stats);
    assert_eq!(names(&start), ["kept"], "it was removed");
    drop(create("b.mmstats", true));
    assert_eq!(names(&start), ["kept"], "it was removed when dropped");
    assert_eq!(names(start.join("kept")), [""; 0]);
    assert_eq!(names(directory.join("elsewhere")), [""; 0]);

    let gone = directory.join("gone");
    env::set_current_dir(&gone).unwrap();
    fs::remove_dir(&gone).unwrap();
    let error = Stats::builder().directory(".").create().unwrap_err();
    assert_eq!(
        error.to_string(),
        ".: cannot find the current directory: No such file or directory (os error 2)"
    );
    // An absolute path does not need one.
    let stats = Stats::builder().directory(&start).create().unwrap();
    stats.remove().unwrap();
    say("done");
}

#[test]
fn a_relative_path_stays_the_same_after_chdir() {
    let directory = tempdir().unwrap();
    let directory = directory.path().canonicalize().unwrap();
    let mut child = Child::spawn(&mut again("child_changes_its_directory", &directory));
    assert_eq!(child.hear(), "done");
    child.end_well();
}

// Labels.

#[test]
fn a_prefix_comes_before_all_labels() {
    let (_directory, builder) = builder();
    let stats = builder.prefix("web.").create().unwrap();
    let snapshot = snapshot_of(&stats);
    let labels: Vec<_> = snapshot.stats().map(|stat| stat.key().as_str()).collect();
    let expected = [
        "web.sys.pid",
        "web.sys.tid",
        "web.sys.uid",
        "web.sys.gid",
        "web.sys.created",
        "web.done",
        "web.open",
        "web.port",
        "web.version",
    ];
    assert_eq!(labels, expected);
}

#[derive(MmStats)]
struct Nothing;

#[derive(MmStats)]
struct LongLabel {
    a_label_of_21_letters: Counter,
}

#[test]
fn a_label_that_its_prefix_makes_too_long_is_refused() {
    let directory = tempdir().unwrap();
    let with_prefix = |len| {
        let builder = LongLabel::builder().directory(directory.path());
        builder.prefix("p".repeat(len)).create()
    };
    // No message prints all of the text.
    let expected = format!(
        "`{}…` is 1025 bytes long: the limit is 1024 for a name and 1024 for its labels",
        "p".repeat(60)
    );
    assert_eq!(with_prefix(1004).unwrap_err().kind().to_string(), expected);
    assert_eq!(names(directory.path()), [""; 0]);

    let stats = with_prefix(1003).unwrap();
    stats.a_label_of_21_letters.inc();
    let snapshot = snapshot(stats.path().unwrap());
    assert_eq!(
        snapshot.get(format!("{}a_label_of_21_letters", "p".repeat(1003))),
        Some(&Value::Counter(1))
    );
}

#[test]
fn the_labels_of_the_header_have_the_same_limits() {
    let refused = |prefix: &str| {
        let directory = tempdir().unwrap();
        let builder = Nothing::builder().directory(directory.path());
        let error = builder.prefix(prefix).create();
        let error = error.expect_err("such a prefix is refused").kind().to_string();
        assert_eq!(names(directory.path()), [""; 0]);
        error
    };
    let expected = format!(
        "`{}…` is 1025 bytes long: the limit is 1024 for a name and 1024 for its labels",
        "p".repeat(60)
    );
    assert_eq!(refused(&"p".repeat(1014)), expected);
    assert!(refused(&"é".repeat(40_000)).starts_with(&format!("`{}…` is", "é".repeat(60))));
    assert_eq!(refused("a\nb."), r"the name `a\nb.sys.pid` contains a control character");
    assert_eq!(refused("a{b."), "the name `a{b.sys.pid` contains `{`, which starts labels");
}

#[test]
fn a_prefix_with_a_control_character_is_refused() {
    for (prefix, shown) in [("a\n", r"a\n"), ("\u{1b}[2J", r"\u{1b}[2J"), ("\u{9b}", r"\u{9b}")] {
        let (directory, builder) = builder();
        let refusal = refusal(builder.prefix(prefix));
        assert!(refusal.starts_with(&format!("the name `{shown}")), "{refusal}");
        assert!(refusal.ends_with("` contains a control character"), "{refusal}");
        assert_eq!(names(directory.path()), [""; 0]);
    }
}

#[test]
fn a_name_used_twice_is_refused() {
    #[derive(MmStats)]
    struct Pool {
        pid: Counter,
    }

    #[derive(MmStats)]
    struct Twice {
        pid: Counter,
        #[mmstats(flatten)]
        pool: Pool,
    }

    #[derive(MmStats)]
    struct Fact {
        #[mmstats(flatten, prefix = "sys.")]
        pool: Pool,
    }

    fn refused<S: MmStats>() -> String {
        let directory = tempdir().unwrap();
        let builder = S::builder().directory(directory.path()).prefix("web.");
        let error = builder.create().map(drop).unwrap_err();
        assert_eq!(names(directory.path()), [""; 0]);
        error.kind().to_string()
    }
    assert_eq!(refused::<Twice>(), "`web.pid` is used twice");
    assert_eq!(refused::<Fact>(), "`web.sys.pid` is used twice");
    let directory = tempdir().unwrap();
    let detached = Twice::builder().directory(directory.path()).create_or_detached();
    detached.pid.inc();
    detached.pool.pid.add(2);
    assert_eq!(detached.total(|stats| &stats.pid), 1);
    assert_eq!(detached.total(|stats| &stats.pool.pid), 2);
}

#[test]
fn what_no_reader_would_read_is_refused() {
    #[derive(MmStats)]
    struct Crowd {
        _many: [Counter; 1_048_577],
    }

    #[derive(MmStats)]
    struct Deep {
        #[mmstats(
            key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        )]
        _rows: [Counter; 1],
    }

    fn refused<S: MmStats>() -> String {
        let directory = tempdir().unwrap();
        let error = S::builder().directory(directory.path()).create().map(drop).unwrap_err();
        assert_eq!(names(directory.path()), [""; 0]);
        error.kind().to_string()
    }
    let expected = "a file holds at most 1,048,576 statistics and 64 MiB of names and help texts";
    assert_eq!(refused::<Crowd>(), expected);
    let refused = refused::<Deep>();
    assert!(refused.starts_with("`_rows{aaaa") && refused.contains("…` is "), "{refused}");
    assert!(refused.len() < 200, "{refused}");
}

// Constants.

#[test]
fn constants_are_the_same_in_every_lane() {
    let (_directory, builder) = builder();
    let builder = builder.constant(|stats: &Stats| &stats.port, 8080);
    let version = String::from("1.2.3");
    let stats = builder.constant(|stats: &Stats| &stats.version, version);
    let stats = stats.create().unwrap();
    stats.done.inc();
    thread::scope(|scope| {
        scope.spawn(|| {
            stats.done.inc();
            assert_eq!((stats.port.get(), stats.version.get()), (8080, "1.2.3".into()));
        });
    });
    let snapshot = snapshot_of(&stats);
    assert_eq!(snapshot.lanes().len(), 2);
    for lane in snapshot.lanes() {
        let values: Vec<_> = lane.stats().map(|stat| stat.value().clone()).collect();
        let port = Value::Constant(Scalar::Integer(8080));
        let version = Value::ConstantText("1.2.3".into());
        assert_eq!(values, [Value::Counter(1), Value::UpDown(0), port, version]);
    }
    assert_eq!(snapshot.get("version"), Some(&Value::ConstantText("1.2.3".into())));
}

#[test]
fn a_constant_of_the_builder_replaces_the_initial_value() {
    let (_directory, plain) = builder();
    assert_eq!(plain.create().unwrap().port.get(), 80);
    let (_directory, set) = builder();
    let set = set.constant(|stats: &Stats| &stats.port, 8080).create();
    assert_eq!(set.unwrap().port.get(), 8080);
}

#[test]
fn a_panic_while_constants_are_set_leaves_no_file() {
    let (directory, builder) = builder();
    let builder = builder.constant(
        |stats: &Stats| {
            assert!(stats.port.get() != 80, "no such constant");
            &stats.port
        },
        8080,
    );
    let panicked = catch_unwind(AssertUnwindSafe(|| builder.create()));
    assert!(panicked.is_err());
    assert_eq!(names(directory.path()), [""; 0]);
}

// Permissions.

#[test]
fn child_creates_files_of_two_modes() {
    let Some(directory) = role("child_creates_files_of_two_modes") else {
        return;
    };
    let builder = || Stats::builder().directory(&directory);
    let _exact = builder().file("exact.mmstats").mode(0o640).create().unwrap();
    let _default = builder().file("default.mmstats").create().unwrap();
}

#[test]
fn a_mode_is_exact_and_the_default_honours_the_umask() {
    for (umask, default) in [("000", 0o666), ("022", 0o644), ("077", 0o600)] {
        let directory = tempdir().unwrap();
        let script = format!("umask {umask}; exec \"$0\" \"$@\"");
        let wrapper = ["sh", "-c", &script];
        let role = "child_creates_files_of_two_modes";
        Child::spawn(&mut wrapped(&wrapper, role, directory.path())).end_well();
        let mode = |name| fs::metadata(directory.path().join(name)).unwrap().mode() & 0o7777;
        assert_eq!(mode("exact.mmstats"), 0o640, "umask {umask}");
        assert_eq!(mode("default.mmstats"), default, "umask {umask}");
    }
}

#[test]
fn the_writer_needs_no_permission_of_the_mode() {
    let (_directory, builder) = builder();
    let stats = builder.mode(0o000).create().unwrap();
    stats.done.inc();
    thread::scope(|scope| scope.spawn(|| stats.done.inc()).join()).unwrap();
    assert_eq!(stats.total(|stats| &stats.done), 2);
    assert_eq!(fs::metadata(stats.path().unwrap()).unwrap().mode() & 0o7777, 0);
}

#[test]
fn child_of_an_ordinary_user_is_refused() {
    let Some(directory) = role("child_of_an_ordinary_user_is_refused") else {
        return;
    };
    let refused = |path: &Path, filename: &str| {
        let error = Stats::builder().directory(path).file(filename).create();
        error.unwrap_err().to_string()
    };
    let locked = directory.join("locked");
    let expected =
        format!("{}: cannot create a file here: Permission denied (os error 13)", locked.display());
    assert_eq!(refused(&locked, "w.mmstats"), expected);
    let secret = refused(&directory, "secret.mmstats");
    let expected =
        "secret.mmstats: cannot open the file with this name: Permission denied (os error 13)";
    assert!(secret.ends_with(expected), "{secret}");

    // A failed removal can be retried.
    let own = directory.join("own");
    let set_mode = |mode| fs::set_permissions(&own, Permissions::from_mode(mode)).unwrap();
    fs::create_dir(&own).unwrap();
    let stats = Stats::builder().directory(&own).create().unwrap();
    set_mode(0o555);
    assert!(stats.remove().is_err());
    set_mode(0o755);
    stats.remove().unwrap();
    assert_eq!(names(&own), [""; 0], "a failed removal was not retried");
    say("done");
}

#[test]
fn a_directory_without_permission_is_named() {
    let directory = public();
    let mut command = again("child_of_an_ordinary_user_is_refused", directory.path());
    if as_ordinary_user(&mut command).is_none() {
        let reason = "no child of this test can run as an ordinary user";
        return skipped("a_directory_without_permission_is_named", reason);
    }
    fs::create_dir(directory.path().join("locked")).unwrap();
    let locked = Permissions::from_mode(0o555);
    fs::set_permissions(directory.path().join("locked"), locked).unwrap();
    let secret = directory.path().join("secret.mmstats");
    fs::write(&secret, "mine").unwrap();
    fs::set_permissions(&secret, Permissions::from_mode(0o000)).unwrap();
    let mut child = Child::spawn(&mut command);
    assert_eq!(child.hear(), "done");
    child.end_well();
    assert_eq!(names(directory.path()), ["locked", "own", "secret.mmstats"]);
    assert_eq!(names(directory.path().join("locked")), [""; 0]);
}

#[test]
fn a_directory_where_nothing_can_be_made_is_named() {
    let refused = |path: &Path| Stats::builder().directory(path).create().unwrap_err();
    let nowhere = refused(Path::new("/nowhere/at/all"));
    assert_eq!(
        nowhere.to_string(),
        "/nowhere/at/all: cannot create a file here: No such file or directory (os error 2)"
    );
    assert_eq!(nowhere.path(), Path::new("/nowhere/at/all"));
    assert!(
        refused(Path::new("/proc")).to_string().starts_with("/proc: cannot create a file here")
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = refused(file.path()).to_string();
    assert!(error.ends_with("cannot create a file here: Not a directory (os error 20)"), "{error}");
}

#[test]
fn an_error_describes_itself_completely_in_one_line() {
    fn is_error<E: std::error::Error + Send + Sync + 'static>(error: &E) -> bool {
        let source =
            error.source().and_then(<dyn std::error::Error>::downcast_ref::<std::io::Error>);
        let source = source.is_some();
        source && !error.to_string().contains('\n')
    }
    let error: CreateError = Stats::builder().directory("/nowhere").create().unwrap_err();
    assert!(is_error(&error));
}

// Names that are taken.

const SYMLINK: &str =
    "is a symbolic link, which is not followed: remove it, or choose another name";
const FOREIGN: &str =
    "exists and is not a statistics file of this version: remove it, or choose another name";
const IN_USE: &str =
    "is being written by a live process: add {PID} to the name, or stop that process";

#[test]
fn a_symlink_is_not_followed() {
    let (directory, to_file) = builder();
    let target = directory.path().join("target");
    let link = directory.path().join("w.mmstats");
    fs::write(&target, "precious").unwrap();
    symlink(&target, &link).unwrap();
    assert_eq!(refusal(to_file.file("w.mmstats")), SYMLINK);
    assert_eq!(fs::read(&target).unwrap(), b"precious");
    assert_eq!(names(directory.path()), ["target", "w.mmstats"]);

    fs::remove_file(&target).unwrap();
    let dangling = Stats::builder().directory(directory.path()).file("w.mmstats");
    assert_eq!(refusal(dangling), SYMLINK);
    assert_eq!(names(directory.path()), ["w.mmstats"]);
}

#[test]
fn a_symlink_to_an_old_statistics_file_is_not_followed() {
    let (directory, old) = builder();
    drop(old.file("old.mmstats").create().unwrap());
    symlink("old.mmstats", directory.path().join("w.mmstats")).unwrap();
    let builder = Stats::builder().directory(directory.path());
    assert_eq!(refusal(builder.file("w.mmstats")), SYMLINK);
    assert_eq!(snapshot(directory.path().join("old.mmstats")).state(), State::Closed);
}

#[test]
fn a_foreign_file_is_not_replaced() {
    for content in ["", "x", "\u{2}mmstat", "\u{3}mmstats", "precious, and of some length"] {
        let (directory, builder) = builder();
        let path = directory.path().join("w.mmstats");
        fs::write(&path, content).unwrap();
        assert_eq!(refusal(builder.file("w.mmstats")), FOREIGN);
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
        assert_eq!(names(directory.path()), ["w.mmstats"]);
    }
}

#[test]
fn a_version_1_file_is_not_replaced() {
    let (directory, builder) = builder();
    let original = fs::read("tests/data/v1/script.mmstats").unwrap();
    let path = directory.path().join("w.mmstats");
    fs::write(&path, &original).unwrap();
    assert_eq!(refusal(builder.file("w.mmstats")), FOREIGN);
    assert_eq!(fs::read(&path).unwrap(), original);
    assert_eq!(names(directory.path()), ["w.mmstats"]);
}

#[test]
fn what_is_no_file_is_not_replaced() {
    let (directory, builder) = builder();
    fs::create_dir(directory.path().join("w.mmstats")).unwrap();
    assert_eq!(refusal(builder.file("w.mmstats")), FOREIGN);

    let mode = rustix::fs::Mode::from(0o600);
    let fifo = directory.path().join("fifo.mmstats");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, mode).unwrap();
    let builder = Stats::builder().directory(directory.path());
    assert_eq!(refusal(builder.file("fifo.mmstats")), FOREIGN);

    let socket = directory.path().join("socket.mmstats");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let builder = Stats::builder().directory(directory.path());
    assert_eq!(refusal(builder.file("socket.mmstats")), FOREIGN);
    let all = ["fifo.mmstats", "socket.mmstats", "w.mmstats"];
    assert_eq!(names(directory.path()), all);
}

#[test]
fn child_writes_until_it_is_killed() {
    let Some(directory) = role("child_writes_until_it_is_killed") else {
        return;
    };
    let stats = Stats::builder().directory(directory).file("w.mmstats");
    let stats = stats.create().unwrap();
    stats.done.add(3);
    say("ready");
    wait_for_parent();
}

#[test]
fn the_file_of_a_dead_writer_is_replaced() {
    let (directory, builder) = builder();
    let mut child = Child::spawn(&mut again("child_writes_until_it_is_killed", directory.path()));
    child.hear();
    child.kill();
    let path = directory.path().join("w.mmstats");
    let dead = snapshot(&path);
    assert_eq!(dead.state(), State::Dead);

    let stats = builder.file("w.mmstats").create().unwrap();
    assert_eq!(stats.path(), Some(path.as_path()));
    assert_eq!(names(directory.path()), ["w.mmstats"]);
    let alive = snapshot(&path);
    assert_eq!((alive.state(), alive.get("done")), (State::Live, Some(&Value::Counter(0))));
    assert_ne!(alive.writer().file_id(), dead.writer().file_id());
}

#[test]
fn a_reader_keeps_the_file_that_it_opened() {
    let (directory, old) = builder();
    let old = old.file("w.mmstats").create().unwrap();
    old.done.add(3);
    let reader = Reader::open(old.path().unwrap()).unwrap();
    drop(old);
    let new = Stats::builder().directory(directory.path()).file("w.mmstats");
    let _new = new.create().unwrap();
    let snapshot = reader.snapshot().unwrap();
    assert_eq!((snapshot.state(), snapshot.get("done")), (State::Closed, Some(&Value::Counter(3))));
}

#[test]
fn the_name_of_a_live_writer_is_refused() {
    let (directory, first) = builder();
    let first = first.file("w.mmstats").create().unwrap();
    first.done.inc();
    let second = Stats::builder().directory(directory.path()).file("w.mmstats");
    assert_eq!(refusal(second), IN_USE);
    assert_eq!(names(directory.path()), ["w.mmstats"]);
    let snapshot = snapshot_of(&first);
    assert_eq!((snapshot.state(), snapshot.get("done")), (State::Live, Some(&Value::Counter(1))));
}

#[test]
fn the_name_of_another_live_process_is_refused() {
    let (directory, builder) = builder();
    let mut child = Child::spawn(&mut again("child_writes_until_it_is_killed", directory.path()));
    child.hear();
    assert_eq!(refusal(builder.file("w.mmstats")), IN_USE);
    let path = directory.path().join("w.mmstats");
    assert_eq!(snapshot(path).get("done"), Some(&Value::Counter(3)));
    child.end_well();
}

#[test]
fn a_template_whose_name_is_taken_gets_a_number() {
    let (directory, _) = builder();
    let create = || {
        let builder = Stats::builder().directory(directory.path());
        builder.file("w-{PID}.mmstats").create().unwrap()
    };
    let (first, second, third) = (create(), create(), create());
    let name = |stats: &Mapped<Stats>| stats.path().unwrap().file_name().unwrap().to_owned();
    let pid = process::id();
    assert_eq!(name(&first), format!("w-{pid}.mmstats").as_str());
    assert_eq!(name(&second), format!("w-{pid}.2.mmstats").as_str());
    assert_eq!(name(&third), format!("w-{pid}.3.mmstats").as_str());
    // Once its writer has ended, a number is free.
    drop(second);
    assert_eq!(name(&create()), format!("w-{pid}.2.mmstats").as_str());
}

#[test]
fn a_reader_that_looks_does_not_make_a_dead_file_live() {
    let (directory, old) = builder();
    let old = old.file("w.mmstats").create().unwrap();
    let path = old.path().unwrap().to_owned();
    drop(old);
    // Like a reader, for a moment.
    let looking = File::open(&path).unwrap();
    looking.lock_shared().unwrap();
    assert_eq!(snapshot(&path).state(), State::Closed);
    let looked = thread::spawn(move || looking.unlock());
    looked.join().unwrap().unwrap();
    let new = Stats::builder().directory(directory.path()).file("w.mmstats");
    assert!(new.create().is_ok());
}

#[test]
fn of_writers_that_race_for_a_name_one_wins() {
    for round in 0..10 {
        let (directory, old) = builder();
        if round % 2 == 0 {
            drop(old.file("w.mmstats").create().unwrap());
        }
        let created = thread::scope(|scope| {
            let create = || {
                let builder = Stats::builder().directory(directory.path());
                builder.file("w.mmstats").create()
            };
            let racing: Vec<_> = (0..8).map(|_| scope.spawn(create)).collect();
            let done = racing.into_iter().map(|thread| thread.join().unwrap());
            done.collect::<Vec<_>>()
        });
        let (won, lost): (Vec<_>, Vec<_>) = created.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 7));
        for error in lost.into_iter().map(Result::unwrap_err) {
            assert_eq!(error.kind().to_string(), IN_USE);
        }
        assert_eq!(names(directory.path()), ["w.mmstats"]);
        assert_eq!(snapshot(directory.path().join("w.mmstats")).state(), State::Live);
    }
}

#[test]
fn a_file_appears_complete_or_not_at_all() {
    // In memory, where nothing waits for a disk.
    let directory = tempdir_in("/dev/shm").or_else(|_| tempdir()).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut follower = Follower::new();
            while !done.load(Relaxed) {
                for sighting in follower.look(Listing::of_directories([directory.path()])) {
                    assert!(sighting.error().is_none(), "{sighting:?}");
                    let snapshot = sighting.snapshot().unwrap();
                    assert_eq!(snapshot.lanes().len(), 1);
                    let port = Value::Constant(Scalar::Integer(80));
                    assert_eq!(snapshot.get("port"), Some(&port));
                }
            }
        });
        for number in 0..2000 {
            let builder = Stats::builder().directory(directory.path()).remove_on_drop(true);
            builder.file(format!("{number}.mmstats")).create().unwrap();
        }
        done.store(true, Relaxed);
    });
}

// Full file systems.

/// Starts a child with its own small file system at `place`.
fn with_tmpfs(options: &str, place: &str, role: &str, directory: &Path) -> Option<Child> {
    let root = rustix::process::geteuid().is_root();
    let [unshare, flags] = unshare(if root { "-m" } else { "-rm" })?;
    let mount = format!("mount -t tmpfs -o {options} none {place}");
    let mut tried = Command::new(unshare);
    let tried = tried.args([flags, "sh", "-c", &mount]);
    let may = tried.stderr(Stdio::null()).status();
    if !may.is_ok_and(|status| status.success()) {
        return None;
    }
    let script = format!("{mount} && exec \"$0\" \"$@\"");
    let wrapper = [unshare, flags, "sh", "-c", &script];
    Some(Child::spawn(&mut wrapped(&wrapper, role, directory)))
}

/// Runs a child in a directory with space for this many pages.
fn in_small_directory(test: &str, pages: u32, role: &str) {
    let directory = tempdir().unwrap();
    let place = directory.path().to_str().unwrap();
    match with_tmpfs(&format!("nr_blocks={pages}"), place, role, directory.path()) {
        Some(mut child) => {
            assert_eq!(child.hear(), "done");
            child.end_well();
        }
        None => skipped(test, "no small file system can be mounted"),
    }
}

#[test]
fn child_has_no_room() {
    let Some(directory) = role("child_has_no_room") else {
        return;
    };
    let builder = || Stats::builder().directory(&directory).file("w.mmstats");
    let error = builder().create().unwrap_err();
    let CreateErrorKind::NoSpace { needed, .. } = error.kind() else {
        panic!("{error}");
    };
    let path = directory.join("w.mmstats");
    let expected = format!(
        "{}: no room for {needed} bytes: No space left on device (os error 28)",
        path.display()
    );
    assert_eq!(error.to_string(), expected);
    assert!(*needed >= 3 * 4096, "header, schema and a lane");
    assert_eq!(names(&directory), [""; 0]);

    let stats = builder().create_or_detached();
    let reason = reason(&stats);
    assert!(matches!(reason.kind(), CreateErrorKind::NoSpace { .. }), "{reason}");
    assert_eq!(stats.path(), None);
    assert_eq!(names(&directory), [""; 0]);
    writes_from_two_threads(&stats);
    say("done");
}

fn writes_from_two_threads(stats: &Mapped<Stats>) {
    stats.done.inc();
    thread::scope(|scope| {
        scope.spawn(|| {
            stats.done.add(2);
            assert_eq!((stats.done.local(), stats.port.get()), (2, 80));
        });
    });
    assert_eq!((stats.done.local(), stats.total(|stats| &stats.done)), (1, 3));
    stats.flush().unwrap();
    stats.flush_async().unwrap();
    stats.remove().unwrap();
}

#[test]
fn a_full_file_system_is_an_error_that_names_the_bytes() {
    let test = "a_full_file_system_is_an_error_that_names_the_bytes";
    in_small_directory(test, 2, "child_has_no_room");
}

#[test]
fn what_cannot_be_created_can_be_detached() {
    let stats = Stats::builder().directory("/nowhere").create_or_detached();
    assert_eq!(reason(&stats).path(), Path::new("/nowhere"));
    writes_from_two_threads(&stats);
    let (_directory, builder) = builder();
    assert!(builder.create_or_detached().detached().is_none());
}

#[test]
fn what_is_detached_on_purpose_has_no_file_and_no_error() {
    let (directory, builder) = builder();
    let stats = builder.constant(|stats: &Stats| &stats.port, 80).detached();
    assert!(matches!(stats.detached(), Some(Detached::OnPurpose)));
    assert_eq!(stats.to_string(), "no file: in the memory of this process, on purpose");
    writes_from_two_threads(&stats);
    writes_from_two_threads(&Stats::detached());
    assert_eq!(names(directory.path()), [""; 0]);
}

// Warnings.

#[test]
fn child_detaches_twice() {
    let Some(directory) = role("child_detaches_twice") else {
        return;
    };
    let builder = || Stats::builder().directory("/nowhere");
    for _ in 0..2 {
        drop(builder().create_or_detached());
    }
    let kept = Stats::builder().directory(&directory).checkpoint_to("/nowhere");
    drop(kept.create_or_detached());
    let heard = Arc::new(Mutex::new(Vec::new()));
    for _ in 0..2 {
        let heard = heard.clone();
        let hear = move |warning: &Warning<'_>| heard.lock().unwrap().push(warning.to_string());
        drop(builder().on_warning(hear).create_or_detached());
    }
    let expected = "no statistics file, counting in memory: /nowhere: cannot create a file here: \
                    No such file or directory (os error 2)";
    assert_eq!(*heard.lock().unwrap(), [expected; 2]);
    assert!(builder().on_warning(|_| panic!("an error is returned")).create().is_err());
}

#[test]
fn why_there_is_no_file_is_reported_once() {
    let directory = tempdir().unwrap();
    let output = again("child_detaches_twice", directory.path()).output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    let failed = "/nowhere: cannot create a file here: No such file or directory (os error 2)";
    let expected = format!(
        "mmstats: no statistics file, counting in memory: {failed}\n\
         mmstats: no checkpoint yet: {failed}\n"
    );
    assert_eq!(said, expected);
}

#[test]
fn child_runs_out_of_room() {
    let Some(directory) = role("child_runs_out_of_room") else {
        return;
    };
    let stats = Stats::builder().directory(&directory).create().unwrap();
    stats.done.add(3);
    let filler = directory.join("filler");
    let mut file = File::create(&filler).unwrap();
    while file.write_all(&[1; 512]).is_ok() {}

    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            stats.done.add(4);
            stats.open.add(5);
            assert_eq!((stats.done.local(), stats.port.get()), (4, 80));
        });
        // A scope alone does not wait until the thread has returned its lane.
        thread.join().unwrap();
    });
    let snapshot = snapshot_of(&stats);
    assert_eq!(stats.total(|stats| &stats.done), 7);
    assert_eq!((snapshot.lanes_lost(), snapshot.lanes().len()), (1, 1));
    assert_eq!(snapshot.get("done"), Some(&Value::Counter(3)));
    // What the lost lane counted goes down in another one.
    stats.open.sub(3);
    assert_eq!(snapshot_of(&stats).get("open"), Some(&Value::UpDown(0)));
    stats.flush().unwrap();

    // The lost lane is in the file once another thread claims it, and so is the next new one.
    drop(file);
    fs::remove_file(filler).unwrap();
    thread::scope(|scope| {
        let again = scope.spawn(|| {
            stats.done.inc();
            thread::scope(|scope| {
                scope.spawn(|| stats.done.add(10));
            });
        });
        again.join().unwrap();
    });
    let snapshot = snapshot_of(&stats);
    assert_eq!(stats.total(|stats| &stats.done), 18);
    assert_eq!((snapshot.lanes_lost(), snapshot.lanes().len()), (0, 3));
    assert_eq!(snapshot.get("done"), Some(&Value::Counter(18)));
    assert_eq!(snapshot.get("open"), Some(&Value::UpDown(2)));
    assert_eq!(snapshot.get("port").and_then(Value::as_u64), Some(80));
    say("done");
}

#[test]
fn a_file_system_that_fills_up_later_costs_a_lane_and_no_count() {
    let test = "a_file_system_that_fills_up_later_costs_a_lane_and_no_count";
    in_small_directory(test, 8, "child_runs_out_of_room");
}

#[test]
fn child_has_no_memory_for_a_while() {
    let Some(directory) = role("child_has_no_memory_for_a_while") else {
        return;
    };
    let stats = Stats::builder().directory(&directory).create().unwrap();
    stats.done.add(1);
    let limit = |current| {
        let maximum = None;
        rustix::process::setrlimit(Resource::As, Rlimit { current, maximum }).unwrap();
    };
    let turn = Barrier::new(2);
    let other = || {
        turn.wait(); // the start of a thread needs memory
        turn.wait();
        stats.done.add(2);
        assert_eq!((stats.done.local(), stats.port.get()), (2, 80));
        turn.wait();
        turn.wait();
        stats.done.add(4);
        assert_eq!(stats.done.local(), 4, "in a lane of its own");
    };
    thread::scope(|scope| {
        let other = scope.spawn(other);
        turn.wait();
        limit(Some(1 << 20));
        turn.wait();
        turn.wait();
        limit(None);
        turn.wait();
        other.join().unwrap();
    });
    assert_eq!((stats.done.local(), stats.total(|stats| &stats.done)), (1, 7));
    let snapshot = snapshot_of(&stats);
    assert_eq!((snapshot.lanes_lost(), snapshot.lanes().len()), (1, 2));
    assert_eq!(snapshot.get("done"), Some(&Value::Counter(5)));
    say("done");
}

#[test]
fn a_thread_without_memory_gets_its_own_lane_when_there_is_some() {
    let directory = tempdir().unwrap();
    let role = "child_has_no_memory_for_a_while";
    let mut child = Child::spawn(&mut again(role, directory.path()));
    assert_eq!(child.hear(), "done");
    child.end_well();
}

#[test]
fn child_may_not_make_large_files() {
    let Some(directory) = role("child_may_not_make_large_files") else {
        return;
    };
    let error = Stats::builder().directory(&directory).create().unwrap_err();
    assert_eq!(error.kind().to_string(), "cannot allocate the file: File too large (os error 27)");
    writes_from_two_threads(&Stats::builder().directory(&directory).create_or_detached());
    say("done");
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_and_no_signal() {
    let directory = tempdir().unwrap();
    // The line on standard error goes to a file that has reached the limit.
    let log = tempfile::NamedTempFile::new().unwrap();
    log.as_file().set_len(1 << 20).unwrap();
    let script = format!("ulimit -f 2; exec \"$0\" \"$@\" 2>>{}", log.path().display());
    let wrapper = ["sh", "-c", &script];
    let role = "child_may_not_make_large_files";
    let mut child = Child::spawn(&mut wrapped(&wrapper, role, directory.path()));
    assert_eq!(child.hear(), "done");
    child.end_well();
    assert_eq!(names(directory.path()), [""; 0]);
}

// The end of a writer.

#[test]
fn a_dropped_handle_leaves_its_file() {
    let (_directory, builder) = builder();
    let stats = builder.create().unwrap();
    let path = stats.path().unwrap().to_owned();
    let clone = stats.clone();
    drop(stats);
    assert_eq!(snapshot(&path).state(), State::Live);
    drop(clone);
    assert_eq!(snapshot(&path).state(), State::Closed);
}

#[test]
fn remove_deletes_the_file_and_statistics_go_on() {
    let (directory, builder) = builder();
    let stats = builder.create().unwrap();
    stats.remove().unwrap();
    assert_eq!(names(directory.path()), [""; 0]);
    stats.done.inc();
    assert_eq!(stats.total(|stats| &stats.done), 1);
    stats.remove().unwrap();
}

#[test]
fn a_file_that_is_gone_already_is_no_error() {
    let (_directory, builder) = builder();
    let stats = builder.create().unwrap();
    fs::remove_file(stats.path().unwrap()).unwrap();
    stats.remove().unwrap();
}

#[test]
fn remove_on_drop_deletes_with_the_last_handle() {
    let (directory, builder) = builder();
    let stats = builder.remove_on_drop(true).create().unwrap();
    let clone = stats.clone();
    drop(stats);
    assert_eq!(names(directory.path()).len(), 1);
    drop(clone);
    assert_eq!(names(directory.path()), [""; 0]);
}

#[test]
fn a_file_that_took_over_the_name_is_not_deleted() {
    for on_drop in [false, true] {
        let (directory, builder) = builder();
        let builder = builder.file("w.mmstats").remove_on_drop(on_drop);
        let stats = builder.create().unwrap();
        let path = directory.path().join("w.mmstats");
        fs::write(directory.path().join("other"), "precious").unwrap();
        fs::rename(directory.path().join("other"), &path).unwrap();
        if !on_drop {
            stats.remove().unwrap();
        }
        drop(stats);
        assert_eq!(fs::read(&path).unwrap(), b"precious");
    }
}

// The handle.

#[test]
fn a_handle_can_be_a_static() {
    static DIRECTORY: LazyLock<PathBuf> = LazyLock::new(|| tempdir().unwrap().keep());
    static STATS: LazyLock<Mapped<Stats>> =
        LazyLock::new(|| Stats::builder().directory(&*DIRECTORY).create().unwrap());
    STATS.done.inc();
    thread::spawn(|| STATS.done.inc()).join().unwrap();
    assert_eq!(STATS.total(|stats| &stats.done), 2);
    fs::remove_dir_all(&*DIRECTORY).unwrap();
}

#[test]
fn a_handle_goes_to_other_threads() {
    fn check<T: Send + Sync + Clone + 'static>() {}
    check::<Mapped<Stats>>();
}
