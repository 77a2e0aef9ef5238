use super::super::fixtures::{constant, counter, model, now, press, process, sample, text, tick};
use super::super::sample::{Sample, Value};
use super::super::track::Progress;
use super::*;

fn live(command: &str, pid: u32, rate: f64) -> Sample {
    let fields = vec![counter("done", 1, rate), text("user", "rob")];
    sample(command, pid, State::Live, Duration::from_secs(pid.into()), fields)
}

fn three() -> Vec<Sample> {
    vec![live("b", 1, 5.0), live("a", 3, 9.0), live("c", 2, 7.0)]
}

fn started() -> Model {
    let mut model = model();
    tick(&mut model, three());
    model
}

/// The commands that are shown, in order.
fn shown(model: &Model) -> String {
    model.shown().map(Track::command).collect::<Vec<_>>().join(" ")
}

fn selected(model: &Model) -> &str {
    model.selected().map_or("", Track::command)
}

// ---- The list ----

#[test]
fn every_column_sorts_and_reverses() {
    let mut model = started();
    let mut orders = Vec::new();
    for _ in 0..Sort::ALL.len() {
        orders.push(format!("{}: {}", model.sort.name(), shown(&model)));
        press(&mut model, "s");
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
    press(&mut model, "r");
    assert_eq!(shown(&model), "c b a");
}

#[test]
fn what_should_be_looked_at_is_sorted_to_the_top() {
    let mut model = model();
    let states = [State::Closed, State::Live, State::Unknown, State::Dead, State::Panicked];
    let mut samples: Vec<Sample> = states
        .into_iter()
        .map(|state| sample(state.as_str(), 1, state, Duration::ZERO, Vec::new()))
        .collect();
    samples.push(Sample { path: "broken.mmstats".into(), content: Err("cut short".into()) });
    tick(&mut model, samples);
    press(&mut model, "s s");
    assert_eq!(shown(&model), "panicked dead live unknown closed broken");
}

#[test]
fn the_selected_process_stays_selected() {
    let mut model = started();
    press(&mut model, "<Down>");
    assert_eq!((selected(&model), model.cursor()), ("b", Some(1)));
    press(&mut model, "r s s s s s");
    assert_eq!(selected(&model), "b");
    let mut more = three();
    more.extend([live("0", 8, 1.0), live("aa", 9, 1.0)]);
    tick(&mut model, more);
    press(&mut model, "r s");
    assert_eq!((shown(&model).as_str(), selected(&model)), ("0 a aa b c", "b"));
}

#[test]
fn when_the_selected_process_goes_its_neighbour_is_selected() {
    let mut model = started();
    press(&mut model, "<Down>");
    tick(&mut model, vec![live("a", 3, 9.0), live("c", 2, 7.0)]);
    assert_eq!(selected(&model), "c");
    tick(&mut model, Vec::new());
    assert_eq!((selected(&model), model.cursor()), ("", None));
    press(&mut model, "<Down> <Up> <PgDn> <End> <Home> <Enter> l");
    tick(&mut model, three());
    assert_eq!(selected(&model), "a");
}

#[test]
fn the_cursor_stays_in_the_list() {
    let mut model = started();
    model.page = 2;
    let mut visited = String::new();
    for key in ["<Up>", "<Down>", "<PgDn>", "<PgDn>", "<End>", "<Home>", "G", "g", "j", "k"] {
        press(&mut model, key);
        visited.push_str(selected(&model));
    }
    assert_eq!(visited, "abcccacaba");
}

#[test]
fn ended_processes_are_hidden_and_shown() {
    let mut model = model();
    let mut samples = three();
    process(&mut samples[1]).state = State::Dead;
    process(&mut samples[2]).state = State::Closed;
    tick(&mut model, samples);
    assert_eq!((shown(&model).as_str(), model.hidden()), ("a b c", 0));
    press(&mut model, "d");
    assert_eq!((shown(&model).as_str(), model.hidden()), ("b", 2));
    press(&mut model, "d");
    assert_eq!((shown(&model).as_str(), model.hidden()), ("a b c", 0));
}

// ---- Filters ----

#[test]
fn processes_are_found_by_command_pid_path_and_label() {
    let mut model = model();
    let other = sample("Web", 77, State::Live, Duration::ZERO, vec![counter("Requests", 1, 1.0)]);
    tick(&mut model, [three(), vec![other]].concat());
    for (filter, expected) in [
        ("WEB", "Web"),
        ("77", "Web"),
        ("c-2.mm", "c"),
        ("quests", "Web"),
        ("user", "a b c"),
        ("x", ""),
    ] {
        press(&mut model, &format!("/ {filter} <Enter>"));
        assert_eq!(shown(&model), expected, "{filter}");
        press(&mut model, "<Esc>");
        assert_eq!(shown(&model), "a b c Web");
    }
}

#[test]
fn keys_that_are_typed_into_a_filter_do_nothing_else() {
    let mut model = started();
    press(&mut model, "/ qdsrl?");
    assert_eq!((model.filter.as_str(), model.editing, model.help), ("qdsrl?", true, false));
    press(&mut model, "<Backspace> <Backspace> <Esc>");
    assert_eq!((model.filter.as_str(), model.editing), ("", false));
    press(&mut model, "/ <Backspace>");
    assert!(!model.editing);
    press(&mut model, "/");
    assert_eq!(model.key(Key::Interrupt), Flow::Quit);
}

#[test]
fn fields_have_a_filter_of_their_own() {
    let mut model = started();
    press(&mut model, "<Enter> / USE <Enter>");
    let rows = |model: &Model| model.rows(model.selected().unwrap()).len();
    assert_eq!((rows(&model), shown(&model).as_str()), (1, "a b c"));
    press(&mut model, "<Esc>");
    assert_eq!(rows(&model), 2);
    press(&mut model, "<Esc>");
    assert_eq!(model.screen, Screen::Processes);
}

// ---- One process ----

#[test]
fn a_process_that_is_looked_at_stays_on_the_screen() {
    let mut model = started();
    press(&mut model, "<Enter>");
    let mut samples = three();
    process(&mut samples[1]).state = State::Dead;
    tick(&mut model, samples);
    press(&mut model, "d");
    assert_eq!((selected(&model), shown(&model).as_str()), ("a", "b c"));
    assert_ne!(model.screen, Screen::Processes);
    // Until its file is gone.
    tick(&mut model, vec![live("b", 1, 5.0)]);
    assert_eq!((selected(&model), &model.screen), ("b", &Screen::Processes));
}

#[test]
fn lanes_do_not_move_the_cursor_to_another_field() {
    let mut model = model();
    let with_lanes =
        super::super::fixtures::with_lanes(live("a", 3, 9.0), &[(3, true), (4, false)]);
    tick(&mut model, vec![with_lanes]);
    press(&mut model, "<Enter> <Down>");
    let row = |model: &Model| match &model.screen {
        Screen::Process(fields) => model.rows(model.selected().unwrap())[fields.selected],
        Screen::Processes => panic!("it was left"),
    };
    press(&mut model, "l");
    assert_eq!(row(&model), FieldRow { field: 1, lane: None });
    press(&mut model, "<Down> <Down>");
    assert_eq!(row(&model), FieldRow { field: 1, lane: Some(1) });
    press(&mut model, "l");
    assert_eq!(row(&model), FieldRow { field: 1, lane: None });
}

#[test]
fn what_cannot_be_read_cannot_be_entered() {
    let mut model = model();
    tick(&mut model, vec![Sample { path: "x.mmstats".into(), content: Err("cut short".into()) }]);
    press(&mut model, "<Enter>");
    assert_eq!(model.screen, Screen::Processes);
}

// ---- Ticks ----

fn history(model: &Model) -> Vec<f64> {
    model.selected().unwrap().histories[0].last(9).collect()
}

#[test]
fn a_restarted_writer_starts_a_history_of_its_own() {
    let mut model = model();
    for rate in [1.0, 2.0, 3.0] {
        tick(&mut model, vec![live("a", 3, rate)]);
    }
    assert_eq!(history(&model), [1.0, 2.0, 3.0]);
    let mut restarted = live("a", 3, 0.0);
    let process = process(&mut restarted);
    process.identity.file_id = Some([7; 16]);
    process.figures[0].rate = None;
    tick(&mut model, vec![restarted.clone()]);
    assert!(history(&model).is_empty());
    restarted.content.as_mut().unwrap().figures[0].rate = Some(4.0);
    tick(&mut model, vec![restarted]);
    assert_eq!(history(&model), [4.0]);
}

#[test]
fn one_that_ended_keeps_its_history_and_one_that_is_unreadable_for_a_tick_too() {
    let mut model = model();
    tick(&mut model, vec![live("a", 3, 1.0)]);
    let path = live("a", 3, 1.0).path;
    tick(&mut model, vec![Sample { path, content: Err("cut short".into()) }]);
    let mut ended = live("a", 3, 5.0);
    process(&mut ended).state = State::Dead;
    tick(&mut model, vec![ended]);
    assert_eq!(history(&model), [1.0]);
}

#[test]
fn a_paused_screen_stands_still() {
    let mut model = started();
    press(&mut model, "<Space>");
    model.sampled(Vec::new(), vec!["gone".into()], now() + Duration::from_secs(9));
    assert_eq!((shown(&model).as_str(), model.now, model.notices.len()), ("a b c", now(), 0));
    press(&mut model, "<Space> s");
    tick(&mut model, Vec::new());
    assert_eq!(shown(&model), "");
}

// ---- Progress ----

fn progress(fields: Vec<super::super::fixtures::Field>) -> Option<Progress> {
    let mut model = model();
    tick(&mut model, vec![sample("a", 1, State::Live, Duration::ZERO, fields)]);
    model.selected().unwrap().progress()
}

#[test]
fn progress_is_told_of_done_and_a_constant_total() {
    let fields =
        vec![constant("total", 100), constant("done_before", 20), counter("done", 40, 4.0)];
    let expected = Progress { done: 60.0, total: 100.0, left: Some(Duration::from_secs(10)) };
    assert_eq!(progress(fields), Some(expected));
    let fields = vec![counter("a.done", 40, 0.0), constant("a.total", 100)];
    assert_eq!(progress(fields), Some(Progress { done: 40.0, total: 100.0, left: None }));
}

#[test]
fn progress_is_not_guessed() {
    assert_eq!(progress(vec![counter("done", 40, 4.0)]), None);
    assert_eq!(progress(vec![counter("done", 40, 4.0), constant("total", 0)]), None);
    assert_eq!(progress(vec![counter("done", 40, 4.0), counter("total", 100, 0.0)]), None);
    assert_eq!(progress(vec![counter("a.done", 40, 4.0), constant("b.total", 100)]), None);
    assert_eq!(progress(vec![counter("undone", 40, 4.0), constant("untotal", 100)]), None);
}

// ---- What stands for a process ----

#[test]
fn the_first_statistic_that_counts_stands_for_all() {
    let first = |fields| {
        let mut model = model();
        tick(&mut model, vec![sample("a", 1, State::Live, Duration::ZERO, fields)]);
        model.selected().unwrap().headline()
    };
    assert_eq!(
        first(vec![constant("total", 1), text("user", "rob"), counter("done", 1, 1.0)]),
        Some(2)
    );
    assert_eq!(first(vec![constant("total", 1), text("user", "rob")]), None);
    let mut gauge = constant("size", 1);
    gauge.0.kind = Some(Kind::Gauge);
    assert!(matches!(gauge.1.value, Value::Number(_)));
    assert_eq!(first(vec![text("user", "rob"), gauge]), Some(1));
}
