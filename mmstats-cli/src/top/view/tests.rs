//! Whole screens, as golden files: `BLESS=1 cargo test -p mmstats-cli` rewrites them.

use std::path::Path;
use std::time::Duration;
use std::{env, fs, mem, thread};

use mmstats::{Constant, Counter, Gauge, Mapped, MmStats, MovingAverage, State, Text, Timer};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::{Color, Modifier};

use super::super::fixtures::{Process, Stage};
use super::super::model::Model;

#[derive(MmStats)]
struct Migration {
    #[mmstats(initial = 40_000)]
    total: Constant<u64>,
    #[mmstats(initial = 4_000)]
    done_before: Constant<u64>,
    /// Users that this run put into the target.
    done: Counter,
    missing_email: Counter,
    otherdb_timer: Timer,
    user: Text<64>,
}

#[derive(MmStats)]
struct Web {
    requests: Counter,
    errors: Counter,
    #[mmstats(name = "cache.size", unit = "bytes")]
    cache_size: Gauge<u64>,
    load: MovingAverage,
    idle_timer: Timer,
    unused_timer: Timer,
}

#[derive(MmStats)]
struct Import {
    rows: Counter,
    row_timer: Timer,
}

#[derive(MmStats)]
struct Script {
    done: Counter,
}

const IMPORT: Process = Process("import", 4100, State::Dead, 7_000);

/// Writes a file that fills both halves of the screen, as it is at a look.
fn write_migration(stage: &mut Stage, look: u64) {
    let done = 8_000 + (0..=look).map(|look| 400 + look * 70 % 100).sum::<u64>();
    let process = Process("update-emails", 4280, State::Live, 90);
    stage.write(process, |stats: &Mapped<Migration>| {
        stats.done.add(done);
        stats.missing_email.add(done / 7);
        for sample in 0..done / 10 {
            stats.otherdb_timer.record(Duration::from_micros(500 + sample % 100 * 10));
        }
        mem::forget(stats.otherdb_timer.start());
        stats.user.set("小林 さくら\u{1b}[2J");
    });
}

fn write_web(stage: &mut Stage, pid: u32, look: u64) {
    stage.write(Process("web", pid, State::Live, 7_500), |stats: &Mapped<Web>| {
        stats.requests.add(u64::from(pid) * 1_000 + look * 155);
        stats.cache_size.set(1_000_000 + (look * 37 % 11) * 1_000);
        (0..=look).for_each(|_| stats.load.add(0.75));
        (0..12).for_each(|_| stats.idle_timer.record(Duration::from_micros(2_400)));
        thread::scope(|scope| {
            scope.spawn(|| stats.requests.add(look * 20)).join().unwrap();
        });
    });
}

/// Returns a stage with files in all states, after some looks, with the migration selected.
fn busy() -> Stage {
    let mut stage = Stage::new();
    stage.write_broken();
    stage.write(IMPORT, |stats: &Mapped<Import>| {
        stats.rows.add(99);
        (0..99).for_each(|_| stats.row_timer.record(Duration::from_micros(1_500)));
        mem::forget(stats.row_timer.start());
    });
    let backup = Process("backup", 77, State::Closed, 90_000);
    stage.write(backup, |stats: &Mapped<Script>| stats.done.add(5));
    for look in 0..8 {
        let script = Process("", 812, State::Unknown, 20);
        stage.write_lossy(script, 3, |stats: &Mapped<Script>| stats.done.add(125 + look * 15));
        write_migration(&mut stage, look);
        write_web(&mut stage, 900, look);
        write_web(&mut stage, 910, look);
        stage.look();
    }
    stage.press("<Home> <Down> <Down> <Down> <Down>");
    stage
}

fn drawn(model: &mut Model, width: u16, height: u16) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| super::draw(model, frame)).unwrap();
    terminal
}

/// Returns the text on the screen, line by line, without blanks at their ends.
fn screen(model: &mut Model, width: u16, height: u16) -> String {
    let terminal = drawn(model, width, height);
    let buffer = terminal.backend().buffer();
    let mut text = String::new();
    for y in 0..height {
        let mut line = String::new();
        let mut covered = 0;
        for x in 0..width {
            let symbol = buffer[(x, y)].symbol();
            // A wide character covers the next cell.
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

fn assert_golden(name: &str, stage: &mut Stage, width: u16, height: u16) {
    let found = screen(&mut stage.model, width, height);
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
    let mut stage = busy();
    for (width, height) in [(120, 30), (80, 24), (60, 16), (40, 10), (20, 5)] {
        assert_golden("processes", &mut stage, width, height);
    }
}

#[test]
fn the_smallest_screens_are_drawn_too() {
    for keys in ["", "<Enter>", "<Enter> l", "?", "/ x"] {
        let mut stage = busy();
        stage.press(keys);
        for (width, height) in [(1, 1), (2, 2), (3, 3), (7, 4), (300, 2), (1, 50)] {
            drawn(&mut stage.model, width, height);
        }
    }
}

#[test]
fn one_process_at_every_size() {
    let mut stage = busy();
    stage.press("<Enter> <Down> <Down>");
    for (width, height) in [(120, 20), (80, 24), (40, 10)] {
        assert_golden("process", &mut stage, width, height);
    }
}

#[test]
fn shares_of_threads() {
    let mut stage = busy();
    stage.press("<End> <Enter> l <Down>");
    assert_golden("threads", &mut stage, 90, 24);
}

#[test]
fn a_killed_process_shows_what_was_running() {
    let mut stage = busy();
    stage.press("/ import <Enter> <Enter>");
    assert_golden("killed", &mut stage, 100, 12);
}

#[test]
fn a_filter_shows_the_matching_fields() {
    let mut stage = busy();
    stage.press("/ cache");
    assert_golden("filter", &mut stage, 80, 20);
}

#[test]
fn paused_hidden_sorted_and_with_notices() {
    let mut stage = busy();
    stage.model.notices = vec!["/srv: cannot list it: \u{1b}[2J".into(), "and so on".into()];
    stage.press("d s s r <Space>");
    assert_golden("paused", &mut stage, 100, 20);
}

/// The numbers are those of a program whose counts outgrow the screen.
#[derive(MmStats)]
struct Narrow {
    #[mmstats(initial = 800_000)]
    total: Constant<u64>,
    #[mmstats(name = "web.requests_that_took_longer_than_their_deadline")]
    requests: Counter,
    huge: Gauge<f64>,
    step_timer: Timer,
}

#[test]
fn numbers_are_never_cut() {
    let mut stage = Stage::new();
    stage.write(Process("web", 900, State::Live, 7_500), |stats: &Mapped<Narrow>| {
        stats.requests.add(7_654_321);
        stats.huge.set(f64::MAX);
        stats.step_timer.record(Duration::from_secs(3_725));
    });
    stage.look();
    stage.press("<Enter>");
    for (width, height) in [(100, 9), (56, 9), (22, 9), (14, 9)] {
        assert_golden("narrow", &mut stage, width, height);
    }
}

#[test]
fn a_dead_process_grows_no_younger() {
    let mut stage = busy();
    stage.press("/ import <Enter> <Enter>");
    for _ in 0..60 {
        stage.look();
    }
    // The file is not read again.
    let screen = screen(&mut stage.model, 100, 12);
    assert!(screen.contains("import  pid 4100  dead  last seen alive 5 min 35 s ago"), "{screen}");
    assert!(screen.contains("1 when it died, started 1 h 6 min ago"), "{screen}");
}

#[test]
fn a_closed_process_shows_when_it_ended_and_how_long_it_ran() {
    let mut stage = busy();
    stage.press("<Home> <Enter>");
    let screen = screen(&mut stage.model, 100, 12);
    assert!(screen.contains("backup  pid 77  closed 6 h 15 min ago  ran 18 h 45 min"), "{screen}");
}

#[test]
fn lost_threads_are_reported() {
    let mut stage = busy();
    stage.press("<Down> <Up> <Up>");
    for keys in ["", "<Enter>"] {
        stage.press(keys);
        let screen = screen(&mut stage.model, 100, 24);
        let expected = "3 threads are missing: the file could not be extended";
        assert!(screen.contains(expected), "{screen}");
    }
}

#[test]
fn nothing_to_show() {
    let mut stage = Stage::new();
    assert_golden("reading", &mut stage, 80, 6);
    stage.look();
    assert_golden("nothing", &mut stage, 80, 6);
}

#[test]
fn help() {
    let mut stage = busy();
    stage.press("?");
    assert_golden("help", &mut stage, 90, 24);
}

#[test]
fn a_long_list_is_scrolled_to_the_cursor() {
    let mut stage = Stage::new();
    (0..100).for_each(|pid| write_web(&mut stage, pid, 1));
    stage.look();
    drawn(&mut stage.model, 80, 24);
    stage.press("<PgDn> <PgDn> <Down>");
    assert_golden("scrolled", &mut stage, 80, 24);
}

#[test]
fn dead_is_red_and_the_cursor_reversed() {
    let terminal = drawn(&mut busy().model, 120, 30);
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
