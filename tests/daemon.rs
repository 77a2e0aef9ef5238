//! The example that forks twice, run as a program.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use mmstats::{Reader, State, Value};

/// The path of the example, which `cargo test` has built beside this test.
fn example() -> PathBuf {
    let test = env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap().join("examples/daemon");
    if !built.exists() {
        let cargo = env::var_os("CARGO").expect("cargo runs this");
        let target = test.ancestors().nth(3).unwrap();
        let mut cargo = Command::new(cargo);
        cargo.args(["build", "--quiet", "--example", "daemon", "--target-dir"]).arg(target);
        assert!(cargo.status().unwrap().success());
    }
    built
}

#[test]
fn a_daemon_has_a_file_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    // Its output ends when the daemon does.
    let output = Command::new(example()).arg(directory.path()).output().unwrap();
    assert!(output.status.success());
    let output = String::from_utf8(output.stdout).unwrap();
    let ended = |name: &str| {
        let path = output.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let snapshot = Reader::open(Path::new(path)).unwrap().snapshot().unwrap();
        assert_eq!(snapshot.state(), State::Closed);
        assert_eq!(snapshot.get("steps"), Some(&Value::Counter(1)));
        (path.to_owned(), snapshot.writer().pid(), snapshot.get("phase").cloned())
    };
    let (starter, daemon) = (ended("starter: "), ended("daemon: "));
    assert_eq!(starter.2, Some(Value::Text("starting".into())));
    assert_eq!(daemon.2, Some(Value::Text("serving".into())));
    assert!(starter.0 != daemon.0 && starter.1 != daemon.1);
    assert_eq!(mmstats_testing::names(directory.path()).len(), 2);
}
