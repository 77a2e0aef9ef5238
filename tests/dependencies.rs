//! What a program builds with mmstats, which its author waits for.

use std::process::Command;

/// All crates, also those that only the derive needs. Add one only with a measurement.
const CRATES: [&str; 8] = [
    "libc",
    "mmstats",
    "mmstats-core",
    "mmstats-derive",
    "proc-macro2",
    "quote",
    "syn",
    "unicode-ident",
];

#[test]
fn a_program_builds_few_crates_and_each_once() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges", "normal,build", "--prefix", "none"])
        .args(["--no-dedupe", "--package", "mmstats", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    let mut crates: Vec<_> =
        tree.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>()).collect();
    crates.sort_unstable();
    crates.dedup();
    let names: Vec<_> = crates.iter().map(|name_and_version| name_and_version[0]).collect();
    assert_eq!(names, CRATES, "in {crates:?}");
    assert!(crates.iter().any(|it| it[0] == "syn" && it[1].starts_with("v3.")), "{crates:?}");
}
