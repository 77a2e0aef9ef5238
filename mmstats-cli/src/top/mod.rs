//! `mmstats top`: a live view of all processes that have a file.
//!
//! `sampler` follows the files, `present` is the present state of one, `model` holds the state of the
//! screen, and `view` draws it. This file has the loop.

mod args;
#[cfg(test)]
mod fixtures;
mod keys;
mod model;
mod present;
mod sampler;
mod screen;
mod view;

use std::io;
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::time::{Duration, SystemTime};

use ratatui::crossterm::event::{self, Event};

use crate::report::Report;
use crate::show::terminal;
use crate::watch::watcher::Watcher;
pub(crate) use args::Top;
use keys::Key;
use model::{Flow, Model};
use sampler::Tick;
use screen::{Screen, Signals};

/// The longest time until a tick or a signal is noticed.
const PATIENCE: Duration = Duration::from_millis(50);

pub(crate) fn run(options: &Top, report: &mut Report) -> io::Result<()> {
    if !terminal::is_terminal() {
        let instead = "`mmstats slurp` prints the values once";
        report.failure(format_args!("standard output is not a terminal; {instead}"));
        return Ok(());
    }
    let watcher = Watcher::new(options.targets.clone()).with_histories();
    let (to_model, ticks) = mpsc::channel();
    let (_stopped_when_dropped, stop) = mpsc::channel();
    let signals = Signals::watch()?;
    let screen = Screen::enter()?;
    screen::end_at_hang_up()?;
    sampler::start(watcher, options.interval, to_model, stop)?;
    let filter = options.filter.clone().unwrap_or_default();
    let model = Model::new(filter, options.interval, SystemTime::now());
    let ended = show(model, screen, &ticks, &signals);
    if let Some(signal) = signals.seen() {
        // Ends as without a screen to leave, so that the parent process can tell why.
        signal_hook::low_level::emulate_default_handler(signal)?;
    }
    report.success();
    ended
}

/// Handles ticks and keys, and draws, until there is a reason to end.
fn show(
    mut model: Model,
    mut screen: Screen,
    ticks: &Receiver<Tick>,
    signals: &Signals,
) -> io::Result<()> {
    let mut is_stale = true;
    while signals.seen().is_none() {
        match ticks.try_recv() {
            Ok(tick) => {
                model.update(tick, SystemTime::now());
                is_stale = true;
            }
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => {
                return Err(io::Error::other("the thread that reads the files has ended"));
            }
        }
        if is_stale {
            screen.draw(|frame| view::draw(&mut model, frame))?;
            is_stale = false;
        }
        if !event::poll(PATIENCE)? {
            continue;
        }
        // Handles all keys that were typed meanwhile before the screen is drawn.
        while event::poll(Duration::ZERO)? {
            is_stale = true;
            let Event::Key(event) = event::read()? else { continue };
            for key in Key::of(event) {
                match model.key(key) {
                    Flow::Continue => {}
                    Flow::Quit => return Ok(()),
                    Flow::Suspend => screen.suspend()?,
                }
            }
        }
    }
    Ok(())
}
