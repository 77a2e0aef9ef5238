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

/// Returns what bash offers for the last of these words.
fn completed(words: &str) -> String {
    let (_, script, _) = mmstats(&["completions", "bash"]);
    let ask = format!(
        "COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
         _mmstats mmstats \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; echo \"${{COMPREPLY[@]}}\""
    );
    let output = Command::new("bash").args(["-c", &format!("{script}\n{ask}")]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn bash_completes_commands_options_and_files() {
    assert_eq!(completed("mmstats sl"), "slurp\n");
    assert_eq!(completed("mmstats slurp --ra"), "--rates\n");
    assert_eq!(completed("mmstats slurp --format pre"), "pretty\n");
    assert!(completed("mmstats completions ''").contains("fish"));
    // Bash offers files where the script offers nothing.
    assert_eq!(completed("mmstats slurp ''"), "\n");
    assert_eq!(completed("mmstats slurp --lanes ''"), "\n");
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
    let page = std::fs::read_to_string(directory.path().join("mmstats-poll.1")).unwrap();
    assert!(page.contains("mmstats poll"), "{page}");
    assert!(page.contains("[\\-d|\\-\\-interval SECONDS] "), "{page}");
    assert!(page.contains("FIELDS [FILE|DIR|PATTERN|PID]..."), "{page}");
    let (code, _, error) = mmstats(&["man", "/nowhere/at/all"]);
    assert_eq!(code, 2);
    assert!(error.contains("/nowhere/at/all: No such file or directory"), "{error}");
}
