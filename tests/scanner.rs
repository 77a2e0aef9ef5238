//! Directories in which files come, go, are replaced, and are bad.

mod support;

use std::fs::{self, File};
use std::path::Path;

use mmstats::{Counter, Mapped, MmStats, ReadError, Reader, Scanner, Snapshot, State, Value};
use support::{Child, again, role, say, wait_for_parent};
use tempfile::tempdir;

#[derive(MmStats)]
struct Stats {
    done: Counter,
}

fn create(directory: &Path, filename: &str, done: u64) -> Mapped<Stats> {
    let builder = Stats::builder().path(directory).filename(filename);
    let stats = builder.create().unwrap();
    stats.done.add(done);
    stats
}

fn done(snapshot: &Snapshot) -> u64 {
    match snapshot.get("done") {
        Some(Value::Counter(done)) => *done,
        other => panic!("{other:?}"),
    }
}

/// What a scan finds: names, and what was done, or that it cannot be read.
fn scan(scanner: &mut Scanner) -> Vec<(String, Result<u64, ReadError>)> {
    let found = scanner.scan().into_iter();
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    found.map(|(path, read)| (name(&path), read.map(|snapshot| done(&snapshot)))).collect()
}

/// As [`scan`], of files that can all be read.
fn scan_all(scanner: &mut Scanner) -> Vec<(String, u64)> {
    scan(scanner).into_iter().map(|(name, done)| (name, done.unwrap())).collect()
}

fn found<const N: usize>(files: [(&str, u64); N]) -> Vec<(String, u64)> {
    files.map(|(name, done)| (name.to_owned(), done)).to_vec()
}

#[test]
fn files_come_and_go() {
    let directory = tempdir().unwrap();
    let mut scanner = Scanner::new([directory.path()]);
    assert_eq!(scan_all(&mut scanner), found([]));
    let b = create(directory.path(), "b.mmstats", 1);
    assert_eq!(scan_all(&mut scanner), found([("b.mmstats", 1)]));
    let a = create(directory.path(), "a.mmstats", 2);
    b.done.inc();
    assert_eq!(scan_all(&mut scanner), found([("a.mmstats", 2), ("b.mmstats", 2)]));
    b.remove().unwrap();
    assert_eq!(scan_all(&mut scanner), found([("a.mmstats", 2)]));
    a.remove().unwrap();
    assert_eq!(scan_all(&mut scanner), found([]));
}

#[test]
fn child_writes() {
    let Some(directory) = role("child_writes") else {
        return;
    };
    let _stats = create(&directory, "w.mmstats", 7);
    say("ready");
    wait_for_parent();
}

#[test]
fn a_writer_that_was_started_again_is_a_new_file() {
    let directory = tempdir().unwrap();
    let mut scanner = Scanner::new([directory.path()]);
    let mut ids = Vec::new();
    for _ in 0..3 {
        let mut child = Child::spawn(&mut again("child_writes", directory.path()));
        child.hear();
        for state in [State::Live, State::Dead] {
            if state == State::Dead {
                child.kill();
            }
            let files = scanner.scan();
            let [(path, Ok(snapshot))] = &files[..] else {
                panic!("{files:?}");
            };
            assert_eq!(*path, directory.path().join("w.mmstats"));
            assert_eq!((done(snapshot), snapshot.state()), (7, state));
            ids.push(snapshot.writer().file_id.unwrap());
        }
    }
    assert!(ids[0] == ids[1] && ids[2] == ids[3] && ids[4] == ids[5], "the same file");
    assert!(ids[0] != ids[2] && ids[2] != ids[4] && ids[0] != ids[4], "another file");
}

#[test]
fn a_bad_file_does_not_hide_the_others() {
    let directory = tempdir().unwrap();
    let mut scanner = Scanner::new([directory.path()]);
    let _a = create(directory.path(), "a.mmstats", 1);
    let _c = create(directory.path(), "c.mmstats", 3);
    let bad = directory.path().join("b.mmstats");
    fs::write(&bad, "no statistics").unwrap();
    fs::create_dir(directory.path().join("d.mmstats")).unwrap();
    let mut check = |bad: &str| {
        let mut files = scan(&mut scanner).into_iter();
        let mut next = || files.next().unwrap();
        assert_eq!(next().1.unwrap(), 1);
        let (name, error) = next();
        let error = error.unwrap_err();
        assert_eq!(
            (name.as_str(), error.path().file_name()),
            ("b.mmstats", Some("b.mmstats".as_ref()))
        );
        assert!(error.to_string().contains(bad), "{error}");
        assert_eq!(next().1.unwrap(), 3);
        let (name, error) = next();
        assert_eq!((name.as_str(), error.is_err()), ("d.mmstats", true));
    };
    check("found `no stati`");
    // It is looked at anew each time.
    fs::write(&bad, "").unwrap();
    check("it is empty");
    fs::remove_file(&bad).unwrap();
    fs::remove_dir(directory.path().join("d.mmstats")).unwrap();
    let _b = create(directory.path(), "b.mmstats", 2);
    let all = found([("a.mmstats", 1), ("b.mmstats", 2), ("c.mmstats", 3)]);
    assert_eq!(scan_all(&mut scanner), all);
}

#[test]
fn a_file_that_shrinks_is_bad_until_it_is_whole_again() {
    let directory = tempdir().unwrap();
    let mut scanner = Scanner::new([directory.path()]);
    drop(create(directory.path(), "w.mmstats", 1));
    assert_eq!(scan_all(&mut scanner), found([("w.mmstats", 1)]));
    let path = directory.path().join("w.mmstats");
    let whole = fs::read(&path).unwrap();
    File::options().write(true).open(&path).unwrap().set_len(100).unwrap();
    assert!(scan(&mut scanner)[0].1.is_err());
    fs::write(&path, whole).unwrap();
    assert_eq!(scan_all(&mut scanner), found([("w.mmstats", 1)]));
}

#[test]
fn only_statistics_files_are_looked_at() {
    let directory = tempdir().unwrap();
    let mut scanner = Scanner::new([directory.path()]);
    let _stats = create(directory.path(), "w.mmstats", 1);
    for name in [".w.mmstats.0123456789abcdef.tmp", "w.mmstats~", "mmstats", "readme"] {
        fs::write(directory.path().join(name), "no statistics").unwrap();
    }
    assert_eq!(scan_all(&mut scanner), found([("w.mmstats", 1)]));
}

#[test]
fn a_directory_may_appear_later_and_be_given_twice() {
    let directory = tempdir().unwrap();
    let (one, other) = (directory.path().join("one"), directory.path().join("other"));
    let mut scanner = Scanner::new([&one, &other, &one]);
    assert_eq!(scan_all(&mut scanner), found([]));
    fs::create_dir(&other).unwrap();
    let _second = create(&other, "w.mmstats", 2);
    assert_eq!(scan_all(&mut scanner), found([("w.mmstats", 2)]));
    fs::create_dir(&one).unwrap();
    let _first = create(&one, "w.mmstats", 1);
    assert_eq!(scan_all(&mut scanner), found([("w.mmstats", 1), ("w.mmstats", 2)]));
    fs::remove_dir_all(&other).unwrap();
    assert_eq!(scan_all(&mut scanner), found([("w.mmstats", 1)]));
}

#[test]
fn files_of_both_versions_are_found() {
    let directory = tempdir().unwrap();
    let _stats = create(directory.path(), "w.mmstats", 1);
    fs::copy("tests/data/v1/script.mmstats", directory.path().join("a.mmstats")).unwrap();
    let files = Scanner::new([directory.path()]).scan();
    let versions = files.iter().map(|(_, read)| read.as_ref().unwrap().version());
    assert_eq!(versions.collect::<Vec<_>>(), [1, 2]);
    let alone = Reader::open(directory.path().join("a.mmstats")).unwrap().snapshot().unwrap();
    assert_eq!(alone.get("done"), files[0].1.as_ref().unwrap().get("done"));
}
