//! Whole screens, as golden files: `BLESS=1 cargo test -p mmstats-cli` rewrites them.

use std::path::Path;
use std::time::Duration;
use std::{env, fs};

use mmstats_core::{Kind, Scalar, State};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::{Color, Modifier};

use super::super::fixtures::{
    constant, counter, field, model, press, process, sample, text, tick, timer, with_lanes,
};
use super::super::model::Model;
use super::super::sample::{Sample, Times, Value};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn times(count: u64, mean_us: u64) -> Times {
    Times {
        count,
        mean: Duration::from_micros(mean_us),
        p50: Duration::from_micros(mean_us * 4 / 5),
        p99: Duration::from_micros(mean_us * 6),
        latest: true,
        running: 0,
        running_for: None,
    }
}

/// A migration, of which both halves of the screen have much to tell.
fn migration(at: u64) -> Sample {
    let rate = 800.0 + 20.0 * f64::from(u32::try_from(at * 7 % 10).unwrap());
    let done = 8_000 + 812 * at;
    let mut running = times(done, 1_130);
    (running.running, running.running_for) = (1, Some(Duration::from_millis(31)));
    let mut fields = vec![
        constant("total", 40_000),
        constant("done_before", 4_000),
        counter("done", done, rate),
        counter("missing_email", done / 7, rate / 7.0),
        timer("otherdb_timer", rate, running),
        text("user", "小林 さくら\u{1b}[2J"),
    ];
    fields[2].0.help = "Users that this run put into the target.".into();
    sample("update-emails", 4280, State::Live, seconds(125), fields)
}

fn web(pid: u32, at: u64) -> Sample {
    let size = 1_000_000 + (at * 37 % 11) * 1_000;
    let mut size =
        field("cache.size", Some(Kind::Gauge), Value::Number(Scalar::Unsigned(size)), None);
    size.0.unit = "bytes".into();
    let mut idle = times(12, 2_400);
    idle.latest = false;
    let fields = vec![
        counter("requests", u64::from(pid) * 1_000 + at * 31, 31.0 + f64::from(pid % 7)),
        counter("errors", 0, 0.0),
        size,
        field(
            "load",
            Some(Kind::MovingAverage),
            Value::Mean { count: 9, mean: 0.75, latest: true },
            Some(1.0),
        ),
        timer("idle_timer", 0.0, idle),
        timer("unused_timer", 0.0, Times::default()),
    ];
    with_lanes(
        sample("web", pid, State::Live, seconds(7_500), fields),
        &[(pid, true), (pid + 1, false)],
    )
}

/// All kinds of files.
fn files(at: u64) -> Vec<Sample> {
    let mut killed = times(99, 1_500);
    (killed.latest, killed.running) = (false, 1);
    killed.running_for = Some(seconds(3_600));
    let mut import = vec![counter("rows", 99, 0.0), timer("row_timer", 0.0, killed)];
    for (_, figure) in &mut import {
        figure.rate = None;
    }
    let script = vec![field("done", None, Value::Number(Scalar::Unsigned(125)), Some(3.0))];
    let mut script = sample("script", 812, State::Unknown, seconds(59), script);
    process(&mut script).command = None;
    let broken = Sample {
        path: "/run/stats/broken.mmstats".into(),
        content: Err("/run/stats/broken.mmstats: byte 0: expected 512 more bytes, found 7".into()),
    };
    let ended =
        sample("backup", 77, State::Closed, seconds(90_000), vec![counter("files", 5, 0.0)]);
    vec![
        broken,
        ended,
        sample("import", 4100, State::Dead, seconds(7_000), import),
        migration(at),
        script,
        web(900, at),
        web(910, at),
    ]
}

/// After some ticks, with the migration selected.
fn busy() -> Model {
    let mut model = model();
    for at in 0..20 {
        tick(&mut model, files(at));
    }
    press(&mut model, "<Home> <Down> <Down> <Down> <Down>");
    model
}

fn drawn(model: &mut Model, width: u16, height: u16) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| super::draw(model, frame)).unwrap();
    terminal
}

/// What is on the screen, line by line, without blanks at their ends.
fn screen(model: &mut Model, width: u16, height: u16) -> String {
    let terminal = drawn(model, width, height);
    let buffer = terminal.backend().buffer();
    let mut text = String::new();
    for y in 0..height {
        let mut line = String::new();
        let mut covered = 0;
        for x in 0..width {
            let symbol = buffer[(x, y)].symbol();
            // A wide character covers the cell behind it.
            if covered == 0 {
                line.push_str(symbol);
                covered = crate::show::terminal::columns(symbol);
            }
            covered = covered.saturating_sub(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn assert_golden(name: &str, model: &mut Model, width: u16, height: u16) {
    let found = screen(model, width, height);
    let path = format!("tests/golden/top/{name}-{width}x{height}.txt");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "{}: BLESS=1 accepts it", path.display());
}

#[test]
fn processes_at_every_size() {
    for (width, height) in [(120, 30), (80, 24), (60, 16), (40, 10), (20, 5)] {
        assert_golden("processes", &mut busy(), width, height);
    }
}

#[test]
fn the_smallest_screens_are_drawn_too() {
    for keys in ["", "<Enter>", "<Enter> l", "?", "/ x"] {
        for (width, height) in [(1, 1), (2, 2), (3, 3), (7, 4), (300, 2), (1, 50)] {
            let mut model = busy();
            press(&mut model, keys);
            drawn(&mut model, width, height);
        }
    }
}

#[test]
fn one_process_at_every_size() {
    for (width, height) in [(120, 20), (80, 24), (40, 10)] {
        let mut model = busy();
        press(&mut model, "<Enter> <Down> <Down>");
        assert_golden("process", &mut model, width, height);
    }
}

#[test]
fn each_threads_part() {
    let mut model = busy();
    press(&mut model, "<End> <Enter> l <Down>");
    assert_golden("threads", &mut model, 90, 24);
}

#[test]
fn a_killed_process_shows_what_it_was_at() {
    let mut model = busy();
    press(&mut model, "/ import <Enter> <Enter>");
    assert_golden("killed", &mut model, 100, 12);
}

#[test]
fn a_filter_shows_the_fields_that_it_found() {
    let mut model = busy();
    press(&mut model, "/ cache");
    assert_golden("filter", &mut model, 80, 20);
}

#[test]
fn paused_hidden_sorted_and_told() {
    let mut model = busy();
    model.notices = vec!["/srv: cannot list it: \u{1b}[2J".into(), "and so on".into()];
    press(&mut model, "d s s r <Space>");
    assert_golden("paused", &mut model, 100, 20);
}

#[test]
fn nothing_to_show() {
    let mut model = model();
    assert_golden("reading", &mut model, 80, 6);
    tick(&mut model, Vec::new());
    assert_golden("nothing", &mut model, 80, 6);
}

#[test]
fn help() {
    let mut model = busy();
    press(&mut model, "?");
    assert_golden("help", &mut model, 90, 24);
}

#[test]
fn a_long_list_is_scrolled_to_the_cursor() {
    let mut model = model();
    let all = (0..1_000).map(|pid| web(pid, 1)).collect();
    tick(&mut model, all);
    drawn(&mut model, 80, 24);
    press(&mut model, "<PgDn> <PgDn> <Down>");
    assert_golden("scrolled", &mut model, 80, 24);
}

#[test]
fn what_ended_badly_is_red_and_the_cursor_reversed() {
    let terminal = drawn(&mut busy(), 120, 30);
    let buffer = terminal.backend().buffer();
    let style = |text: &str, column: u16| {
        let line = |row: &u16| (0..120).map(|x| buffer[(x, *row)].symbol()).collect::<String>();
        let row = (1..30).find(|row| line(row).contains(text)).expect("it is on the screen");
        buffer[(column, row)].style()
    };
    let state = |text| style(text, 24).fg;
    assert_eq!(state("  import"), Some(Color::Red));
    assert_eq!(state("  web"), Some(Color::Green));
    assert!(style("> update-emails", 0).add_modifier.contains(Modifier::REVERSED));
    assert!(style("> update-emails", 119).add_modifier.contains(Modifier::REVERSED));
}
