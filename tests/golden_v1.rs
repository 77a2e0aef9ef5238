//! Files written by Python's mmstats 0.8 read exactly as the `.json` beside each, which it also
//! wrote. Adding a pair to `tests/data/v1` adds a test.

use std::fs;
use std::path::{Path, PathBuf};

use mmstats::{Reader, Scalar, Value};

/// Returns a number that JSON cannot hold, as the `.json` files spell it.
fn special(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "inf" => Some(f64::INFINITY),
        "-inf" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// Returns whether a value equals the original's, bit for bit.
fn is_same(value: &Value, expected: &serde_json::Value) -> bool {
    let double = |found: f64| match expected {
        serde_json::Value::String(text) if found.is_nan() => special(text).is_some_and(f64::is_nan),
        serde_json::Value::String(text) => special(text) == Some(found),
        number => number.is_f64() && number.as_f64().map(f64::to_bits) == Some(found.to_bits()),
    };
    let Some(number) = value.as_scalar() else { return value.as_str() == expected.as_str() };
    match number {
        Scalar::Integer(found) => {
            let integer = expected.as_i64().map(i128::from).or(expected.as_u64().map(i128::from));
            integer == Some(found)
        }
        Scalar::Bool(found) => expected.as_bool() == Some(found),
        float => double(float.as_f64()),
    }
}

fn reads_as_the_original_says(path: &Path) {
    let json = fs::read_to_string(path.with_extension("json")).expect("a .json beside it");
    let expected: Vec<(String, serde_json::Value)> = serde_json::from_str(&json).unwrap();
    let snapshot = Reader::open(path).unwrap().snapshot().unwrap();
    assert_eq!(snapshot.version(), 1);
    let labels: Vec<_> = snapshot.stats().map(|stat| stat.key().as_str().to_owned()).collect();
    let expected_labels: Vec<_> = expected.iter().map(|(label, _)| label.clone()).collect();
    assert_eq!(labels, expected_labels, "{}", path.display());
    for (stat, (label, expected)) in snapshot.stats().zip(&expected) {
        let value = stat.value();
        assert!(
            is_same(value, expected),
            "{}: {label}: {value:?} is not {expected}",
            path.display()
        );
        assert_eq!((stat.kind(), stat.help(), stat.unit()), (None, "", ""));
        assert!(!stat.is_torn());
    }
}

#[test]
fn every_file_reads_as_the_original_says() {
    let entries = fs::read_dir("tests/data/v1").unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_file = |path: &PathBuf| path.extension().is_some_and(|end| end == "mmstats");
    let paths: Vec<_> = paths.filter(is_file).collect();
    assert!(paths.len() >= 7, "some are missing");
    for path in paths {
        reads_as_the_original_says(&path);
    }
}

#[test]
fn what_the_original_adds_to_each_file_is_its_writer() {
    let reader = Reader::open("tests/data/v1/fresh.mmstats").unwrap();
    let snapshot = reader.snapshot().unwrap();
    let writer = snapshot.writer();
    assert_eq!([writer.pid(), writer.tid()], [Some(4280); 2]);
    assert_eq!([writer.uid(), writer.gid()], [Some(0); 2]);
    let created = writer.created().unwrap().duration_since(std::time::UNIX_EPOCH);
    assert_eq!(created.unwrap().as_millis(), 1_795_423_068_126);
    assert!(writer.command().is_none() && writer.file_id().is_none() && writer.flushed().is_none());
}

#[test]
fn a_prefix_does_not_hide_the_writer() {
    let reader = Reader::open("tests/data/v1/prefixed.mmstats").unwrap();
    let snapshot = reader.snapshot().unwrap();
    assert!(snapshot.get("sys.pid").is_none());
    assert_eq!(snapshot.writer().pid(), Some(4280));
}
