use mmstats::{Constant, Counter, DynFamily, Gauge, Mapped, MmStats, Text};

use super::super::fixtures::{Process, Stage};
use super::super::present::rate;
use super::*;

#[derive(MmStats)]
struct Job {
    #[mmstats(initial = 100)]
    total: Constant<u64>,
    user: Text<8>,
    done: Counter,
}

#[derive(MmStats)]
struct Page {
    #[mmstats(name = "Requests")]
    requests: Counter,
}

const A: Process = Process("a", 3, State::Live, 30);
const B: Process = Process("b", 1, State::Live, 10);
const C: Process = Process("c", 2, State::Live, 20);

fn write(stage: &mut Stage, process: Process, done: u64) {
    stage.write(process, |stats: &Mapped<Job>| stats.done.add(done));
}

/// Returns a stage with three processes, after two looks.
fn started() -> Stage {
    let mut stage = Stage::new();
    for look in 0..2 {
        for (process, done) in [(B, 25), (A, 45), (C, 35)] {
            write(&mut stage, process, look * done);
        }
        stage.look();
    }
    stage
}

/// Returns the commands that are shown, in order.
fn shown(stage: &Stage) -> String {
    stage.model.shown().map(Track::command).collect::<Vec<_>>().join(" ")
}

fn selected(stage: &Stage) -> &str {
    stage.model.selected().map_or("", Track::command)
}

// ---- The list ----

#[test]
fn every_column_sorts_and_reverses() {
    let mut stage = started();
    let mut orders = Vec::new();
    for _ in 0..Sort::ALL.len() {
        orders.push(format!("{}: {}", stage.model.sort.name(), shown(&stage)));
        stage.press("s");
    }
    let expected = [
        "command: a b c",
        "pid: b c a",
        "state: a b c",
        "age: b c a",
        "stats: a b c",
        "rate: a c b",
    ];
    assert_eq!(orders, expected);
    stage.press("r");
    assert_eq!(shown(&stage), "c b a");
}

#[test]
fn states_that_need_attention_are_sorted_to_the_top() {
    let mut stage = Stage::new();
    let states = [State::Closed, State::Live, State::Unknown, State::Dead, State::Panicked];
    for state in states {
        write(&mut stage, Process(state.as_str(), 1, state, 0), 0);
    }
    stage.write_broken();
    stage.look();
    stage.press("s s");
    assert_eq!(shown(&stage), "panicked dead live unknown closed broken");
}

#[test]
fn the_selected_process_stays_selected() {
    let mut stage = started();
    stage.press("<Down>");
    assert_eq!((selected(&stage), stage.model.cursor()), ("b", Some(1)));
    stage.press("r s s s s s");
    assert_eq!(selected(&stage), "b");
    write(&mut stage, Process("0", 8, State::Live, 1), 0);
    write(&mut stage, Process("aa", 9, State::Live, 1), 0);
    stage.look();
    stage.press("r s");
    assert_eq!((shown(&stage).as_str(), selected(&stage)), ("0 a aa b c", "b"));
}

#[test]
fn when_the_selected_process_goes_its_neighbour_is_selected() {
    let mut stage = started();
    stage.press("<Down>");
    stage.remove(B);
    stage.look();
    assert_eq!(selected(&stage), "c");
    for process in [A, C] {
        stage.remove(process);
    }
    stage.look();
    assert_eq!((selected(&stage), stage.model.cursor()), ("", None));
    stage.press("<Down> <Up> <PgDn> <End> <Home> <Enter> l");
    for process in [A, B] {
        write(&mut stage, process, 0);
    }
    stage.look();
    assert_eq!(selected(&stage), "a");
}

#[test]
fn the_cursor_stays_in_the_list() {
    let mut stage = started();
    stage.model.page = 2;
    let mut visited = String::new();
    for key in ["<Up>", "<Down>", "<PgDn>", "<PgDn>", "<End>", "<Home>", "G", "g", "j", "k"] {
        stage.press(key);
        visited.push_str(selected(&stage));
    }
    assert_eq!(visited, "abcccacaba");
}

#[test]
fn ended_processes_are_hidden_and_shown() {
    let mut stage = started();
    write(&mut stage, Process("a", 3, State::Dead, 30), 45);
    write(&mut stage, Process("c", 2, State::Closed, 20), 35);
    stage.look();
    assert_eq!((shown(&stage).as_str(), stage.model.hidden()), ("a b c", 0));
    stage.press("d");
    assert_eq!((shown(&stage).as_str(), stage.model.hidden()), ("b", 2));
    stage.press("d");
    assert_eq!((shown(&stage).as_str(), stage.model.hidden()), ("a b c", 0));
}

// ---- Filters ----

#[test]
fn processes_are_found_by_command_pid_path_and_label() {
    let mut stage = started();
    let web = Process("Web", 7777, State::Live, 0);
    stage.write(web, |stats: &Mapped<Page>| stats.requests.inc());
    stage.look();
    for (filter, expected) in [
        ("WEB", "Web"),
        ("7777", "Web"),
        ("c-2.mm", "c"),
        ("quests", "Web"),
        ("user", "a b c"),
        ("nothing", ""),
    ] {
        stage.press(&format!("/ {filter} <Enter>"));
        assert_eq!(shown(&stage), expected, "{filter}");
        stage.press("<Esc>");
        assert_eq!(shown(&stage), "a b c Web");
    }
}

#[test]
fn keys_that_are_typed_into_a_filter_do_nothing_else() {
    let mut stage = started();
    stage.press("/ qdsrl?");
    let model = &stage.model;
    assert_eq!((model.filter.as_str(), model.editing, model.help), ("qdsrl?", true, false));
    stage.press("<Backspace> <Backspace> <Esc>");
    assert_eq!((stage.model.filter.as_str(), stage.model.editing), ("", false));
    stage.press("/ <Backspace>");
    assert!(!stage.model.editing);
    stage.press("/");
    assert_eq!(stage.model.key(Key::Interrupt), Flow::Quit);
}

#[test]
fn fields_have_a_filter_of_their_own() {
    let mut stage = started();
    stage.press("<Enter> / USE <Enter>");
    let rows = |stage: &Stage| stage.model.rows(stage.model.selected().unwrap()).len();
    assert_eq!((rows(&stage), shown(&stage).as_str()), (1, "a b c"));
    stage.press("<Esc>");
    assert_eq!(rows(&stage), 3);
    stage.press("<Esc>");
    assert_eq!(stage.model.screen, Screen::Processes);
}

// ---- One process ----

#[test]
fn a_process_on_the_screen_stays_there() {
    let mut stage = started();
    stage.press("<Enter>");
    write(&mut stage, Process("a", 3, State::Dead, 30), 45);
    stage.look();
    stage.press("d");
    assert_eq!((selected(&stage), shown(&stage).as_str()), ("a", "b c"));
    assert_ne!(stage.model.screen, Screen::Processes);
    // Until its file is gone.
    for process in [A, C] {
        stage.remove(process);
    }
    stage.look();
    assert_eq!((selected(&stage), &stage.model.screen), ("b", &Screen::Processes));
}

#[test]
fn lanes_do_not_move_the_cursor_to_another_field() {
    let mut stage = Stage::new();
    stage.write(A, |stats: &Mapped<Job>| {
        stats.done.inc();
        std::thread::scope(|scope| {
            scope.spawn(|| stats.done.inc()).join().unwrap();
        });
    });
    stage.look();
    stage.press("<Enter> <Down> <Down>");
    let row = |stage: &Stage| match &stage.model.screen {
        Screen::Process(fields) => {
            let row = stage.model.rows(stage.model.selected().unwrap())[fields.selected];
            let figure = stage.model.selected().unwrap().figure(row.field).unwrap();
            (figure.stat.name().to_owned(), row.lane)
        }
        Screen::Processes => panic!("the screen of the process was left"),
    };
    stage.press("l");
    assert_eq!(row(&stage), ("done".into(), None));
    stage.press("<Down> <Down>");
    assert_eq!(row(&stage), ("done".into(), Some(1)));
    stage.press("l");
    assert_eq!(row(&stage), ("done".into(), None));
}

#[test]
fn a_new_key_does_not_move_the_cursor_to_another_field() {
    let mut stage = Stage::new();
    let look = |stage: &mut Stage, pages: &[&str]| {
        stage.write(A, |stats: &Mapped<Keyed>| {
            for page in pages {
                stats.hits.of(*page).inc();
            }
        });
        stage.look();
    };
    look(&mut stage, &["b"]);
    stage.press("<Enter> <Down>");
    let selected = |stage: &Stage| stage.model.selected_field().unwrap().0;
    assert_eq!(selected(&stage), r#"hits{page="b"}"#);
    look(&mut stage, &["b", "a"]);
    assert_eq!(selected(&stage), r#"hits{page="b"}"#);
}

#[test]
fn a_file_that_cannot_be_read_cannot_be_entered() {
    let mut stage = Stage::new();
    stage.write_broken();
    stage.look();
    stage.press("<Enter>");
    assert_eq!(stage.model.screen, Screen::Processes);
}

// ---- Ticks ----

/// Returns the history of `done`, rounded.
fn history(stage: &Stage) -> Vec<f64> {
    let track = stage.model.selected().unwrap();
    let (index, _) = track.figures().nth(2).unwrap();
    track.history(index).unwrap().last(9).map(f64::round).collect()
}

#[test]
fn a_restarted_writer_starts_a_history_of_its_own() {
    let mut stage = Stage::new();
    for done in [0, 5, 15, 30] {
        write(&mut stage, A, done);
        stage.look();
    }
    assert_eq!(history(&stage), [1.0, 2.0, 3.0]);
    stage.remove(A);
    let restarted = Process("a", 3, State::Live, 0);
    write(&mut stage, restarted, 40);
    stage.look();
    assert!(history(&stage).is_empty());
    write(&mut stage, restarted, 60);
    stage.look();
    assert_eq!(history(&stage), [4.0]);
}

#[derive(MmStats)]
struct Keyed {
    #[mmstats(key = "page")]
    hits: DynFamily<Counter, 4>,
    done: Counter,
}

#[test]
fn histories_stay_with_their_statistics_when_a_new_key_comes_up() {
    let mut stage = Stage::new();
    for (a, b) in [(0, 0), (0, 5), (3, 15), (8, 30)] {
        stage.write(A, |stats: &Mapped<Keyed>| {
            stats.hits.of("b").add(b);
            if a > 0 {
                stats.hits.of("a").add(a);
            }
            stats.done.add(2 * b);
        });
        stage.look();
    }
    let track = stage.model.selected().unwrap();
    let history = |key: &str| {
        let mut figures = track.figures();
        let (index, _) = figures.find(|(_, figure)| figure.stat.key().as_str() == key).unwrap();
        track.history(index).unwrap().last(9).map(f64::round).collect::<Vec<_>>()
    };
    assert_eq!(history(r#"hits{page="b"}"#), [1.0, 2.0, 3.0]);
    assert_eq!(history("done"), [2.0, 4.0, 6.0]);
    assert_eq!(history(r#"hits{page="a"}"#).last(), Some(&1.0));
    let headline = track.figure(track.headline().unwrap()).unwrap();
    assert_eq!(headline.stat.key().as_str(), r#"hits{page="a"}"#, "and not the overflow");
}

#[test]
fn the_history_of_a_writer_that_ended_stays_but_it_has_no_rate() {
    let mut stage = started();
    assert_eq!(history(&stage), [9.0]);
    write(&mut stage, Process("a", 3, State::Dead, 30), 50);
    for _ in 0..2 {
        stage.look();
        assert_eq!(history(&stage), [9.0]);
        assert!(rate(stage.model.selected().unwrap()) < 0.0);
    }
}

#[test]
fn a_paused_screen_stands_still() {
    let mut stage = started();
    let now = stage.model.now;
    stage.press("<Space>");
    for process in [A, B, C] {
        stage.remove(process);
    }
    stage.look();
    assert_eq!((shown(&stage).as_str(), stage.model.now), ("a b c", now));
    assert!(stage.model.notices.is_empty());
    stage.press("<Space> s");
    stage.look();
    assert_eq!(shown(&stage), "");
}

// ---- Progress ----

/// Returns what is done and left of a process that is a minute and a half old.
fn progress<S: MmStats>(record: impl FnOnce(&Mapped<S>)) -> Option<(u64, u64, Option<u64>)> {
    let mut stage = Stage::new();
    stage.write(Process("a", 1, State::Live, 90), record);
    stage.look();
    let progress = stage.model.selected().unwrap().progress()?;
    Some((progress.done_in_all(), progress.total()?, progress.left().map(|left| left.as_secs())))
}

#[test]
fn progress_is_that_of_done_and_a_constant_total() {
    #[derive(MmStats)]
    struct Continued {
        #[mmstats(initial = 100)]
        total: Constant<u64>,
        #[mmstats(initial = 20)]
        done_before: Constant<u64>,
        done: Counter,
    }
    #[derive(MmStats)]
    #[mmstats(prefix = "a.")]
    struct Prefixed {
        done: Counter,
        #[mmstats(initial = 100)]
        total: Constant<u64>,
    }
    let expected = Some((60, 100, Some(90)));
    assert_eq!(progress(|stats: &Mapped<Continued>| stats.done.add(40)), expected);
    assert_eq!(progress(|_: &Mapped<Prefixed>| {}), Some((0, 100, None)));
}

#[test]
fn progress_is_not_guessed() {
    #[derive(MmStats)]
    struct Unlimited {
        done: Counter,
        #[mmstats(initial = 0)]
        total: Constant<u64>,
    }
    #[derive(MmStats)]
    struct Counted {
        done: Counter,
        total: Counter,
    }
    #[derive(MmStats)]
    struct Apart {
        #[mmstats(name = "a.done")]
        done: Counter,
        #[mmstats(name = "b.total", initial = 100)]
        total: Constant<u64>,
        undone: Counter,
        #[mmstats(initial = 100)]
        untotal: Constant<u64>,
    }
    assert_eq!(progress(|stats: &Mapped<Page>| stats.requests.inc()), None);
    assert_eq!(progress(|stats: &Mapped<Unlimited>| stats.done.inc()), None);
    assert_eq!(progress(|stats: &Mapped<Counted>| stats.total.add(9)), None);
    assert_eq!(progress(|stats: &Mapped<Apart>| stats.done.inc()), None);
}

#[test]
fn the_time_left_does_not_jump_with_the_rate() {
    let mut stage = Stage::new();
    let mut left = Vec::new();
    let mut done = 30;
    for look in 0..5 {
        write(&mut stage, Process("a", 1, State::Live, 300), done);
        stage.look();
        left.push(stage.model.selected().unwrap().progress().unwrap().left().unwrap().as_secs());
        // A burst in every other interval.
        done += look % 2 * 2;
    }
    // The same, but for the last step of rounding.
    assert!(left.iter().all(|left| (660..=720).contains(left)), "{left:?}");
}

// ---- What stands for a process ----

#[test]
fn the_first_statistic_that_counts_stands_for_all() {
    #[derive(MmStats)]
    struct Sized {
        #[mmstats(initial = 1)]
        total: Constant<u64>,
        user: Text<8>,
        size: Gauge<u64>,
    }
    #[derive(MmStats)]
    struct Named {
        #[mmstats(initial = 1)]
        total: Constant<u64>,
        user: Text<8>,
    }
    let mut stage = Stage::new();
    write(&mut stage, A, 1);
    stage.write(B, |_: &Mapped<Sized>| {});
    stage.write(C, |_: &Mapped<Named>| {});
    stage.look();
    let headlines = stage
        .model
        .shown()
        .map(|track| Some(track.figure(track.headline()?)?.stat.name().to_owned()));
    let expected = [Some("done".to_owned()), Some("size".to_owned()), None];
    assert_eq!(headlines.collect::<Vec<_>>(), expected);
}
