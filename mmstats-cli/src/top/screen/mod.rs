//! Takes the full screen of the terminal, and restores the terminal.

mod rows;

use std::io::{self, Stdout, Write};
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::terminal::{
    DisableLineWrap, EnableLineWrap, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use ratatui::crossterm::{execute, queue};
use ratatui::{Frame, Terminal};
use rows::Rows;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Whether there is a screen to leave, for a panic of any thread.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// The full screen. Dropping it restores the terminal.
#[derive(Debug)]
pub(super) struct Screen {
    terminal: Terminal<Rows<Stdout>>,
}

impl Screen {
    pub(super) fn enter() -> io::Result<Self> {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            leave();
            print(panic);
        }));
        enter()?;
        match Terminal::new(Rows::new(io::stdout())) {
            Ok(terminal) => Ok(Self { terminal }),
            Err(error) => {
                leave();
                Err(error)
            }
        }
    }

    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(draw).map(|_| ())
    }

    /// Suspends the process, as Ctrl-Z does, until it is continued.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        leave();
        // Stops the whole group, as the terminal would: `sudo` may have started the process.
        rustix::process::kill_current_process_group(Signal::TSTP)?;
        enter()?;
        self.terminal.clear()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    // relaxed: it guards no other memory.
    ENTERED.store(true, Ordering::Relaxed);
    execute!(io::stdout(), EnterAlternateScreen, DisableLineWrap, Hide).inspect_err(|_| leave())
}

/// Does nothing the second time. There is no place to report a failure.
fn leave() {
    // relaxed: as above.
    if ENTERED.swap(false, Ordering::Relaxed) {
        let mut out = io::stdout();
        let _ = queue!(out, EnableLineWrap, LeaveAlternateScreen, Show);
        let _ = out.flush();
        let _ = disable_raw_mode();
    }
}

/// Ends the process when its terminal is gone, as SIGHUP would.
///
/// crossterm 0.29 reads a closed terminal in an endless loop and does not return to its caller, so
/// that no signal would be noticed; and a process that was started with `nohup` gets no signal.
pub(super) fn end_at_hang_up() -> io::Result<()> {
    let wait = || {
        let out = io::stdout();
        loop {
            // Without flags, `poll` still reports that the terminal hung up or failed.
            match poll(&mut [PollFd::new(&out, PollFlags::empty())], None) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => break,
                Err(_) => return,
            }
        }
        // There is nothing to restore, and no place to report a failure.
        let _ = signal_hook::low_level::emulate_default_handler(SIGHUP);
    };
    thread::Builder::new().name("hang-up".into()).spawn(wait).map(drop)
}

/// The signals that terminate a program.
#[derive(Debug)]
pub(super) struct Signals {
    /// The latest signal; 0 if there was none.
    seen: Arc<AtomicUsize>,
}

impl Signals {
    pub(super) fn watch() -> io::Result<Self> {
        let seen = Arc::new(AtomicUsize::new(0));
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            let number = usize::try_from(signal).unwrap_or(0);
            signal_hook::flag::register_usize(signal, seen.clone(), number)?;
        }
        Ok(Self { seen })
    }

    pub(super) fn seen(&self) -> Option<i32> {
        // relaxed: it guards no other memory.
        i32::try_from(self.seen.load(Ordering::Relaxed)).ok().filter(|signal| *signal != 0)
    }
}

#[cfg(test)]
mod tests;
