//! Completions and man pages are those of the tools.

use std::process::Command;

fn mmstats(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_mmstats")).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn completions_know_commands_and_options() {
    for shell in ["bash", "elvish", "fish", "zsh"] {
        let (code, script, _) = mmstats(&["completions", shell]);
        assert_eq!(code, 0);
        for word in ["mmstats", "slurp", "check", "keep-last"] {
            assert!(script.contains(word), "{shell} knows no `{word}`");
        }
        let (_, script, _) = mmstats(&["completions", shell, "slurpstats"]);
        assert!(script.contains("slurpstats") && script.contains("lanes"), "{shell}");
    }
}

/// What bash itself makes of it.
#[test]
fn bash_completes_a_command() {
    let (_, script, _) = mmstats(&["completions", "bash"]);
    let ask = "COMP_WORDS=(mmstats sl); COMP_CWORD=1; _mmstats mmstats sl mmstats; \
               printf '%s\\n' \"${COMPREPLY[@]}\"";
    let output = Command::new("bash").args(["-c", &format!("{script}\n{ask}")]).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "slurp\n");
}

#[test]
fn there_is_a_page_for_each_tool_and_command() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    assert_eq!(mmstats(&["man", path]), (0, String::new(), String::new()));
    for page in [
        "mmstats",
        "mmstats-slurp",
        "mmstats-check",
        "mmstats-serve",
        "slurpstats",
        "cleanstats",
        "mmash",
    ] {
        let text = std::fs::read_to_string(directory.path().join(format!("{page}.1"))).unwrap();
        assert!(
            text.contains(".SH NAME") && text.contains("Exit status") == (page != "mmstats"),
            "{page}"
        );
    }
    let (code, _, error) = mmstats(&["man", "/nowhere/at/all"]);
    assert_eq!(code, 2);
    assert!(error.contains("/nowhere/at/all: No such file or directory"), "{error}");
}
