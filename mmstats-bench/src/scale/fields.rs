//! Fields of a struct: for each number of them a program is generated, its build is timed beside
//! that of a plain struct, and it measures itself.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use super::Relation;

const COUNTS: [usize; 7] = [10, 30, 100, 300, 1000, 3000, 10_000];

const MANIFEST: &str = r#"
[package]
name = "fields"
version = "0.0.0"
edition = "2024"

[dependencies]
mmstats = { path = "MMSTATS" }

[workspace]
"#;

pub(super) fn measure() -> Result<Vec<Relation>, Box<dyn Error>> {
    let project = tempfile::tempdir()?;
    let memory = tempfile::tempdir_in("/dev/shm")?;
    let (mapped, plain) = (project.path().join("mapped"), project.path().join("plain"));
    let mmstats = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    for (path, main) in [(&mapped, include_str!("program/main.rs")), (&plain, PLAIN)] {
        fs::create_dir_all(path.join("src"))?;
        fs::write(path.join("Cargo.toml"), MANIFEST.replace("MMSTATS", mmstats))?;
        fs::copy(Path::new(mmstats).join("Cargo.lock"), path.join("Cargo.lock"))?;
        fs::write(path.join("src/main.rs"), main)?;
    }
    let mut compiling = Relation::new(
        "fields-compile",
        "Time to compile a struct, incrementally",
        "fields",
        "seconds",
        [
            "derive(MmStats), debug",
            "plain u64, derive(Debug, Default), debug",
            "derive(MmStats), release",
            "plain, release",
        ],
    );
    let mut running = Relation::new(
        "fields-run",
        "A struct of counters",
        "fields",
        "µs",
        ["create", "Reader::open", "snapshot", "flush, in memory", "flush, on a disk"],
    );
    let mut increment = Relation::new(
        "fields-increment",
        "An increment of the last counter of a struct",
        "fields",
        "ns",
        ["stats.last.inc()"],
    );
    let mut size =
        Relation::new("fields-size", "The size of a file", "fields", "KiB", ["one lane"]);
    for count in COUNTS {
        fs::write(mapped.join("src/stats.rs"), derived(count))?;
        fs::write(plain.join("src/stats.rs"), underived(count))?;
        let mut seconds = Vec::new();
        for profile in ["dev", "release"] {
            for path in [&mapped, &plain] {
                seconds.push(Some(compile(path, profile)?));
            }
        }
        compiling.add(count, &seconds);
        let mut program = Command::new(mapped.join("target/release/fields"));
        let output = program.arg(memory.path()).arg(project.path()).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let numbers = String::from_utf8(output.stdout)?;
        let numbers: Vec<f64> =
            numbers.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let [create, inc, open, snapshot, flush, flush_disk, bytes] = numbers[..] else {
            return Err("seven numbers were expected".into());
        };
        let times = [create, open, snapshot, flush, flush_disk];
        running.add(count, &times.map(|ns| Some(ns / 1e3)));
        increment.add(count, &[Some(inc)]);
        size.add(count, &[Some(bytes / 1024.0)]);
    }
    Ok(vec![compiling, running, increment, size])
}

const PLAIN: &str = r#"
mod stats;

fn main() {
    println!("{:?}", stats::Stats::default());
}
"#;

fn derived(count: usize) -> String {
    let mut text = String::from("use mmstats::{Counter, MmStats};\n\n#[derive(MmStats)]\n");
    structure(&mut text, count, "Counter");
    let last = count - 1;
    let _ = writeln!(text, "pub fn last(stats: &Stats) -> &Counter {{ &stats.field_{last} }}");
    text
}

fn underived(count: usize) -> String {
    let mut text = String::from("#[derive(Debug, Default)]\n");
    structure(&mut text, count, "u64");
    text
}

fn structure(text: &mut String, count: usize, kind: &str) {
    text.push_str("#[allow(dead_code)]\npub struct Stats {\n");
    for field in 0..count {
        let _ = writeln!(text, "    field_{field}: {kind},");
    }
    text.push_str("}\n");
}

/// What a build takes once everything but the struct has been compiled; the best of some.
fn compile(project: &Path, profile: &str) -> Result<f64, Box<dyn Error>> {
    let cargo = |arguments: &[&str]| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut cargo = Command::new(cargo);
        cargo.args(arguments).args(["--quiet", "--profile", profile]).current_dir(project);
        // As it is from the shell, whatever this program itself was built with.
        cargo.env_remove("CARGO_TARGET_DIR").env_remove("CARGO_INCREMENTAL");
        let output = cargo.output()?;
        if output.status.success() {
            Ok::<_, Box<dyn Error>>(())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into())
        }
    };
    cargo(&["build"])?;
    let mut best = f64::INFINITY;
    for _ in 0..3 {
        cargo(&["clean", "--package", "fields"])?;
        let start = Instant::now();
        cargo(&["build"])?;
        best = best.min(start.elapsed().as_secs_f64());
    }
    Ok(best)
}
