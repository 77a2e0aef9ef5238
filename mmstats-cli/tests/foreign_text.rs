//! Nothing that a file or a request says reaches a terminal as it is: every tool and every address.

mod http;
mod server;
mod tool;

use std::fs;
use std::process::Command;

use mmstats::{Counter, Gauge, MmStats, Text};

use server::Server;
use tool::{Dir, Outcome, version_1_with};

#[derive(MmStats)]
struct Job {
    done: Counter,
    size: Gauge<u64>,
    user: Text<255>,
}

/// All control characters, and some that are invisible or change the direction of text.
fn hostile() -> String {
    let controls = (1..0x20).chain(0x7f..0xa0).filter_map(char::from_u32);
    controls.chain("\u{ad}\u{200b}\u{202e}\u{2066}\u{2028}\u{feff}\u{e0041}".chars()).collect()
}

/// Returns whether a terminal would interpret the character, or show nothing.
fn is_harmful(char: char) -> bool {
    char.is_control() || hostile().contains(char)
}

/// Asserts that a text of lines has no harmful character, and shows the escape character escaped.
fn assert_harmless(what: &str, text: &str) {
    if let Some(found) = text.chars().find(|char| is_harmful(*char) && *char != '\n') {
        panic!("{what}: {found:?} in {text:?}");
    }
    let escapes = ["\\u{1b}", "\\u{c}", "\\u001b", "/u{1b}"]; // Munin takes `\` for an escape
    assert!(escapes.iter().any(|escape| text.contains(escape)), "{what}: nothing in {text:?}");
    assert!(text.lines().count() < 200, "{what}: too many lines: {text}");
}

/// A directory with files that are hostile in their names, labels and texts, in their command, and in
/// what makes them unreadable.
fn dir() -> Dir {
    let dir = Dir::of_mmstats();
    let hostile = hostile();
    let mut text = hostile.clone().into_bytes();
    text.resize(255, 0);
    let done = 7_u64.to_le_bytes();
    let fields: [(&str, &str, &[u8]); 2] =
        [(&format!("done{hostile}"), "Q", &done), ("done", "Q", &done)];
    let file = version_1_with(&[(&format!("text{hostile}"), "255s", &text)], &fields);
    fs::write(dir.path(&format!("a{hostile}.mmstats")), &file).unwrap();
    fs::write(dir.path(&format!("b{hostile}.mmstats")), format!("#!{hostile}")).unwrap();
    let job = dir.create::<Job>("c.mmstats");
    job.user.set(&hostile);
    job.done.inc();
    drop(job);
    let command = &hostile[..(0..=60).rev().find(|end| hostile.is_char_boundary(*end)).unwrap()];
    dir.patch("c.mmstats", 184, &u16::try_from(command.len()).unwrap().to_le_bytes());
    dir.patch("c.mmstats", 192, command.as_bytes());
    dir
}

#[test]
fn all_tools_escape_foreign_text() {
    let dir = dir();
    let hostile = hostile();
    let missing = format!("{hostile}.mmstats");
    let field = format!("done{hostile}");
    let similar = format!("don{hostile}");
    let a = format!("a{hostile}.mmstats");
    let option = format!("--{hostile}");
    let pattern = format!("{hostile}/a***");
    let tool = |name: &'static str| match name {
        "slurpstats" => env!("CARGO_BIN_EXE_slurpstats"),
        "pollstats" => env!("CARGO_BIN_EXE_pollstats"),
        "cleanstats" => env!("CARGO_BIN_EXE_cleanstats"),
        "mmash" => env!("CARGO_BIN_EXE_mmash"),
        _ => env!("CARGO_BIN_EXE_mmstats"),
    };
    let run = |name: &'static str, arguments: &[&str]| {
        let mut command = dir.program(&[&[tool(name)], arguments].concat());
        // Munin's settings.
        for variable in ["title", "category", "info", "vlabel", "args"] {
            command.env(variable, &hostile);
        }
        let outcome = Outcome::of(&mut command);
        assert_harmless(
            &format!("{name} {arguments:?}"),
            &format!("{}{}", outcome.out, outcome.err),
        );
    };
    for format in ["plain", "pretty", "json"] {
        run("slurpstats", &["--format", format, "--help-texts", "--lanes", "."]);
        run("slurpstats", &["--format", format, "--rates", "-d", "0.01", "."]);
        run("slurpstats", &["--format", format, "--since", &a, "."]);
        run("mmstats", &["diff", "--format", format, &a, &a]);
    }
    for arguments in [
        &[missing.as_str()][..],
        &[&pattern],
        &[&option],
        &["--since", &missing],
        &["--format", &hostile],
    ] {
        run("slurpstats", arguments);
    }
    for format in ["plain", "json"] {
        run("pollstats", &["-c", "2", "-d", "0.01", "--format", format, &field, "."]);
        run("pollstats", &["-c", "1", "--format", format, &similar, "."]);
        run("pollstats", &["-c", "1", "done", ".", "-f", &hostile]);
        run("pollstats", &["-c", "1", "done", &missing]);
    }
    run("mmstats", &["diff", "c.mmstats", &a]);
    run("mmstats", &["diff", &missing, &missing]);
    for arguments in [
        &["."][..],
        &["-v", "."],
        &[&missing],
        &["--field", &field, "-w", "1", "."],
        &["--field", &similar, "."],
        &["--field", "size", "-v", "."],
        &["--field", &format!("text{hostile}"), "."],
        &["--stale", "0", "."],
        &["--warning", &hostile, "--field", "done"],
        &[&option],
    ] {
        run("mmstats", &[&["check"], arguments].concat());
    }
    run("mmstats", &["munin", "config"]);
    run("mmstats", &["munin"]);
    run("mmstats", &[&hostile]);
    run("cleanstats", &["--dry-run", "--verbose", "."]);
    run("cleanstats", &["--dry-run", &a, &missing]);
    run("cleanstats", &["--older-than", &hostile]);
    run("mmash", &["--host", &hostile]);
    run("mmash", &["--port", &hostile]);
    let mut settings = dir.program(&[tool("mmash")]);
    settings.env("MMASH_SETTINGS", &a);
    assert_harmless("settings", &Outcome::of(&mut settings).err);
    fs::write(dir.path("settings.py"), format!("HOST = {}", hostile.replace(['\n', '\r'], "")))
        .unwrap();
    settings.env("MMASH_SETTINGS", "settings.py");
    assert_harmless("settings", &Outcome::of(&mut settings).err);
}

#[test]
fn munin_reports_mistyped_names_escaped() {
    let dir = dir();
    let mut command: Command = dir.program(&[env!("CARGO_BIN_EXE_mmstats"), "munin"]);
    command.env("fields", "\u{1b}x").env("counters", "\u{1b}[").env("merge", "\u{1b}");
    command.env("quantiles", "\u{1b}").env("files", "\u{1b}.mmstats .");
    assert_harmless("munin", &Outcome::of(&mut command).err);
}

#[test]
fn all_addresses_escape_foreign_text() {
    let dir = dir();
    let serve = &mut dir.program(&[env!("CARGO_BIN_EXE_mmash"), "--port", "0"]);
    let server = Server::spawn(serve);
    let encode =
        |text: &str| text.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
    let hostile = encode(&hostile());
    assert_eq!(
        server.json("/live")["notices"].as_array().map(Vec::len),
        Some(1),
        "{}",
        server.json("/live")["notices"]
    );
    for path in [
        "/stats/",
        "/stats/text",
        "/stats/unknown?exact=1",
        &format!("/stats/done{hostile}"),
        &format!("/stats/done{hostile}?exact=1&aggr=sum"),
        &format!("/stats/{hostile}?exact=1"),
        &format!("/stats/text{hostile}?aggr=sum"),
        &format!("/stats/?glob={hostile}***"),
        &format!("/stats/x?aggr={hostile}"),
        "/files/",
        "/files/a*",
        &format!("/files/{hostile}***"),
        "/json?help-texts&lanes&rates",
        "/live",
        "/live?history&drawable&open=none",
        &format!("/live?label=done{hostile}&history"),
        &format!("/static/{hostile}"),
    ] {
        let response = server.get(path);
        assert_harmless(path, &response.body);
        assert_eq!(response.headers.chars().find(|char| is_harmful(*char) && *char != '\n'), None);
    }
    for path in [
        format!("/{hostile}"),
        format!("/graph?{hostile}"),
        "/stats/%ff?exact=1".into(),
        "/live?label=%ff".into(),
    ] {
        let response = server.get(&path);
        let all = response.headers + &response.body;
        assert_eq!(all.chars().find(|char| is_harmful(*char) && *char != '\n'), None, "{path}");
    }
}
