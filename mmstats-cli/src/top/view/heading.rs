//! Headings: the process, its state, and the settings of the screen.

use std::time::SystemTime;

use mmstats_core::State;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Span;

use super::super::present;
use super::canvas::{BOLD, Canvas, NOTABLE, PLAIN, REVERSED};
use crate::show::life::{Life, threads_lost};
use crate::show::terminal::escaped;
use crate::watch::track::Track;

/// Returns the writer of a file and its state.
pub(super) fn heading(track: &Track, now: SystemTime) -> Vec<Span<'static>> {
    let life = track.now.as_deref().filter(|_| track.error.is_none());
    let life = life.map(|snapshot| Life::of(snapshot, now));
    let state = life.as_ref().map_or("unreadable".into(), |life| life.state.clone());
    vec![
        Span::styled(escaped(track.command()).into_owned(), BOLD),
        Span::raw(track.pid().map(|pid| format!("pid {pid}")).unwrap_or_default()),
        Span::styled(state, state_style(present::state(track))),
        Span::raw(life.and_then(|life| life.span).unwrap_or_default()),
    ]
}

/// Draws why the values of a file are old, or incomplete.
pub(super) fn warnings(track: &Track, canvas: &mut Canvas<'_, '_>) {
    let lost = track.now.as_ref().map_or(0, |now| now.lanes_lost());
    let lost = (lost > 0).then(|| threads_lost(lost));
    for warning in track.error.iter().cloned().chain(lost) {
        canvas.pieces([Span::styled(escaped(&warning).into_owned(), NOTABLE)]);
    }
}

/// Returns the number of lines that [`warnings`] draws.
pub(super) fn warning_count(track: &Track) -> usize {
    let is_incomplete = track.now.as_ref().is_some_and(|now| now.lanes_lost() > 0);
    usize::from(track.error.is_some()) + usize::from(is_incomplete)
}

/// Returns the word for a state; `None` stands for a file that cannot be read.
pub(super) fn state_name(state: Option<State>) -> &'static str {
    state.map_or("unreadable", State::as_str)
}

pub(super) fn state_style(state: Option<State>) -> Style {
    match state {
        Some(State::Live) => PLAIN.fg(Color::Green),
        Some(State::Closed) => PLAIN.fg(Color::Blue),
        Some(State::Panicked | State::Dead) => BOLD.fg(Color::Red),
        _ => NOTABLE,
    }
}

pub(super) fn paused(paused: bool) -> Span<'static> {
    Span::styled(if paused { " PAUSED " } else { "" }, REVERSED.add_modifier(Modifier::BOLD))
}

pub(super) fn filter(filter: &str) -> Span<'static> {
    let text = if filter.is_empty() { String::new() } else { format!("filter: {filter}") };
    Span::styled(escaped(&text).into_owned(), NOTABLE)
}
