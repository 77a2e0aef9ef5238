//! The head of a report: the machine, and the versions of what was measured.

use std::fs;

/// The lock file, which contains the versions of all crates.
const LOCK: &str = include_str!("../../Cargo.lock");

/// Describes the machine, the compiler and the given crates as a Markdown list.
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
    let value = |key| {
        let mut lines = info.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim().to_owned())
    };
    let (family, model) = (value("cpu family")?, value("model")?);
    Some(format!("{} (family {family}, model {model})", value("model name")?))
}

/// Returns the version of a crate in the lock file, the latest if there are several.
fn version(name: &str) -> Option<&'static str> {
    let packages = LOCK.split("[[package]]");
    let value = |package: &'static str, key| {
        let mut lines = package.lines().filter_map(|line| line.split_once(" = "));
        lines.find(|(name, _)| *name == key).map(|(_, value)| value.trim_matches('"'))
    };
    packages
        .filter(|package| value(package, "name") == Some(name))
        .filter_map(|package| value(package, "version"))
        .last()
}
