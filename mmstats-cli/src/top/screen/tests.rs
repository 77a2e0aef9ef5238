use std::env;
use std::thread;

use mmstats_testing::tmux::Terminal as Tmux;

use super::*;

const ROLE: &str = "MMSTATS_TEST_PANIC";

/// Not a test, but a program that the test below runs.
#[test]
fn panics() {
    if env::var_os(ROLE).is_none() {
        return;
    }
    let mut screen = Screen::enter().unwrap();
    screen.draw(|frame| frame.render_widget("a full screen", frame.area())).unwrap();
    io::stdin().read_line(&mut String::new()).unwrap();
    let _ = thread::spawn(|| panic!("this is why")).join();
    // Skips the drop of the screen, which would restore the terminal too.
    std::process::exit(3);
}

#[test]
fn a_panic_of_any_thread_restores_the_terminal_before_its_message() {
    let Some(terminal) = Tmux::open("panic") else { return };
    let binary = env::current_exe().unwrap();
    let binary = binary.display();
    let role = "top::screen::tests::panics --exact --nocapture";
    terminal.type_line(&format!("RUST_BACKTRACE=0 {ROLE}=1 {binary} {role}"));
    terminal.wait("the screen", |screen| screen.starts_with("a full screen"));
    // In raw mode, only this key ends a line.
    terminal.press(&["C-j"]);
    terminal.wait_for("this is why");
    terminal.wait_for_end(3);
    terminal.assert_restored();
}
