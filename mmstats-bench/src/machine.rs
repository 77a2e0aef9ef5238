//! What was measured, and on what: the head of a report.

use std::fs;

/// The versions of what is measured.
const LOCK: &str = include_str!("../../Cargo.lock");

/// A list, in Markdown.
pub(crate) fn describe(cores: u32, crates: &[&str]) -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let versions: Vec<_> = crates
        .iter()
        .map(|name| format!("{name} {}", version(name).unwrap_or("of unknown version")))
        .collect();
    format!(
        "- {}, {cores} cores, Linux {}\n- {}\n- {}\n",
        processor().unwrap_or_else(|| "an unknown processor".into()),
        kernel.trim(),
        env!("COMPILER"),
        versions.join(", "),
    )
}

fn processor() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let of = |key| {
        let mut lines = info.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim().to_owned())
    };
    let (family, model) = (of("cpu family")?, of("model")?);
    Some(format!("{} (family {family}, model {model})", of("model name")?))
}

/// The version of a crate in the lock file; where there are several, the latest.
fn version(name: &str) -> Option<&'static str> {
    let packages = LOCK.split("[[package]]");
    let of = |package: &'static str, key| {
        let mut lines = package.lines().filter_map(|line| line.split_once(" = "));
        lines.find(|(name, _)| *name == key).map(|(_, value)| value.trim_matches('"'))
    };
    packages
        .filter(|package| of(package, "name") == Some(name))
        .filter_map(|p| of(p, "version"))
        .last()
}
