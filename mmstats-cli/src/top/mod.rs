//! `mmstats top`: a live view of all processes that have a file.
//!
//! `sampler` reads the files, `interval` tells what happened between two ticks, `model` is what the
//! screen is about, and `view` draws it. Here is the loop, and the terminal.

mod args;
#[cfg(test)]
mod fixtures;
pub(crate) mod history;
pub(crate) mod interval;
mod keys;
mod model;
pub(crate) mod sample;
mod sampler;
mod screen;
pub(crate) mod track;
mod view;

use std::io;
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::time::{Duration, SystemTime};

use ratatui::crossterm::event::{self, Event};

use crate::files::limits;
use crate::report::Report;
use crate::show::terminal;
pub(crate) use args::Top;
use keys::Key;
use model::{Flow, Model};
use sampler::Tick;
use screen::{Screen, Signals};

/// How long a tick or a signal waits to be seen, at most.
const PATIENCE: Duration = Duration::from_millis(50);

pub(crate) fn run(options: &Top, report: &mut Report) -> io::Result<()> {
    if !terminal::is_terminal() {
        let instead = "`mmstats slurp` prints the values once";
        report.failure(format_args!("standard output is not a terminal; {instead}"));
        return Ok(());
    }
    limits::raise_fd_limit();
    let (to_model, ticks) = mpsc::channel();
    let (_stopped_when_dropped, stop) = mpsc::channel();
    let signals = Signals::watch()?;
    let screen = Screen::enter()?;
    screen::end_at_hang_up()?;
    sampler::start(options.targets.clone(), options.interval, to_model, stop)?;
    let filter = options.filter.clone().unwrap_or_default();
    let model = Model::new(filter, options.interval, SystemTime::now());
    let ended = show(model, screen, &ticks, &signals);
    if let Some(signal) = signals.seen() {
        // As it would have ended without a screen to leave; whoever waits for it can tell.
        signal_hook::low_level::emulate_default_handler(signal)?;
    }
    report.success();
    ended
}

/// Takes in ticks and keys, and draws, until there is a reason to end.
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
                model.sampled(tick.samples, tick.notices, SystemTime::now());
                is_stale = true;
            }
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => {
                return Err(io::Error::other("the thread that reads the files is gone"));
            }
        }
        if is_stale {
            screen.draw(|frame| view::draw(&mut model, frame))?;
            is_stale = false;
        }
        if !event::poll(PATIENCE)? {
            continue;
        }
        // All that was typed meanwhile is seen at once.
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
