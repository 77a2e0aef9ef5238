//! Hot paths compile to the instructions that were last reviewed: `BLESS=1` accepts a change.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// Returns the assembly of `tests/codegen/hot_paths.rs`.
fn assembly() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = root.join("target/codegen");
    let status = Command::new(env::var_os("CARGO").expect("cargo runs this"))
        .current_dir(root)
        .args(["rustc", "--quiet", "--release", "--package", "hot_paths", "--target-dir"])
        .arg(&target)
        .args(["--", "--emit=asm", "-Ccodegen-units=1", "-Cdebuginfo=0"])
        // Variables that change instructions or the names of functions.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("RUSTC_BOOTSTRAP")
        .status()
        .expect("cargo can be started");
    assert!(status.success());
    let built = fs::read_dir(target.join("release/deps")).expect("it was built");
    let files = built.map(|entry| entry.expect("it can be listed").path());
    let files = files.filter(|path| path.display().to_string().contains("hot_paths"));
    let newest = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "s"))
        .max_by_key(|path| fs::metadata(path).and_then(|found| found.modified()).ok())
        .expect("assembly was emitted");
    fs::read_to_string(newest).expect("it can be read")
}

/// Returns the instructions of one function, without labels and directives.
fn function<'a>(assembly: &'a str, name: &str) -> Vec<&'a str> {
    let mangled = format!("9hot_paths{}{name}17h", name.len());
    let is_start = |line: &&str| line.contains(&mangled) && line.ends_with(':');
    let body = assembly.lines().skip_while(|line| !is_start(line)).skip(1);
    let body = body.take_while(|line| !line.contains(".cfi_endproc")).map(str::trim);
    let instructions: Vec<_> =
        body.filter(|line| !line.starts_with('.') && !line.ends_with(':')).collect();
    assert!(!instructions.is_empty(), "`{name}` is not in the assembly");
    instructions
}

#[rustversion::attr(not(stable(1.95)), ignore = "instructions differ between compilers")]
#[cfg_attr(not(target_arch = "x86_64"), ignore = "the golden files are for x86-64")]
#[test]
fn hot_paths_are_as_tight_as_they_were() {
    let assembly = assembly();
    for name in [
        "counter_inc",
        "counter_add",
        "updown_dec",
        "nested_inc",
        "array_inc",
        "family_inc",
        "family_inc_by",
    ] {
        let instructions = function(&assembly, name).join("\n") + "\n";
        let golden = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/codegen")
            .join(format!("{name}.x86_64.asm"));
        if env::var_os("BLESS").is_some() {
            fs::write(&golden, &instructions).expect("the golden file can be written");
        }
        let expected = fs::read_to_string(&golden).expect("the golden file is there");
        assert_eq!(instructions, expected, "`{name}`");
    }
    for name in [
        "counter_inc",
        "handle_inc",
        "eight_handles_inc",
        "progress_inc",
        "gauge_set",
        "text_set",
        "histogram_record",
        "timer",
    ] {
        let locked: Vec<_> = function(&assembly, name)
            .into_iter()
            .filter(|line| line.starts_with("lock") || line.starts_with("xchg"))
            .collect();
        assert!(locked.is_empty(), "`{name}` has locked instructions: {locked:?}");
    }
}
